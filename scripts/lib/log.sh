# The story for people: one line a happening, on stderr, `command: level: text`.
# Set by the command before it sources this: LOG_NAME, its own name. LOG_CLEAR: what wipes a line that is being redrawn.
# What leaves the machine is redacted here too; SEAWALL_LIB: the folder of redact.sed.
# shellcheck shell=sh

log_info() { log__line info "$*"; }
log_warn() { log__line warn "$*"; }
log_error() { log__line error "$*"; }

log__line() {
	printf '%s%s: %s: %s\n' "${LOG_CLEAR:-}" "$LOG_NAME" "$1" "$(redact_text "$2")" >&2
}

# redact_text TEXT: the text without passwords, tokens and keys. Each line and each value of an event comes by here, so where
# nothing can be one there is no process.
redact_text() {
	if redact_is_needed "$1"; then printf '%s\n' "$1" | redact_stream; else printf '%s\n' "$1"; fi
}

# redact_is_needed TEXT: whether redact.sed could find something.
redact_is_needed() {
	case $1 in
		*://*[@?]* | *@[!s]* | *@s[!h]* | *@sh[!a]* | *\?*=* | *eyJ* | *AKIA* | *ASIA* | *AIza* | *xox?-* | *gh?_* | *gl*-* | *sk[_-]*) ;;
		*[Aa][Uu][Tt][Hh]* | *[Bb]earer* | *BEARER* | *[Bb]asic* | *BASIC* | *[Cc][Oo][Oo][Kk][Ii][Ee]* | *_pat_* | *npm_* | *pypi-* | *hf_*) ;;
		*[Pp][Aa][Ss][Ss]* | *[Pp][Ww][Dd]* | *[Ss][Ee][Cc][Rr][Ee][Tt]* | *[Tt][Oo][Kk][Ee][Nn]* | *[Kk][Ee][Yy]* | *[Cc][Rr][Ee][Dd][Ee][Nn]*) ;;
		*) return 1 ;;
	esac
}

# redact_stream: the same for what comes in. As bytes, for a text that is no UTF-8 must not get past it.
redact_stream() { LC_ALL=C sed -E -f "$SEAWALL_LIB/redact.sed"; }

# Redact: replaces passwords, tokens and keys in printed and written text by `***` (patterns: redact.sed).
# shellcheck shell=sh

# redact_text TEXT: prints the text without secrets. Every log line and event value passes through here, so a text that
# cannot hold a secret costs no process.
redact_text() {
	if redact_is_needed "$1"; then printf '%s\n' "$1" | redact_stream; else printf '%s\n' "$1"; fi
}

# redact_is_needed TEXT: true if redact.sed may change the text.
redact_is_needed() {
	case $1 in
		*://*[@?]* | *@[!s]* | *@s[!h]* | *@sh[!a]* | *\?*=*) ;;
		*eyJ* | *AKIA* | *ASIA* | *AIza* | *xox?-* | *gh?_* | *gl*-* | *sk[_-]*) ;;
		*_pat_* | *npm_* | *pypi-* | *hf_*) ;;
		*[Aa][Uu][Tt][Hh]* | *[Bb]earer* | *BEARER* | *[Bb]asic* | *BASIC* | *[Cc][Oo][Oo][Kk][Ii][Ee]*) ;;
		*[Pp][Aa][Ss][Ss]* | *[Pp][Ww][Dd]* | *[Ss][Ee][Cc][Rr][Ee][Tt]* | *[Tt][Oo][Kk][Ee][Nn]*) ;;
		*[Kk][Ee][Yy]* | *[Cc][Rr][Ee][Dd][Ee][Nn]*) ;;
		*) return 1 ;;
	esac
}

# redact_stream: copies stdin to stdout without secrets. Works on bytes, so that text in another encoding than UTF-8 is
# redacted too.
redact_stream() { LC_ALL=C sed -E -f "$SEAWALL_LIB/base/redact.sed"; }

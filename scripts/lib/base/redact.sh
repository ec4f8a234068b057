# Redact: removes passwords, tokens and keys from everything that is printed or written (redact.sed has the patterns).
# shellcheck shell=sh

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
redact_stream() { LC_ALL=C sed -E -f "$SEAWALL_LIB/base/redact.sed"; }

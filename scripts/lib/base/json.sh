# JSON text made of shell values.
# shellcheck shell=sh

# json_string TEXT: quoted and escaped, one line; control characters become blanks.
json_string() { json__write "$1" && printf '\n'; }

# What needs no escaping needs no processes either.
json__write() {
	case $1 in
		*[!A-Za-z0-9:/@.,_+=\ -]*) printf '%s' "$1" | tr '\000-\037' ' ' | sed -e 's/[\\"]/\\&/g' -e 's/^/"/' -e 's/$/"/' | json__one_line ;;
		*) printf '"%s"' "$1" ;;
	esac
}

json__write_redacted() {
	if redact_is_needed "$1"; then json__write "$(redact_text "$1")"; else json__write "$1"; fi
}

# An empty text gives sed no line to quote.
json__one_line() {
	local line
	line=
	IFS= read -r line || :
	[ -n "$line" ] || line='""'
	printf '%s' "$line"
}

# json_object KEY VALUE...: VALUE is a string, which is redacted, or JSON as it is where KEY ends with a colon. Of a whole record
# nobody could redact a password with a quote in it and leave the record JSON.
json_object() {
	local separator
	separator=
	printf '{'
	while [ $# -gt 1 ]; do
		printf '%s' "$separator"
		case $1 in
			*:) printf '"%s":%s' "${1%:}" "${2:-null}" ;;
			*) printf '"%s":' "$1" && json__write_redacted "$2" ;;
		esac
		separator=,
		shift 2
	done
	printf '}\n'
}

# JSON: writes shell values as JSON.
# shellcheck shell=sh

# json_string TEXT: prints TEXT as a JSON string on one line. Control characters become blanks.
json_string() { json__write "$1" && printf '\n'; }

# json__write TEXT: the same without a newline. A text that needs no escaping costs no process.
json__write() {
	case $1 in
		*[!A-Za-z0-9:/@.,_+=\ -]*)
			printf '%s' "$1" | tr '\000-\037' ' ' | sed -e 's/[\\"]/\\&/g' -e 's/^/"/' -e 's/$/"/' | json__one_line
			;;
		*) printf '"%s"' "$1" ;;
	esac
}

json__write_redacted() {
	if redact_is_needed "$1"; then json__write "$(redact_text "$1")"; else json__write "$1"; fi
}

# json__one_line: prints the line on stdin without its newline; "" if sed had no line to quote.
json__one_line() {
	local line
	line=
	IFS= read -r line || :
	[ -n "$line" ] || line='""'
	printf '%s' "$line"
}

# json_object KEY VALUE...: prints one object on one line. VALUE is a string; if KEY ends with a colon, VALUE is JSON
# and is copied. Each string is redacted on its own: redacting the finished object could break its quotes.
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

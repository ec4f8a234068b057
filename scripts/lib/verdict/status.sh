# Status: the class of an HTTP status or of an exit code of curl. Every client of the kit uses these functions.
# shellcheck shell=sh

# status_class STATUS: prints the class of a response with this status, which is no success.
status_class() {
	case $1 in
		401 | 403) printf 'auth\n' ;;
		404 | 410) printf 'not-found\n' ;;
		407) printf 'proxy\n' ;;
		408) printf 'timeout\n' ;;
		429) printf 'rate-limited\n' ;;
		5[0-9][0-9]) printf 'http-5xx\n' ;;
		[1-4][0-9][0-9]) printf 'http-4xx-other\n' ;;
		*) printf 'other\n' ;;
	esac
}

# status_class_of_curl CODE: prints the class of this exit code of curl (https://curl.se/libcurl/c/libcurl-errors.html);
# false if the code has several causes, as 35 and 56 have: then only curl's message tells which.
status_class_of_curl() {
	case $1 in
		5 | 97) printf 'proxy\n' ;;
		6) printf 'dns\n' ;;
		7) printf 'connection-refused\n' ;;
		18) printf 'truncated\n' ;;
		28 | 124) printf 'timeout\n' ;;
		47 | 63) printf 'http-4xx-other\n' ;;
		51 | 53 | 54 | 58 | 59 | 60 | 66 | 77 | 80 | 83 | 90 | 91 | 98) printf 'tls\n' ;;
		16 | 52 | 55 | 92) printf 'connection-reset\n' ;;
		*) return 1 ;;
	esac
}

# status_class_of_text FILE [TOOL [EXIT_CODE]]: prints the class of a message whose cause nobody knows.
status_class_of_text() {
	local line
	line=$(classify_file "$@") || return
	printf '%s\n' "${line%%	*}"
}

# Answer: the class of the last response that http_ask got, and the words that report it.
# shellcheck shell=sh

# answer_is STATUS...: whether the last response had one of these statuses.
answer_is() { values_has "${HTTP_STATUS:-none}" "$*"; }

# answer_class CODE FILE: prints the class of the request that http_ask ended with CODE; nothing for a success.
answer_class() {
	case $1:$HTTP_STATUS in
		0:2[0-9][0-9]) ;;
		0:*) status_class "$HTTP_STATUS" ;;
		*) status_class_of_curl "$1" || status_class_of_text "$2.why" curl "$1" ;;
	esac
}

# answer_words CODE FILE HOST: prints, for the same request, HOST and what it did.
answer_words() {
	case $1:$HTTP_STATUS in
		0:'') printf '%s sent a response without a status\n' "$3" ;;
		0:*) printf '%s answered %s%s\n' "$3" "$HTTP_STATUS" "$(answer__reason "$HTTP_STATUS")" ;;
		28:* | 124:*) printf '%s did not answer within %s s (timeout)\n' "$3" "$HTTP_TIMEOUT" ;;
		63:*) printf '%s sent a response that exceeds the size limit\n' "$3" ;;
		*) printf '%s: %s\n' "$3" "$(sed -n 's/^curl: ([0-9]*) //p' "$2.why" | head -n 1)" ;;
	esac
}

# answer_details: prints the URL of the request, and the Retry-After header of the response, if it had one.
answer_details() {
	printf '%s' "${HTTP_URL:+$HTTP_URL
}${HTTP_AFTER:+Retry-After: $HTTP_AFTER
}"
}

# HTTP/2 has no reason phrase.
answer__reason() {
	case $1 in
		401) printf ' Unauthorized' ;;
		403) printf ' Forbidden' ;;
		404) printf ' Not Found' ;;
		429) printf ' Too Many Requests' ;;
		500) printf ' Internal Server Error' ;;
		502) printf ' Bad Gateway' ;;
		503) printf ' Service Unavailable' ;;
		504) printf ' Gateway Timeout' ;;
	esac
}

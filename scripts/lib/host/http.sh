# Http: a question to a registry by curl, with the token that it gives to anybody.
# Needs attempt.sh. Settings: SEAWALL_CA_BUNDLE.
# shellcheck shell=sh

# Seconds that a registry gets to answer.
HTTP_PATIENCE=3
HTTP_TYPES='application/vnd.oci.image.index.v1+json, application/vnd.docker.distribution.manifest.list.v2+json,
application/vnd.oci.image.manifest.v1+json, application/vnd.docker.distribution.manifest.v2+json'

# http_ask URL FILE ARGUMENT...: FILE.head gets the headers, FILE.why what curl has to complain; ARGUMENT are curl's.
http_ask() {
	local url file
	url=$1 file=$2
	shift 2
	[ -z "${SEAWALL_CA_BUNDLE:-}" ] || set -- "$@" --cacert "$SEAWALL_CA_BUNDLE"
	[ ! -s "$file.token" ] || set -- "$@" --header "@$file.token"
	attempt_run "$((HTTP_PATIENCE + 1))" curl --disable --silent --show-error --location --max-redirs 3 --max-time "$HTTP_PATIENCE" \
		--header "Accept: $(printf '%s' "$HTTP_TYPES" | tr -d '\n')" --dump-header "$file.head" "$@" "$url" 2>"$file.why"
}

# http_host URL: with its port.
http_host() {
	local host
	host=${1#*://}
	printf '%s\n' "${host%%/*}"
}

# http_status FILE: the code of the last answer; redirects came before it.
http_status() { sed -n 's/^HTTP\/[0-9.]* \([0-9]*\).*/\1/p' "$1.head" | tail -n 1; }

# http_header FILE NAME
http_header() { tr -d '\015' <"$1.head" | sed -n "s/^$2: *//p" | tail -n 1; }

# http_fetch_token FILE: for anybody, once; who is asked for a login again is not let in.
http_fetch_token() {
	local ask realm service scope
	ask=$(http_header "$1" '[Ww][Ww][Ww]-[Aa]uthenticate')
	realm=$(http__part realm "$ask") service=$(http__part service "$ask") scope=$(http__part scope "$ask")
	case $realm in http://* | https://*) ;; *) return 1 ;; esac
	attempt_run "$HTTP_PATIENCE" curl --disable --silent --max-time "$HTTP_PATIENCE" --get --data-urlencode "service=$service" \
		${scope:+--data-urlencode "scope=$scope"} ${SEAWALL_CA_BUNDLE:+--cacert "$SEAWALL_CA_BUNDLE"} "$realm" >"$1.answer" 2>/dev/null || return 1
	(umask 077 && sed -n 's/.*"\(access_\)\{0,1\}token": *"\([^"]*\)".*/Authorization: Bearer \2/p' "$1.answer" >"$1.token")
	rm -f "$1.answer"
	[ -s "$1.token" ]
}

http__part() { printf '%s\n' "$2" | sed -n "s/.*[ ,]$1=\"\([^\"]*\)\".*/\1/p"; }

# HTTP/2 sends no reason.
http_reason() {
	case $1 in
		401) printf 'Unauthorized' ;;
		403) printf 'Forbidden' ;;
		404) printf 'Not Found' ;;
		429) printf 'Too Many Requests' ;;
		500) printf 'Internal Server Error' ;;
		502) printf 'Bad Gateway' ;;
		503) printf 'Service Unavailable' ;;
		504) printf 'Gateway Timeout' ;;
	esac
}

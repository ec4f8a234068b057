# Http: a question to a registry by curl, with the token that it gives to anybody.
# Needs attempt.sh. Settings: SEAWALL_CA_BUNDLE.
# shellcheck shell=sh

# Seconds that a registry gets to answer.
HTTP_PATIENCE=3
HTTP_TYPES='application/vnd.oci.image.index.v1+json, application/vnd.docker.distribution.manifest.list.v2+json'
HTTP_TYPES="$HTTP_TYPES, application/vnd.oci.image.manifest.v1+json, application/vnd.docker.distribution.manifest.v2+json"
HTTP_RETURN=$(printf '\015')

# http_ask URL FILE ARGUMENT...: FILE.head gets the headers, FILE.why what curl has to complain; ARGUMENT are curl's. Sets what
# http__read does. Gives curl's status.
http_ask() {
	local url file status
	url=$1 file=$2 status=0
	: >"$file.head"
	shift 2
	[ -z "${SEAWALL_CA_BUNDLE:-}" ] || set -- "$@" --cacert "$SEAWALL_CA_BUNDLE"
	[ ! -s "$file.token" ] || set -- "$@" --header "@$file.token"
	attempt_run "$((HTTP_PATIENCE + 1))" curl --disable --silent --show-error --location --max-redirs 3 --max-time "$HTTP_PATIENCE" \
		--header "Accept: $HTTP_TYPES" --dump-header "$file.head" "$@" "$url" 2>"$file.why" || status=$?
	http__read "$file.head"
	return "$status"
}

# http__read FILE: sets, to what the last answer says, HTTP_STATUS, HTTP_CONTENT (its type), HTTP_DIGEST, HTTP_LEFT (how many
# pulls), HTTP_AFTER (when to come again) and HTTP_LOGIN (what is wanted). Redirects and a proxy's word came before it.
http__read() {
	local name value
	http__forget ''
	while IFS=': ' read -r name value; do
		value=${value%"$HTTP_RETURN"}
		case $name in
			HTTP/*) http__forget "${value%% *}" ;;
			[Cc]ontent-[Tt]ype) HTTP_CONTENT=$value ;;
			[Dd]ocker-[Cc]ontent-[Dd]igest) HTTP_DIGEST=$value ;;
			[Rr]ate[Ll]imit-[Rr]emaining) HTTP_LEFT=$value ;;
			[Rr]etry-[Aa]fter) HTTP_AFTER=$value ;;
			[Ww][Ww][Ww]-[Aa]uthenticate) HTTP_LOGIN=$value ;;
		esac
	done <"$1"
}

http__forget() { HTTP_STATUS=$1 HTTP_CONTENT='' HTTP_DIGEST='' HTTP_LEFT='' HTTP_AFTER='' HTTP_LOGIN=''; }

# http_host URL: with its port.
http_host() {
	local host
	host=${1#*://}
	printf '%s\n' "${host%%/*}"
}

# http_fetch_token FILE: for anybody, once; who is asked for a login again is not let in.
http_fetch_token() {
	local realm service scope
	realm=$(http__part realm) service=$(http__part service) scope=$(http__part scope)
	case $realm in http://* | https://*) ;; *) return 1 ;; esac
	attempt_run "$HTTP_PATIENCE" curl --disable --silent --max-time "$HTTP_PATIENCE" --get --data-urlencode "service=$service" \
		${scope:+--data-urlencode "scope=$scope"} ${SEAWALL_CA_BUNDLE:+--cacert "$SEAWALL_CA_BUNDLE"} "$realm" 2>/dev/null >"$1.answer" || return 1
	(umask 077 && sed -n 's/.*"\(access_\)\{0,1\}token": *"\([^"]*\)".*/Authorization: Bearer \2/p' "$1.answer" >"$1.token")
	rm -f "$1.answer"
	[ -s "$1.token" ]
}

http__part() { printf '%s\n' "$HTTP_LOGIN" | sed -n "s/.*[ ,]$1=\"\([^\"]*\)\".*/\1/p"; }

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

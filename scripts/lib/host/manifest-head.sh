# Manifest-head: one small question to a registry, a HEAD for a manifest. That is no pull (Docker Hub counts GETs). Without
# curl, and where a login is wanted, the engine's client asks.
# Needs attempt.sh and references.sh.
# shellcheck shell=sh

# Seconds that a registry gets to answer.
MANIFEST_PATIENCE=3
MANIFEST_TYPES='application/vnd.oci.image.index.v1+json, application/vnd.docker.distribution.manifest.list.v2+json,
application/vnd.oci.image.manifest.v1+json, application/vnd.docker.distribution.manifest.v2+json'

# manifest_head PLACE HOST FILE: FILE.part gets the digest; else FILE.why what is wrong, in the words of the client or of
# BuildKit, and its Retry-After. 124 where there was no answer.
manifest_head() {
	local status
	status=0
	if command -v curl >/dev/null 2>&1 && ! manifest__has_login "$2"; then
		manifest__ask "$1" "$2" "$3" || status=$?
	else
		manifest__client "$1" "$3" || status=$?
	fi
	return "$status"
}

# A login is the client's to use, which may keep it in a helper.
manifest__has_login() {
	local name
	name=$1
	[ "$1" != docker.io ] || name=index.docker.io
	grep -q -F -e '"credsStore"' -e '"credHelpers"' -e "$name" "${DOCKER_CONFIG:-${HOME:-/root}/.docker}/config.json" 2>/dev/null
}

manifest__client() {
	attempt_run "$MANIFEST_PATIENCE" docker buildx imagetools inspect "$1" >"$2.head" 2>"$2.why" || return
	sed -n 's/^Digest: *//p' "$2.head" >"$2.part"
}

# Addresses of this machine are asked without TLS too, as the builder does.
manifest__ask() {
	local status url
	status=0
	url=https://$(reference_url "$1")
	manifest__curl "$url" "$3" || status=$?
	case $status:$2 in
		35:127.* | 35:localhost*)
			status=0 url=http://${url#https://}
			manifest__curl "$url" "$3" || status=$?
			;;
	esac
	[ "$status" -ne 28 ] || return 124
	[ "$status" -eq 0 ] || return 1
	if [ "$(manifest_status "$3")" = 401 ] && manifest__fetch_token "$3"; then manifest__curl "$url" "$3" || return 1; fi
	manifest__judge "$1" "$url" "$3"
}

# manifest__curl URL FILE [ARGUMENT...]: FILE.head gets the headers.
manifest__curl() {
	local url file
	url=$1 file=$2
	shift 2
	[ -z "${SEAWALL_CA_BUNDLE:-}" ] || set -- "$@" --cacert "$SEAWALL_CA_BUNDLE"
	[ ! -s "$file.token" ] || set -- "$@" --header "@$file.token"
	attempt_run "$((MANIFEST_PATIENCE + 1))" curl --disable --silent --show-error --location --max-redirs 3 --max-time "$MANIFEST_PATIENCE" \
		--head --header "Accept: $(printf '%s' "$MANIFEST_TYPES" | tr -d '\n')" --output /dev/null --dump-header "$file.head" "$@" "$url" 2>"$file.why"
}

# manifest_status FILE: the code of the last answer; redirects came before it.
manifest_status() { sed -n 's/^HTTP\/[0-9.]* \([0-9]*\).*/\1/p' "$1.head" | tail -n 1; }

# manifest__asker FILE NAME
manifest__asker() { tr -d '\015' <"$1.head" | sed -n "s/^$2: *//p" | tail -n 1; }

# manifest__fetch_token FILE: for anybody, once; who is asked for a login again is not let in.
manifest__fetch_token() {
	local ask realm service scope
	ask=$(manifest__asker "$1" '[Ww][Ww][Ww]-[Aa]uthenticate')
	realm=$(manifest__part realm "$ask") service=$(manifest__part service "$ask") scope=$(manifest__part scope "$ask")
	case $realm in http://* | https://*) ;; *) return 1 ;; esac
	attempt_run "$MANIFEST_PATIENCE" curl --disable --silent --max-time "$MANIFEST_PATIENCE" --get --data-urlencode "service=$service" \
		${scope:+--data-urlencode "scope=$scope"} "$realm" >"$1.answer" 2>/dev/null || return 1
	(umask 077 && sed -n 's/.*"\(access_\)\{0,1\}token": *"\([^"]*\)".*/Authorization: Bearer \2/p' "$1.answer" >"$1.token")
	rm -f "$1.answer"
	[ -s "$1.token" ]
}

manifest__part() { printf '%s\n' "$2" | sed -n "s/.*[ ,]$1=\"\([^\"]*\)\".*/\1/p"; }

# manifest__judge PLACE URL FILE: a manifest, its digest, the one that was asked for; in the words of BuildKit where not.
manifest__judge() {
	local code type digest left
	code=$(manifest_status "$3") type=$(manifest__asker "$3" '[Cc]ontent-[Tt]ype')
	digest=$(manifest__asker "$3" '[Dd]ocker-[Cc]ontent-[Dd]igest') left=$(manifest__asker "$3" '[Rr]ate[Ll]imit-[Rr]emaining')
	{
		case $code:$type:$left in
			200:*:0 | 200:*:0\;*) printf 'HEAD %s: 429 Too Many Requests, no pull is left\n' "$2" ;;
			200:application/vnd.*)
				reference_is_digest "$digest" || { manifest__client "$1" "$3" && return 0 || return 1; }
				case $1 in
					*@"$digest") ;;
					*@*) printf '%s: digest mismatch: wanted %s, saw %s\n' "$2" "${1##*@}" "$digest" ;;
				esac
				;;
			200:*) printf 'HEAD %s: encountered unknown type %s, unsupported content-type: text/html\n' "$2" "${type:-none}" ;;
			*) printf 'unexpected status from HEAD request to %s: %s %s\n' "$2" "$code" "$(manifest__reason "$code")" ;;
		esac
		tr -d '\015' <"$3.head" | grep -i '^retry-after:' || :
	} >"$3.why"
	[ ! -s "$3.why" ] && printf '%s\n' "$digest" >"$3.part"
}

# HTTP/2 sends no reason.
manifest__reason() {
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

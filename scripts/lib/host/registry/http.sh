# Http: a question to a registry by curl, with the token that it gives to anybody. What comes back is bounded, a login goes to the
# host that it is for, and nothing that began with TLS goes on without.
# Settings: SEAWALL_CA_BUNDLE.
# shellcheck shell=sh

# Seconds that a registry gets to answer.
HTTP_PATIENCE=3
# Bytes of an answer: a manifest has 4 MiB at most (OCI distribution specification 1.1).
HTTP_MOST=8388608
HTTP_TYPES='application/vnd.oci.image.index.v1+json, application/vnd.docker.distribution.manifest.list.v2+json'
HTTP_TYPES="$HTTP_TYPES, application/vnd.oci.image.manifest.v1+json, application/vnd.docker.distribution.manifest.v2+json"
HTTP_RETURN=$(printf '\015')
HTTP_NEWLINE='
'

# http_ask URL FILE ARGUMENT...: FILE.head gets the headers, FILE.why what curl has to complain; ARGUMENT are curl's. Sets what
# http__read does. Gives curl's status; 63 where the answer is larger than HTTP_MOST.
http_ask() {
	local url file status
	url=$1 file=$2 status=0
	: >"$file.head"
	shift 2
	[ ! -s "$file.token" ] || set -- "$@" --header "@$file.token"
	http__curl "$url" "$file" "$((HTTP_PATIENCE + 1))" --show-error --location --max-redirs 3 --header "Accept: $HTTP_TYPES" \
		--dump-header "$file.head" "$@" 2>"$file.why" || status=$?
	http__read "$file.head"
	return "$status"
}

# http__curl URL FILE SECONDS ARGUMENT...: the URL, which may be signed, is in no list of processes but in FILE.url. An old curl
# holds to --max-filesize only where a length is told, so the kernel bounds what is written (ulimit -f, 512 bytes each).
http__curl() {
	local url file seconds status protocols
	url=$1 file=$2 seconds=$3 status=0 protocols='=https'
	shift 3
	case $url in *[\\\"]* | *"$HTTP_RETURN"* | *"$HTTP_NEWLINE"*) printf 'the URL holds a character that no URL has\n' >&2 && return 3 ;; esac
	case $url in http://*) protocols='=http,https' ;; esac
	(umask 077 && printf 'url = "%s"\n' "$url" >"$file.url") || return
	[ -z "${SEAWALL_CA_BUNDLE:-}" ] || set -- "$@" --cacert "$SEAWALL_CA_BUNDLE"
	# Of a HEAD it would be the length that the body has elsewhere.
	case " $* " in *' --head '*) ;; *) set -- "$@" --max-filesize "$HTTP_MOST" ;; esac
	attempt_run "$seconds" sh -c 'ulimit -f "$1" 2>/dev/null; shift; exec curl "$@"' curl "$((HTTP_MOST / 512 + 1))" --disable --silent --globoff \
		--proto "$protocols" --proto-redir "$protocols" --max-time "$HTTP_PATIENCE" --config "$file.url" "$@" || status=$?
	rm -f "$file.url"
	# SIGXFSZ
	[ "$status" -ne 153 ] || status=63
	return "$status"
}

# http__read FILE: sets, to what the last answer says, HTTP_STATUS, HTTP_CONTENT (its type), HTTP_DIGEST, HTTP_LEFT (how many
# pulls), HTTP_AFTER (when to come again) and HTTP_LOGIN (what is wanted). Redirects and a proxy's word came before it.
http__read() {
	local name value lines
	lines=0
	http__forget ''
	while IFS=': ' read -r name value && [ "$lines" -lt 1000 ]; do
		lines=$((lines + 1)) value=${value%"$HTTP_RETURN"}
		case $name in
			HTTP/*) http__forget "${value%% *}" ;;
			[Cc][Oo][Nn][Tt][Ee][Nn][Tt]-[Tt][Yy][Pp][Ee]) ! http__is_plain "$value" || HTTP_CONTENT=$value ;;
			[Dd][Oo][Cc][Kk][Ee][Rr]-[Cc][Oo][Nn][Tt][Ee][Nn][Tt]-[Dd][Ii][Gg][Ee][Ss][Tt]) HTTP_DIGEST=$value ;;
			[Rr][Aa][Tt][Ee][Ll][Ii][Mm][Ii][Tt]-[Rr][Ee][Mm][Aa][Ii][Nn][Ii][Nn][Gg])
				! values_is_number "${value%%;*}" 999999999 || HTTP_LEFT=${value%%;*}
				;;
			[Rr][Ee][Tt][Rr][Yy]-[Aa][Ff][Tt][Ee][Rr]) ! http__is_plain "$value" || HTTP_AFTER=$value ;;
			[Ww][Ww][Ww]-[Aa][Uu][Tt][Hh][Ee][Nn][Tt][Ii][Cc][Aa][Tt][Ee]) HTTP_LOGIN=$value ;;
		esac
	done <"$1"
}

http__forget() {
	HTTP_STATUS=$1 HTTP_CONTENT='' HTTP_DIGEST='' HTTP_LEFT='' HTTP_AFTER='' HTTP_LOGIN=''
	case $1 in [1-9][0-9][0-9]) ;; *) HTTP_STATUS='' ;; esac
}

# http__is_plain TEXT: short, and of characters that can be shown.
http__is_plain() { case $1 in *[!A-Za-z0-9\ ,:\;=+/._-]*) return 1 ;; *) [ "${#1}" -le 100 ] ;; esac }

# http_host URL: with its port, without what a login may be.
http_host() {
	local host
	host=${1#*://}
	host=${host%%[/?#]*}
	printf '%s\n' "${host##*@}"
}

# http_fetch_token FILE URL: for anybody, once; who is asked for a login again is not let in. URL is the one that wants it: the
# place of the tokens has TLS, or is the same address of this machine.
http_fetch_token() {
	local realm service scope
	realm=$(http__part realm) service=$(http__part service) scope=$(http__part scope)
	http__is_token_place "$realm" "$2" || return 1
	http__curl "$realm" "$1" "$HTTP_PATIENCE" --get --data-urlencode "service=$service" \
		${scope:+--data-urlencode "scope=$scope"} 2>/dev/null >"$1.answer" || return 1
	(umask 077 && head -c 65536 "$1.answer" | LC_ALL=C sed -n 's/.*"\(access_\)\{0,1\}token": *"\([!-~]*\)".*/Authorization: Bearer \2/p' |
		LC_ALL=C sed -e 's/".*//' -e q >"$1.token")
	rm -f "$1.answer"
	[ -s "$1.token" ]
}

# http__is_token_place REALM URL
http__is_token_place() {
	local authority
	authority=${1#*://}
	case ${authority%%[/?#]*} in '' | *@*) return 1 ;; esac
	case $1 in
		https://*) ;;
		http://127.* | http://localhost[:/]*) case $2 in http://*) [ "$(http_host "$1")" = "$(http_host "$2")" ] ;; *) return 1 ;; esac ;;
		*) return 1 ;;
	esac
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

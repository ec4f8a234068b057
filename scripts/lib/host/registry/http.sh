# Http: a bounded HTTP request by curl, with the token that a registry gives to anybody. A login goes only to the host
# that it is for, and a request that began with TLS never continues without it.
# Settings: SEAWALL_CA_BUNDLE.
# shellcheck shell=sh

# Seconds until a request is given up.
HTTP_TIMEOUT=3
# Bytes of a response: a manifest has at most 4 MiB (OCI distribution specification 1.1).
HTTP_MAX_BYTES=8388608
HTTP_TYPES='application/vnd.oci.image.index.v1+json, application/vnd.docker.distribution.manifest.list.v2+json'
HTTP_TYPES="$HTTP_TYPES, application/vnd.oci.image.manifest.v1+json"
HTTP_TYPES="$HTTP_TYPES, application/vnd.docker.distribution.manifest.v2+json"
HTTP_RETURN=$(printf '\015')
HTTP_NEWLINE='
'

# http_ask URL FILE ARGUMENT...: ARGUMENT are curl's. FILE.head gets the headers, FILE.why curl's message; the record
# HTTP_* describes the response (http__read). Returns curl's exit code; 63 if the response is larger than
# HTTP_MAX_BYTES.
http_ask() {
	local url file status
	url=$1 file=$2 status=0
	HTTP_URL=$url
	: >"$file.head"
	shift 2
	[ ! -s "$file.token" ] || set -- "$@" --header "@$file.token"
	http__curl "$url" "$file" "$((HTTP_TIMEOUT + 1))" --show-error --location --max-redirs 3 \
		--header "Accept: $HTTP_TYPES" --dump-header "$file.head" "$@" 2>"$file.why" || status=$?
	http__read "$file.head"
	return "$status"
}

# http__curl URL FILE SECONDS ARGUMENT...: passes the URL, which may be signed, in FILE.url and not as an argument,
# which `ps` would show. curl before 8.4 applies --max-filesize only to a response with a Content-Length, so the kernel
# also bounds the file (ulimit -f, in units of 512 bytes).
http__curl() {
	local url file seconds status protocols
	url=$1 file=$2 seconds=$3 status=0 protocols='=https'
	shift 3
	case $url in *[\\\"]* | *"$HTTP_RETURN"* | *"$HTTP_NEWLINE"*)
		printf 'the URL has a character that is not allowed in a URL\n' >&2
		return 3
		;;
	esac
	case $url in http://*) protocols='=http,https' ;; esac
	(umask 077 && printf 'url = "%s"\n' "$url" >"$file.url") || return
	[ -z "${SEAWALL_CA_BUNDLE:-}" ] || set -- "$@" --cacert "$SEAWALL_CA_BUNDLE"
	# The Content-Length of a response to HEAD is that of the body of a GET.
	case " $* " in *' --head '*) ;; *) set -- "$@" --max-filesize "$HTTP_MAX_BYTES" ;; esac
	attempt_run "$seconds" sh -c 'ulimit -f "$1" 2>/dev/null; shift; exec curl "$@"' curl \
		"$((HTTP_MAX_BYTES / 512 + 1))" --disable --silent --globoff --proto "$protocols" --proto-redir "$protocols" \
		--max-time "$HTTP_TIMEOUT" --config "$file.url" "$@" || status=$?
	rm -f "$file.url"
	# SIGXFSZ
	[ "$status" -ne 153 ] || status=63
	return "$status"
}

# http__read FILE: sets the record of the last response in FILE, HTTP_URL (the URL that was asked first), HTTP_STATUS,
# HTTP_CONTENT (its type), HTTP_DIGEST, HTTP_LEFT (pulls left), HTTP_AFTER (Retry-After) and HTTP_LOGIN
# (WWW-Authenticate). Responses of redirects and proxies come before it.
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

# http_forget: there was no response yet.
http_forget() { HTTP_URL='' && http__forget ''; }

http__forget() {
	HTTP_STATUS=$1 HTTP_CONTENT='' HTTP_DIGEST='' HTTP_LEFT='' HTTP_AFTER='' HTTP_LOGIN=''
	case $1 in [1-9][0-9][0-9]) ;; *) HTTP_STATUS='' ;; esac
}

# http__is_plain TEXT: short, and of characters that can be shown.
http__is_plain() { case $1 in *[!A-Za-z0-9\ ,:\;=+/._-]*) return 1 ;; *) [ "${#1}" -le 100 ] ;; esac }

# http_host URL: prints its host and port, without a login.
http_host() {
	local host
	host=${1#*://}
	host=${host%%[/?#]*}
	printf '%s\n' "${host##*@}"
}

# http_fetch_token FILE URL: fetches an anonymous token for URL, once, into FILE.token. The token's server must have
# TLS, or be the same address of this machine. Returns 1 if that server may not be asked or grants nobody a token: the
# response 401 for URL stays the record. Otherwise the record is the server's response, and HTTP_TOKEN_CODE curl's exit
# code; returns 2 if it has no token.
http_fetch_token() {
	local realm service scope status login
	realm=$(http__part realm) service=$(http__part service) scope=$(http__part scope) status=0 login=$HTTP_LOGIN
	http__is_token_place "$realm" "$2" || return 1
	: >"$1.head"
	http__curl "$realm" "$1" "$((HTTP_TIMEOUT + 1))" --show-error --get --data-urlencode "service=$service" \
		${scope:+--data-urlencode "scope=$scope"} --dump-header "$1.head" 2>"$1.why" >"$1.answer" || status=$?
	http__read "$1.head"
	case $status:$HTTP_STATUS in 0:401 | 0:403) HTTP_STATUS=401 HTTP_LOGIN=$login && return 1 ;; esac
	HTTP_URL=$realm HTTP_TOKEN_CODE=$status
	http__keep_token "$1"
	[ "$status" -eq 0 ] && [ -s "$1.token" ] || return 2
}

# http__keep_token FILE: FILE.token gets the header with the token in FILE.answer, nothing if there is none.
http__keep_token() {
	(umask 077 && head -c 65536 "$1.answer" |
		LC_ALL=C sed -n 's/.*"\(access_\)\{0,1\}token": *"\([!-~]*\)".*/Authorization: Bearer \2/p' |
		LC_ALL=C sed -e 's/".*//' -e q >"$1.token")
	rm -f "$1.answer"
}

# http__is_token_place REALM URL
http__is_token_place() {
	local authority
	authority=${1#*://}
	case ${authority%%[/?#]*} in '' | *@*) return 1 ;; esac
	case $1 in
		https://*) ;;
		http://127.* | http://localhost[:/]*)
			case $2 in http://*) [ "$(http_host "$1")" = "$(http_host "$2")" ] ;; *) return 1 ;; esac
			;;
		*) return 1 ;;
	esac
}

http__part() { printf '%s\n' "$HTTP_LOGIN" | sed -n "s/.*[ ,]$1=\"\([^\"]*\)\".*/\1/p"; }

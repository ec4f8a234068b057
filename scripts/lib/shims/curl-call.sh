# Curl call: what an option of curl means for repeating the call and for sending it to a mirror.
# shellcheck shell=sh

# curl_call_take_flag NAME: a login by .netrc is for the host of the call only.
curl_call_take_flag() {
	case $1 in
		remote-name)
			CURL_OUTPUT="${CURL_OUTPUT:+twice}${CURL_OUTPUT:-remote}"
			list_add CURL_OUTPUTS remote
			;;
		remote-name-all)
			CURL_OUTPUT="${CURL_OUTPUT:+twice}${CURL_OUTPUT:-remote}"
			# It is for the URLs behind it.
			[ -z "$CURL_URLS$CURL_OUTPUTS" ] || CURL_PIECES=no
			;;
		verbose) CURL_PIECES=no ;;
	esac
	[ "$1" = remote-name ] || list_add CURL_COMMON "--$1"
	case $1 in
		netrc | netrc-optional | location-trusted | negotiate | ntlm | ntlm-wb) return 0 ;;
	esac
	CURL_GIVEN="$CURL_GIVEN$1 "
	list_add CURL_MIRROR "--$1"
}

# curl_call_take NAME VALUE: false if the call is no plain download.
curl_call_take() {
	case $1 in
		url)
			CURL_URL=$2
			list_add CURL_URLS "$2"
			return 0
			;;
		output) list_add CURL_OUTPUTS "=$2" ;;
		*) list_add CURL_COMMON "--$1" "$2" ;;
	esac
	case $1 in
		cookie | cookie-jar | dump-header | etag-compare | etag-save | rate) CURL_PIECES=no ;;
		write-out) case $2 in @* | *num* | *_id* | *json* | *_header*) CURL_PIECES=no ;; esac ;;
	esac
	case $1 in
		request) case $2 in GET | HEAD) ;; *) return 1 ;; esac ;;
		output) CURL_OUTPUT="${CURL_OUTPUT:+twice}$2" ;;
		output-dir) CURL_FOLDER=$2/ ;;
		user | oauth2-bearer | aws-sigv4 | cookie | netrc-file | sasl-authzid) return 0 ;;
		cert | key | pass | tlsuser | tlspassword) return 0 ;;
		# Headers and the download would be mixed in stdout.
		dump-header) case $2 in - | /dev/* | /proc/*) return 1 ;; esac ;;
		header) curl_call_is_public "$2" || return 0 ;;
	esac
	CURL_GIVEN="$CURL_GIVEN$1 "
	list_add CURL_MIRROR "--$1" "$2"
}

# curl_call_is_public HEADER: true if the header holds no credential. Any other may hold one: PRIVATE-TOKEN,
# X-JFrog-Art-Api, ...
curl_call_is_public() {
	case $1 in
		[Aa]ccept:* | [Aa]ccept-[Ee]ncoding:* | [Aa]ccept-[Ll]anguage:* | [Rr]ange:* | [Ii]f-*:*) ;;
		[Uu]ser-[Aa]gent:* | [Cc]ache-[Cc]ontrol:*) ;;
		*) return 1 ;;
	esac
}

# curl_call_is_download: true if the URL is one http or https URL of another machine, and a file or stdout gets it.
curl_call_is_download() {
	case $CURL_OUTPUT in twice*) return 1 ;; - | /dev/stdout | /proc/self/fd/1 | /dev/fd/1) CURL_OUTPUT='' ;; esac
	case $CURL_URL in
		*[[:space:][:cntrl:]\"\\]*) return 1 ;;
		*[][{}]*) curl_call_has globoff || return 1 ;;
	esac
	case $CURL_URL in
		http://?* | https://?*) ;;
		*://* | -*) return 1 ;;
	esac
	! mirror_is_local "$CURL_URL"
}

# curl_call_has NAME...: true if the call has one of these options.
curl_call_has() { words_table_has_one "$CURL_GIVEN" "$@"; }

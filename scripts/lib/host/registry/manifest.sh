# Manifest: asks a registry for the digest of an image by a HEAD request, which is no pull (Docker Hub counts GETs).
# Without curl, or if the user has a login for the registry, docker buildx imagetools asks.
# shellcheck shell=sh

# manifest_head PLACE HOST FILE: FILE.part gets the digest. On failure FILE.class gets the class, and FILE.why the
# reason in one line and the lines of answer_details.
manifest_head() {
	MANIFEST_URL=''
	http_forget
	if command -v curl >/dev/null 2>&1 && ! manifest__has_login "$2"; then
		manifest__ask "$1" "$2" "$3"
	else
		manifest__client "$1" "$2" "$3"
	fi
}

# A credential helper keeps logins outside config.json, so any helper counts as a login.
manifest__has_login() {
	local name
	name=$1
	[ "$1" != docker.io ] || name=index.docker.io
	grep -q -F -e '"credsStore"' -e '"credHelpers"' -e "$name" "$(docker_config_folder)/config.json" 2>/dev/null
}

# manifest__client PLACE HOST FILE
manifest__client() {
	local status
	status=0
	attempt_run "$HTTP_TIMEOUT" docker buildx imagetools inspect "$1" >"$3.head" 2>"$3.why" || status=$?
	case $status in
		0) sed -n 's/^Digest: *//p' "$3.head" >"$3.part" ;;
		124) manifest__fail "$3" timeout "$(answer_words 28 "$3" "$2")" ;;
		*) { status_class_of_text "$3.why" buildkit 1 || :; } >"$3.class" && return 1 ;;
	esac
}

# manifest__ask PLACE HOST FILE: a registry on this machine is also asked without TLS, as BuildKit does.
manifest__ask() {
	local status url
	status=0 url=https://$(reference_url "$1")
	http_ask "$url" "$3" --head --output /dev/null || status=$?
	case $status:$2 in
		35:127.* | 35:localhost | 35:localhost:* | 35:'[::1]'*)
			status=0 url=http://${url#https://}
			http_ask "$url" "$3" --head --output /dev/null || status=$?
			;;
	esac
	MANIFEST_URL=$url
	if [ "$status" -eq 0 ] && answer_is 401; then
		http_fetch_token "$3" "$url" || status=$?
		case $status in
			0) http_ask "$url" "$3" --head --output /dev/null || status=$? ;;
			1) status=0 ;;
			*) manifest__blame_token "$2" "$3" || return ;;
		esac
	fi
	manifest__take "$1" "$2" "$3" "$status"
}

# manifest__blame_token HOST FILE: a registry whose token service fails serves nobody.
manifest__blame_token() {
	local class words
	class=$(answer_class "$HTTP_TOKEN_CODE" "$2")
	words=$(answer_words "$HTTP_TOKEN_CODE" "$2" "the token service $(http_host "$HTTP_URL") of $1")
	[ -n "$class" ] || class=html-instead-of-json words="$words without a token"
	[ "$class" != not-found ] || class=http-4xx-other
	manifest__fail "$2" "$class" "$words"
}

# manifest__take PLACE HOST FILE CODE: the response to HEAD must be a manifest.
manifest__take() {
	[ -z "$HTTP_LEFT" ] || printf '%s\n' "$HTTP_LEFT" >"$3.left"
	case $4:$HTTP_STATUS:$HTTP_LEFT in
		0:200:0) manifest__fail "$3" rate-limited "$2 has no pull left for this address (ratelimit-remaining: 0)" ;;
		0:200:*) manifest__take_digest "$1" "$2" "$3" ;;
		*) manifest__refuse "$2" "$3" "$4" ;;
	esac
}

# manifest__take_digest PLACE HOST FILE: the digest must be that of PLACE, if it has one.
manifest__take_digest() {
	case $HTTP_CONTENT in
		application/vnd.*) ;;
		*)
			manifest__fail "$3" html-instead-of-json "$2 answered with $(manifest__kind) instead of a manifest"
			return
			;;
	esac
	if ! reference_is_digest "$HTTP_DIGEST"; then
		manifest__client "$1" "$2" "$3"
		return
	fi
	case $1 in
		*@"$HTTP_DIGEST") ;;
		*@*)
			manifest__fail "$3" integrity "$2: digest mismatch: wanted ${1##*@}, saw $HTTP_DIGEST"
			return
			;;
	esac
	printf '%s\n' "$HTTP_DIGEST" >"$3.part"
}

manifest__kind() {
	case $HTTP_CONTENT in
		text/html*) printf 'an HTML page\n' ;;
		*) printf 'content type %s\n' "${HTTP_CONTENT:-none}" ;;
	esac
}

# manifest_verify PLACE HOST FILE: whether the manifest and its configuration have the digests that FILE.part and the
# manifest name; else FILE.class and FILE.why as manifest_head sets them. True if the client asked, which shows no
# bytes. A registry that lacks the manifest that it has just named is incomplete, and FILE.seen is void.
manifest_verify() {
	local digest config url
	[ -n "$MANIFEST_URL" ] && command -v sha256sum >/dev/null 2>&1 || return 0
	digest=$(cat "$3.part") url=${MANIFEST_URL%/manifests/*}
	if ! manifest__has "$url/manifests/$digest" "$digest" "$2" "$3"; then
		case $1 in *@*) false ;; *) grep -q -x not-found "$3.class" ;; esac || return
		# In this order: without FILE.seen, the class not-found would mean that the registry has no such tag.
		manifest__fail "$3" truncated "$2 names $digest and lacks it" || :
		digests_remember "$1" "$digest" void && rm -f "$3.seen"
		return 1
	fi
	config=$(tr -d '\n' <"$3.body" | sed -n 's/.*"config": *{[^}]*"digest": *"\(sha256:[0-9a-f]*\)".*/\1/p')
	[ -z "$config" ] || manifest__has "$url/blobs/$config" "$config" "$2" "$3"
}

# manifest__has URL DIGEST HOST FILE
manifest__has() {
	local seen status
	status=0
	http_ask "$1" "$4" --output "$4.body" || status=$?
	seen=sha256:$(sha256sum <"$4.body" | cut -d ' ' -f 1)
	case $status:$HTTP_STATUS:$seen in
		0:200:"$2") ;;
		63:*) manifest__fail "$4" integrity "$1: digest mismatch: wanted $2, saw more than $HTTP_MAX_BYTES bytes" ;;
		0:200:*) manifest__fail "$4" integrity "$1: digest mismatch: wanted $2, saw $seen" ;;
		*) manifest__refuse "$3" "$4" "$status" ;;
	esac
}

# manifest__refuse HOST FILE CODE: reports the last response.
manifest__refuse() { manifest__fail "$2" "$(answer_class "$3" "$2")" "$(answer_words "$3" "$2" "$1")"; }

# manifest__fail FILE CLASS WORDS: false.
manifest__fail() {
	printf '%s\n' "$2" >"$1.class"
	{ printf '%s\n' "$3" && answer_details; } >"$1.why"
	return 1
}

# Gha-cache: checks the cache of GitHub Actions: its token, its service, and a signed URL. A builder retries a dead
# service for ten minutes, and a dead signed URL freezes it, with all its builds, for fifteen (BuildKit 0.25).
# shellcheck shell=sh

# The version in BuildKit's cache keys: the SHA-256 of a constant in https://github.com/tonistiigi/go-actions-cache. A
# key's prefix finds any index of the scope.
GHA_VERSION=693bb7016429d80366022f036f84856888c9f13e00145f5f6f4dce303a38d6f2

# gha_cache_ask from|to SPEC FILE: sets CACHE_CLASS to ok or the class of the failure. Writes the message to FILE.why,
# the asked hosts to FILE.host, and the cache's list of layers to FILE.index.
gha_cache_ask() {
	CACHE_CLASS=ok
	: >"$3.why"
	gha__find_service "$2" || {
		gha__end "$3" auth "$GHA_WANTED"
		return 0
	}
	gha__read_token "$1" "$3" || return 0
	http_host "$GHA_URL" >"$3.host"
	(umask 077 && printf 'Authorization: Bearer %s\n' "$GHA_TOKEN" >"$3.token")
	if [ "$GHA_GENERATION" = 2 ]; then gha__ask_service "$2" "$3"; else gha__ask_first "$2" "$3"; fi
	rm -f "$3.token"
}

# gha__end FILE CLASS MESSAGE: the result of a check that failed.
gha__end() {
	CACHE_CLASS=$2
	printf '%s\n' "$3" >"$1.why"
}

# gha__find_service SPEC: sets GHA_GENERATION, GHA_URL and GHA_TOKEN from the fields of SPEC or, like buildx, from the
# environment. Returns 1 and sets GHA_WANTED if URL or token is missing.
gha__find_service() {
	GHA_GENERATION=$(cache_spec_field "$1" version) GHA_TOKEN=$(cache_spec_field "$1" token)
	: "${GHA_TOKEN:=${ACTIONS_RUNTIME_TOKEN:-}}"
	GHA_URL=$(cache_spec_field "$1" url_v2)
	[ -n "$GHA_GENERATION" ] || case $GHA_URL:${ACTIONS_CACHE_SERVICE_V2:-} in
		: | :[Ff]alse | :0) GHA_GENERATION=1 ;;
		*) GHA_GENERATION=2 ;;
	esac
	if [ "$GHA_GENERATION" = 2 ]; then
		: "${GHA_URL:=${ACTIONS_RESULTS_URL:-}}"
	else
		GHA_URL=$(cache_spec_field "$1" url)
		: "${GHA_URL:=${ACTIONS_CACHE_URL:-}}"
	fi
	GHA_URL=${GHA_URL%/}
	GHA_WANTED='wanted ACTIONS_RUNTIME_TOKEN and ACTIONS_RESULTS_URL, which a run: step lacks:'
	GHA_WANTED="$GHA_WANTED export them first (docs/caches.md)"
	[ -n "$GHA_TOKEN" ] && [ -n "$GHA_URL" ]
}

# gha__read_token from|to FILE: checks the token, a JSON Web Token whose claim `ac` lists scopes and permissions (1
# read, 2 write). Returns 1 if the service would reject it.
gha__read_token() {
	local claims expires
	case $GHA_TOKEN in *.*.*) claims=$(gha__claims "${GHA_TOKEN#*.}") ;; *) claims='' ;; esac
	case $claims in
		'{'*'}') ;;
		*)
			gha__end "$2" auth 'the token is malformed: a build that exports with it fails'
			return 1
			;;
	esac
	expires=$(printf '%s\n' "$claims" | sed -n 's/.*"exp": *\([1-9][0-9]\{0,10\}\)\([^0-9].*\)\{0,1\}$/\1/p')
	[ -z "$expires" ] || [ "$expires" -gt "$(clock_now)" ] || {
		gha__end "$2" auth 'the token has expired'
		return 1
	}
	case $1:$claims in
		from:* | *Permission*:[23]* | *Permission*:\ [23]*) ;;
		*'"ac"'*)
			gha__end "$2" auth 'the token may only read, like the token of a fork'
			return 1
			;;
	esac
}

# gha__claims REST: decodes the claims; REST is the token after its first dot.
gha__claims() {
	local text
	text=${1%%.*}
	while [ $((${#text} % 4)) -ne 0 ]; do text=$text=; done
	printf '%s' "$text" | tr -- '-_' '+/' | base64 -d 2>/dev/null | tr -d '\000\n' || :
}

# gha__ask_service SPEC FILE: asks the second version of the service for the index, and the signed URL for its content.
gha__ask_service() {
	local key status url
	status=0
	key=index-$(cache_spec_field "$1" scope)
	[ "$key" != index- ] || key=index-buildkit
	json_object key "$key-1-" restore_keys: "[$(json_string "$key-1-")]" version "$GHA_VERSION" >"$2.ask"
	http_ask "$GHA_URL/twirp/github.actions.results.api.v1.CacheService/GetCacheEntryDownloadURL" "$2" \
		--header 'Content-Type: application/json' --data-binary "@$2.ask" --output "$2.body" || status=$?
	gha__judge "$2" "$status" "$(http_host "$GHA_URL")" || return 0
	grep -q '"ok"' "$2.body" || {
		gha__end "$2" html-instead-of-json "$(http_host "$GHA_URL") did not answer with JSON"
		return 0
	}
	# Servers may write & and / as escapes.
	url=$(sed -n 's/.*"signed_download_url": *"\([^"]*\)".*/\1/p' "$2.body" | sed -e 's/\\u0026/\&/g' -e 's/\\\//\//g')
	[ -n "$url" ] || return 0
	rm -f "$2.token"
	http_host "$url" >>"$2.host"
	# The index is small and lists the layers of the cache (aftermath.sh).
	http_ask "$url" "$2" --output "$2.index" || status=$?
	gha__judge "$2" "$status" "the signed URL at $(http_host "$url")" || :
}

# gha__ask_first SPEC FILE: asks the first version of the service. GitHub has retired it; other servers may still offer
# it.
gha__ask_first() {
	local status
	status=0
	http_ask "$GHA_URL/_apis/artifactcache/cache?keys=index&version=$GHA_VERSION" "$2" \
		--header 'Accept: application/json;api-version=6.0-preview.1' --output "$2.body" || status=$?
	if [ "$status" -eq 0 ] && answer_is 410 422; then
		gha__end "$2" unsupported-feature 'the first version of the service is retired: use a newer BuildKit'
	else
		gha__judge "$2" "$status" "$(http_host "$GHA_URL")" || :
	fi
}

# gha__judge FILE CODE HOST: whether the request that http_ask ended with CODE was answered.
gha__judge() {
	local class
	class=$(answer_class "$2" "$1")
	[ -n "$class" ] || return 0
	gha__end "$1" "$class" "$(answer_words "$2" "$1" "$3")"
	return 1
}

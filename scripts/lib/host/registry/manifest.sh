# Manifest-head: one small question to a registry, a HEAD for a manifest. That is no pull (Docker Hub counts GETs). Without
# curl, and where a login is wanted, the engine's client asks.
# shellcheck shell=sh

# manifest_head PLACE HOST FILE: FILE.part gets the digest; else FILE.why what is wrong, in the words of the client or of
# BuildKit, and its Retry-After. 124 where there was no answer.
manifest_head() {
	local status
	status=0 HTTP_STATUS=''
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
	grep -q -F -e '"credsStore"' -e '"credHelpers"' -e "$name" "$(docker_config_folder)/config.json" 2>/dev/null
}

manifest__client() {
	attempt_run "$HTTP_PATIENCE" docker buildx imagetools inspect "$1" >"$2.head" 2>"$2.why" || return
	sed -n 's/^Digest: *//p' "$2.head" >"$2.part"
}

# Addresses of this machine are asked without TLS too, as the builder does.
manifest__ask() {
	local status url
	status=0
	url=https://$(reference_url "$1")
	http_ask "$url" "$3" --head --output /dev/null || status=$?
	case $status:$2 in
		35:127.* | 35:localhost | 35:localhost:* | 35:'[::1]'*)
			status=0 url=http://${url#https://}
			http_ask "$url" "$3" --head --output /dev/null || status=$?
			;;
	esac
	[ "$status" -ne 28 ] || return 124
	[ "$status" -eq 0 ] || return 1
	if [ "$HTTP_STATUS" = 401 ] && http_fetch_token "$3" "$url"; then http_ask "$url" "$3" --head --output /dev/null || return 1; fi
	MANIFEST_URL=$url
	manifest__judge "$1" "$url" "$3"
}

# manifest_verify PLACE FILE: whether what is served under the digest in FILE.part has it, the manifest and what it names as
# its configuration; else FILE.why says what is wrong. Nothing to look at where the client has asked.
manifest_verify() {
	local digest config
	[ -n "${MANIFEST_URL:-}" ] && command -v sha256sum >/dev/null 2>&1 || return 0
	digest=$(cat "$2.part") MANIFEST_URL=${MANIFEST_URL%/manifests/*}
	manifest__has "$MANIFEST_URL/manifests/$digest" "$digest" "$2" || return
	config=$(tr -d '\n' <"$2.body" | sed -n 's/.*"config": *{[^}]*"digest": *"\(sha256:[0-9a-f]*\)".*/\1/p')
	[ -z "$config" ] || manifest__has "$MANIFEST_URL/blobs/$config" "$config" "$2"
}

# manifest__has URL DIGEST FILE
manifest__has() {
	local seen status
	status=0
	http_ask "$1" "$3" --output "$3.body" || status=$?
	case $status in
		28) return 124 ;;
		63) printf '%s: digest mismatch: wanted %s, saw more than %s bytes\n' "$1" "$2" "$HTTP_MOST" >"$3.why" && return 1 ;;
	esac
	seen=sha256:$(sha256sum <"$3.body" | cut -d ' ' -f 1)
	[ "$status" -eq 0 ] || return 1
	case $HTTP_STATUS:$seen in
		200:"$2") return 0 ;;
		200:*) printf '%s: digest mismatch: wanted %s, saw %s\n' "$1" "$2" "$seen" >"$3.why" ;;
		*) manifest__refusal GET "$1" >"$3.why" ;;
	esac
	return 1
}

# manifest__judge PLACE URL FILE: a manifest, its digest, the one that was asked for; in the words of BuildKit where not.
manifest__judge() {
	[ -z "$HTTP_LEFT" ] || printf '%s\n' "$HTTP_LEFT" >"$3.left"
	case $HTTP_STATUS:$HTTP_CONTENT:$HTTP_LEFT in
		200:*:0)
			printf 'HEAD %s: 429 Too Many Requests, no pull is left\n' "$2"
			manifest__after
			;;
		200:application/vnd.*)
			reference_is_digest "$HTTP_DIGEST" || { manifest__client "$1" "$3" && return 0 || return 1; }
			case $1 in
				*@"$HTTP_DIGEST") ;;
				*@*) printf '%s: digest mismatch: wanted %s, saw %s\n' "$2" "${1##*@}" "$HTTP_DIGEST" ;;
			esac
			;;
		200:*) printf 'HEAD %s: encountered unknown type %s, unsupported content-type: text/html\n' "$2" "${HTTP_CONTENT:-none}" ;;
		*) manifest__refusal HEAD "$2" ;;
	esac >"$3.why"
	[ ! -s "$3.why" ] && printf '%s\n' "$HTTP_DIGEST" >"$3.part"
}

# manifest__refusal METHOD URL: in the words of BuildKit, and when to come again.
manifest__refusal() {
	printf 'unexpected status from %s request to %s: %s %s\n' "$1" "$2" "$HTTP_STATUS" "$(http_reason "$HTTP_STATUS")"
	manifest__after
}

manifest__after() { [ -z "$HTTP_AFTER" ] || printf 'Retry-After: %s\n' "$HTTP_AFTER"; }

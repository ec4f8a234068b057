# Https-only: a rule that the user asks for. Plain http sources and insecure registries are refused, by a look at the
# Dockerfile first, and by the builder (source policy) for what cannot be read here. What a RUN step fetches it does not see.
# Needs log.sh, exit.sh, json.sh, references.sh, http.sh and places.sh. Works in SCRATCH. Settings: SEAWALL_HTTPS_EXCEPT.
# shellcheck shell=sh

# https_begin: tells the builder; 78 where the caller has a source policy of his own, for there can be one only.
https_begin() {
	[ -z "${EXPERIMENTAL_BUILDKIT_SOURCE_POLICY:-}" ] ||
		die 78 "wanted to make a source policy for https only, EXPERIMENTAL_BUILDKIT_SOURCE_POLICY names one: unset it, or put the rule into it"
	https__list_insecure >"$SCRATCH/insecure"
	https__write_policy >"$SCRATCH/policy.json"
	export EXPERIMENTAL_BUILDKIT_SOURCE_POLICY="$SCRATCH/policy.json"
	https__check_url "$BUILDX_CONTEXT"
}

https__check_url() {
	case $1 in http://*) https__excepts "$(http_host "$1")" || https__refuse "$1" "a URL with https" ;; esac
}

# https_check IMAGE...: 77 for the first source that breaks the rule.
https_check() {
	local how what place image
	while IFS='	' read -r how what; do
		[ "$how" != add ] || https__check_url "$what"
	done <"$SCRATCH/sources"
	for image in "$@"; do
		place=$(places_first "$image")
		[ -z "$place" ] || ! https__is_insecure "$(reference_host "$place")" || https__refuse "$place" "a registry with TLS that the engine verifies"
	done
}

https__refuse() { die 77 "https only: wanted $2, saw $1: change it, or name its host in SEAWALL_HTTPS_EXCEPT"; }

# https__excepts HOST
https__excepts() { case " $SEAWALL_HTTPS_EXCEPT " in *" $1 "*) ;; *) return 1 ;; esac }

# Registries that the engine asks without TLS, or without a look at the certificate: names, and networks (CIDR).
https__list_insecure() {
	docker info --format '{{range .RegistryConfig.InsecureRegistryCIDRs}}{{println .}}{{end}}{{range .RegistryConfig.IndexConfigs}}{{if not .Secure}}{{println .Name}}{{end}}{{end}}' 2>/dev/null || :
}

https__is_insecure() {
	! https__excepts "$1" || return 1
	case $1 in localhost | localhost:*) return 0 ;; esac
	LC_ALL=C awk -v "host=$1" -f "$SEAWALL_LIB/host/insecure.awk" "$SCRATCH/insecure"
}

# Of the rules that fit the last one counts (BuildKit, sourcepolicy).
https__write_policy() {
	local host
	printf '{"rules":[{"action":"DENY","selector":{"identifier":"http://*","matchType":"WILDCARD"}}'
	while read -r host; do
		case $host in */* | '') ;; *) printf ',{"action":"DENY","selector":{"identifier":%s,"matchType":"WILDCARD"}}' "$(json_string "docker-image://$host/*")" ;; esac
	done <"$SCRATCH/insecure"
	for host in $SEAWALL_HTTPS_EXCEPT; do
		printf ',{"action":"ALLOW","selector":{"identifier":%s,"matchType":"WILDCARD"}}' "$(json_string "docker-image://$host/*")"
		printf ',{"action":"ALLOW","selector":{"identifier":%s,"matchType":"WILDCARD"}}' "$(json_string "http://$host/*")"
	done
	printf ']}\n'
}

# Https-only: a rule that the user may set. Refuses plain http sources and insecure registries, in the Dockerfile before
# the build, and by a source policy of the builder during it (source-policy.sh). It does not cover downloads of RUN
# steps.
# Works in SCRATCH.
# Settings: SEAWALL_HTTPS_EXCEPT.
# shellcheck shell=sh

# Seconds until a question to the engine or a builder is given up.
HTTPS_TIMEOUT=5
HTTPS_FORMAT='{{range .RegistryConfig.InsecureRegistryCIDRs}}{{println .}}{{end}}'
HTTPS_FORMAT="$HTTPS_FORMAT{{range .RegistryConfig.IndexConfigs}}{{if not .Secure}}{{println .Name}}{{end}}{{end}}"

# https_rules: prints rules of a source policy, a comma before each; SCRATCH/insecure gets the insecure registries.
# BuildKit 0.25 applies one selector for each identifier, whatever its constraints.
https_rules() {
	local type identifier host
	https__list_insecure | LC_ALL=C sort -u >"$SCRATCH/insecure"
	LC_ALL=C awk -v patterns=yes -f "$SEAWALL_LIB/host/images/insecure.awk" \
		"$SCRATCH/insecure" >"$SCRATCH/insecure.patterns"
	https__rule DENY WILDCARD 'http://*'
	# The client serves a context on stdin under this name.
	https__rule ALLOW WILDCARD 'http://buildkit-session/*'
	# The identifier of a repository is git:// whatever its URL is, so the rule looks at the URL.
	printf ',{"action":"DENY","selector":{"identifier":"git://*","constraints":[%s]}}' \
		'{"key":"git.fullurl","value":"^(http|git)://","condition":"MATCHES"}'
	while read -r type identifier; do https__rule DENY "$type" "$identifier"; done <"$SCRATCH/insecure.patterns"
	for host in $SEAWALL_HTTPS_EXCEPT; do
		for type in docker-image http git; do https__rule ALLOW WILDCARD "$type://$host/*"; done
	done
}

# https__rule ACTION TYPE IDENTIFIER
https__rule() {
	printf ',{"action":"%s","selector":{"identifier":%s,"match_type":"%s"}}' "$1" "$(json_string "$3")" "$2"
}

# https_check_context URL: 77 for a context that breaks the rule.
https_check_context() { [ "${SEAWALL_HTTPS_ONLY:-off}" = off ] || https__check_url "$1"; }

https__check_url() {
	case $1 in [Hh][Tt][Tt][Pp]://* | git://*) ;; *) return 0 ;; esac
	https__excepts "$(http_host "$1")" || https__refuse "$1" "a URL with https"
}

# https_allows URL: whether the rule, if it is in force, allows a URL.
https_allows() {
	[ "${SEAWALL_HTTPS_ONLY:-off}" = off ] || case $1 in http://*) https__excepts "$(http_host "$1")" ;; esac
}

# https_check_names IMAGE...: before any registry is asked: 77 for an image whose own registry breaks the rule. Mirrors
# that break it are not used.
https_check_names() {
	local image pair mirrors
	mirrors=''
	for image in "$@"; do https__check_place base "$image" '' "$image"; done
	for pair in $SEAWALL_REGISTRY_MIRRORS; do
		case $pair in *=*) ! https__is_insecure "$(reference_host "${pair#*=}/x")" || continue ;; esac
		mirrors="$mirrors $pair"
	done
	SEAWALL_REGISTRY_MIRRORS=$mirrors
}

# https_check: 77 for the first URL of ADD, or place in the image plan, that breaks the rule.
https_check() {
	local how what
	while IFS='	' read -r how what; do
		[ "$how" != add ] || https__check_url "$what"
	done <"$SCRATCH/sources"
	image_plan_each https__check_place
}

# https__check_place USE IMAGE DIGEST PLACE: an image that nobody serves would come from its own registry.
https__check_place() {
	local place
	place=$4
	[ "$place" != - ] || place=$2
	! https__is_insecure "$(reference_host "$place")" ||
		https__refuse "$place" "a registry with TLS that the engine verifies"
}

https__refuse() { die 77 "https only: wanted $2, saw $1: change it, or name its host in SEAWALL_HTTPS_EXCEPT"; }

# https__excepts HOST
https__excepts() { case " $SEAWALL_HTTPS_EXCEPT " in *" $1 "*) ;; *) return 1 ;; esac }

# Prints the registries that the engine or a builder uses without TLS or without a valid certificate: names, and
# networks (CIDR). Docker and BuildKit treat the machine's own addresses as insecure.
https__list_insecure() {
	local name
	printf '%s\n' 127.0.0.0/8 ::1/128 localhost
	attempt_run "$HTTPS_TIMEOUT" docker info --format "$HTTPS_FORMAT" 2>/dev/null || :
	# shellcheck disable=SC2086 # a list of names
	set -- $SEAWALL_BUILDERS
	[ -z "${ARGUMENTS_NAMED:-}" ] || set -- "$ARGUMENTS_NAMED"
	[ $# -gt 0 ] || set -- ''
	for name in "$@"; do
		builder_ask "$name" "$SCRATCH/builder.settings" "$HTTPS_TIMEOUT" || :
		https__list_builder <"$SCRATCH/builder.settings"
	done
}

# Prints the insecure registries of a buildkitd.toml, as buildx shows it on stdin: sections [registry."HOST"] with `http
# = true` or `insecure = true`.
https__list_builder() {
	LC_ALL=C awk '
		{ sub(/^[ \t]*>?[ \t]*/, ""); sub(/[ \t]*(#.*)?$/, "") }
		/^\[/ {
			host = ""
			if ($0 ~ /^\[[ \t]*registry[ \t]*\.[ \t]*["\047]?[^"\047]+["\047]?[ \t]*\]$/) {
				host = $0
				sub(/^\[[ \t]*registry[ \t]*\.[ \t]*["\047]?/, "", host)
				sub(/["\047]?[ \t]*\]$/, "", host)
			}
		}
		host != "" && /^(http|insecure)[ \t]*=[ \t]*true$/ { print host }
	'
}

# https__is_insecure HOST: by its name, its address, or the addresses of its name, as the engine decides.
https__is_insecure() {
	local address
	! https__excepts "$1" || return 1
	! https__is_listed "$1" || return 0
	case $1 in *[!0-9.:]*) ;; *) return 1 ;; esac
	grep -q '^[0-9.]*/' "$SCRATCH/insecure" || return 1
	for address in $(https__addresses "${1%%:*}"); do ! https__is_listed "$address" || return 0; done
	return 1
}

https__is_listed() { HOST=$1 LC_ALL=C awk -f "$SEAWALL_LIB/host/images/insecure.awk" "$SCRATCH/insecure"; }

# https__addresses NAME: prints its IPv4 addresses; none if this machine has no getent or the name cannot be resolved.
https__addresses() {
	command -v getent >/dev/null 2>&1 || return 0
	attempt_run "$HTTPS_TIMEOUT" getent ahostsv4 "$1" 2>/dev/null | sed 's/ .*//' | sort -u
}

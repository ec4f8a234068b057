# Https-only: a rule that the user asks for. Plain http sources and insecure registries are refused, by a look at the
# Dockerfile first, and by the builder (source-policy.sh). What a RUN step fetches it does not see.
# Works in SCRATCH. Settings:
# SEAWALL_HTTPS_EXCEPT.
# shellcheck shell=sh

# Seconds that the engine and a builder get to tell their settings.
HTTPS_PATIENCE=5

# https_rules: rules of a source policy, a comma before each. SCRATCH/insecure gets the registries. BuildKit 0.25 keeps one
# selector for each identifier, whatever its constraints.
https_rules() {
	local type identifier host
	https__list_insecure | LC_ALL=C sort -u >"$SCRATCH/insecure"
	LC_ALL=C awk -v patterns=yes -f "$SEAWALL_LIB/host/images/insecure.awk" "$SCRATCH/insecure" >"$SCRATCH/insecure.patterns"
	https__rule DENY WILDCARD 'http://*'
	# What the client itself hands in (a context on stdin).
	https__rule ALLOW WILDCARD 'http://buildkit-session/*'
	# Of a repository the identifier does not say how it is fetched.
	printf ',{"action":"DENY","selector":{"identifier":"git://*","constraints":[{"key":"git.fullurl","value":"^(http|git)://","condition":"MATCHES"}]}}'
	while read -r type identifier; do https__rule DENY "$type" "$identifier"; done <"$SCRATCH/insecure.patterns"
	for host in $SEAWALL_HTTPS_EXCEPT; do
		for type in docker-image http git; do https__rule ALLOW WILDCARD "$type://$host/*"; done
	done
}

# https__rule ACTION TYPE IDENTIFIER
https__rule() { printf ',{"action":"%s","selector":{"identifier":%s,"match_type":"%s"}}' "$1" "$(json_string "$3")" "$2"; }

# https_check_context URL
https_check_context() { [ "$SEAWALL_HTTPS_ONLY" = off ] || https__check_url "$1"; }

https__check_url() {
	case $1 in [Hh][Tt][Tt][Pp]://* | git://*) https__excepts "$(http_host "$1")" || https__refuse "$1" "a URL with https" ;; esac
}

# https_check IMAGE...: 77 for the first source that breaks the rule.
https_check() {
	local how what place image
	while IFS='	' read -r how what; do
		[ "$how" != add ] || https__check_url "$what"
	done <"$SCRATCH/sources"
	for image in "$@"; do
		place=$(places_first "$image")
		: "${place:=$image}"
		! https__is_insecure "$(reference_host "$place")" || https__refuse "$place" "a registry with TLS that the engine verifies"
	done
}

https__refuse() { die 77 "https only: wanted $2, saw $1: change it, or name its host in SEAWALL_HTTPS_EXCEPT"; }

# https__excepts HOST
https__excepts() { case " $SEAWALL_HTTPS_EXCEPT " in *" $1 "*) ;; *) return 1 ;; esac }

# Registries that are asked without TLS, or without a look at the certificate: names, and networks (CIDR). This machine's own
# addresses always are, by the engine and by BuildKit.
https__list_insecure() {
	local name
	printf '%s\n' 127.0.0.0/8 ::1/128 localhost
	attempt_run "$HTTPS_PATIENCE" docker info --format '{{range .RegistryConfig.InsecureRegistryCIDRs}}{{println .}}{{end}}{{range .RegistryConfig.IndexConfigs}}{{if not .Secure}}{{println .Name}}{{end}}{{end}}' 2>/dev/null || :
	# shellcheck disable=SC2086 # a list of names
	set -- $SEAWALL_BUILDERS
	[ -z "${ARGUMENTS_NAMED:-}" ] || set -- "$ARGUMENTS_NAMED"
	[ $# -gt 0 ] || set -- ''
	for name in "$@"; do
		attempt_run "$HTTPS_PATIENCE" docker buildx inspect ${name:+"$name"} 2>/dev/null >"$SCRATCH/builder.settings" || :
		https__list_builder <"$SCRATCH/builder.settings"
	done
}

# The registries of a buildkitd.toml, as buildx prints it: sections [registry."HOST"] with `http = true` or `insecure = true`.
https__list_builder() {
	LC_ALL=C awk '
		{ sub(/^[ \t]*>?[ \t]*/, ""); sub(/[ \t]*(#.*)?$/, "") }
		/^\[/ {
			host = ""
			if ($0 ~ /^\[[ \t]*registry[ \t]*\.[ \t]*["\047]?[^"\047]+["\047]?[ \t]*\]$/) {
				host = $0; sub(/^\[[ \t]*registry[ \t]*\.[ \t]*["\047]?/, "", host); sub(/["\047]?[ \t]*\]$/, "", host)
			}
		}
		host != "" && /^(http|insecure)[ \t]*=[ \t]*true$/ { print host }
	'
}

# https__is_insecure HOST: by its name, its address, or the addresses that the name has, as the engine looks at them.
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

# https__addresses NAME: of IPv4; none where this machine has no getent or nobody knows the name.
https__addresses() {
	! command -v getent >/dev/null 2>&1 || attempt_run "$HTTPS_PATIENCE" getent ahostsv4 "$1" 2>/dev/null | sed 's/ .*//' | sort -u
}

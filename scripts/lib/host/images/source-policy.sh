# Source-policy: makes BuildKit enforce SEAWALL_IMAGE_LOCK and SEAWALL_HTTPS_ONLY by a source policy, for FROM, COPY
# --from, ADD, named contexts and the frontend, also in a Dockerfile that the kit cannot read. The policy also redirects
# images that no word of the call redirects: one with the name of a stage (BuildKit 0.34 would use a named context of
# that name in place of the stage), a frontend with options, the scanner for an SBOM, and images that the Dockerfile on
# this machine does not name (learnt.sh); and files of ADD (urls.sh).
# Works in SCRATCH. Settings: SEAWALL_HTTPS_ONLY. SOURCE_POLICY_REDIRECTS, SOURCE_POLICY_URLS: the rules of the
# redirects, for images and for files, a comma before each.
# shellcheck shell=sh

# Not taken from the environment. SOURCE_POLICY_CALLER: the policy of the caller, a file, or empty.
SOURCE_POLICY_REDIRECTS='' SOURCE_POLICY_URLS='' SOURCE_POLICY_CALLER=''

# source_policy_begin: exports the policy. 78 if the caller has one too: buildx takes only one. BuildKit applies the
# first CONVERT rule that matches, and matches a converted identifier again; of other rules the last one counts.
source_policy_begin() {
	SOURCE_POLICY_CALLER=${EXPERIMENTAL_BUILDKIT_SOURCE_POLICY:-}
	! image_lock_is_set || image_lock_read
	source_policy_is_set || return 0
	[ -z "$SOURCE_POLICY_CALLER" ] ||
		die 78 "wanted to set a source policy for $(source_policy__name)," \
			"saw EXPERIMENTAL_BUILDKIT_SOURCE_POLICY, which names another one: unset it, or put the rule into it"
	source_policy__rules >"$SCRATCH/policy.rules"
	source_policy__export
}

source_policy__export() {
	local rules
	rules=$SOURCE_POLICY_REDIRECTS$SOURCE_POLICY_URLS$(cat "$SCRATCH/policy.rules")
	# Without the comma before the first.
	printf '{"rules":[%s]}\n' "${rules#,}" >"$SCRATCH/policy.json"
	export EXPERIMENTAL_BUILDKIT_SOURCE_POLICY="$SCRATCH/policy.json"
}

# source_policy_use_urls FILE: takes files of ADD from other places. FILE has a URL, a tab and the place of its file in
# each line. The match type is a pattern (the default): BuildKit 0.25 converts an exact identifier to itself.
source_policy_use_urls() {
	local url place
	SOURCE_POLICY_URLS=''
	while IFS='	' read -r url place; do
		url=$(json_string "$url") place=$(json_string "$place")
		SOURCE_POLICY_URLS="$SOURCE_POLICY_URLS,{\"action\":\"CONVERT\",\"selector\":{\"identifier\":$url}"
		SOURCE_POLICY_URLS="$SOURCE_POLICY_URLS,\"updates\":{\"identifier\":$place}}"
	done <"$1"
}

# source_policy_is_free: whether the caller has no policy, beside which there is no redirect.
source_policy_is_free() { [ -z "$SOURCE_POLICY_CALLER" ]; }

# source_policy_add_redirect IMAGE PLACE: adds rules by which the build takes IMAGE from PLACE, - if no registry has it.
source_policy_add_redirect() {
	local identifier rule
	if [ "$2" = - ] || [ -n "$SOURCE_POLICY_CALLER" ]; then
		log_warn "$1: wanted to use another source, which needs a source policy: left to the builder"
		return 0
	fi
	identifier=docker-image://$(reference_canonical "$1")
	rule=',{"action":"CONVERT","selector":{"identifier":"'
	# The second rule is for the name with a digest.
	set -- "$identifier" "$identifier@*" "\"},\"updates\":{\"identifier\":\"docker-image://$2\"}}"
	SOURCE_POLICY_REDIRECTS=$SOURCE_POLICY_REDIRECTS$rule$1$3$rule$2$3
}

# source_policy_rules_of_target: prints the redirects, for source_policy_use_rules.
source_policy_rules_of_target() { printf '%s' "$SOURCE_POLICY_REDIRECTS"; }

# source_policy_use_rules RULES: exports the policy with the redirects of all targets of a call.
source_policy_use_rules() {
	SOURCE_POLICY_REDIRECTS=$1
	source_policy_redirect
}

# source_policy_redirect: exports the policy with the redirects of one attempt.
source_policy_redirect() {
	case $SOURCE_POLICY_REDIRECTS$SOURCE_POLICY_URLS:${EXPERIMENTAL_BUILDKIT_SOURCE_POLICY:-} in
		: | :"$SOURCE_POLICY_CALLER") return 0 ;;
	esac
	[ -f "$SCRATCH/policy.rules" ] || : >"$SCRATCH/policy.rules"
	source_policy__export
}

source_policy__rules() {
	! image_lock_is_set || image_lock_rules
	[ "${SEAWALL_HTTPS_ONLY:-off}" = off ] || https_rules
}

# source_policy_is_set: whether any rule is in force.
source_policy_is_set() { image_lock_is_set || [ "${SEAWALL_HTTPS_ONLY:-off}" != off ]; }

source_policy__name() { if image_lock_is_set; then printf 'the image lock\n'; else printf 'https only\n'; fi; }

# source_policy_check_unread DOCKERFILE: 77 for a line that the kit cannot read while a rule is in force.
source_policy_check_unread() {
	local how what
	source_policy_is_set || return 0
	while IFS='	' read -r how what; do
		[ "$how" != unread ] ||
			die 77 "$1, $what: refused, because this line cannot be checked against $(source_policy__name):" \
				"write the name out"
	done <"$SCRATCH/sources"
}

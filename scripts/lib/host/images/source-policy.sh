# Source-policy: makes BuildKit enforce SEAWALL_IMAGE_LOCK and SEAWALL_HTTPS_ONLY by a source policy, for FROM, COPY
# --from, ADD, named contexts and the frontend, also in a Dockerfile that the kit cannot read.
# Works in SCRATCH. Settings: SEAWALL_HTTPS_ONLY.
# shellcheck shell=sh

# source_policy_begin: exports the policy. 78 if the caller has one too: buildx takes only one. BuildKit applies the
# last rule that matches, and matches a converted identifier again.
source_policy_begin() {
	! image_lock_is_set || image_lock_read
	source_policy_is_set || return 0
	[ -z "${EXPERIMENTAL_BUILDKIT_SOURCE_POLICY:-}" ] ||
		die 78 "wanted to set a source policy for $(source_policy__name)," \
			"saw EXPERIMENTAL_BUILDKIT_SOURCE_POLICY, which names another one: unset it, or put the rule into it"
	source_policy__rules >"$SCRATCH/policy.rules"
	# Without the comma before the first.
	{ printf '{"rules":[' && tail -c +2 "$SCRATCH/policy.rules" && printf ']}\n'; } >"$SCRATCH/policy.json"
	export EXPERIMENTAL_BUILDKIT_SOURCE_POLICY="$SCRATCH/policy.json"
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

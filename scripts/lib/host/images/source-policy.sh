# Source-policy: SEAWALL_IMAGE_LOCK and SEAWALL_HTTPS_ONLY are rules, and BuildKit holds them itself (its source policy), for a
# frontend, a named context, COPY --from and ADD as for FROM, and for what cannot be read here.
# Works in SCRATCH.
# shellcheck shell=sh

# source_policy_begin: 78 where the caller has a policy of his own, for there can be one only. Of the rules that fit the last one
# counts, and what was converted is looked at anew (BuildKit, sourcepolicy).
source_policy_begin() {
	! image_lock_is_set || image_lock_read
	source_policy_is_set || return 0
	[ -z "${EXPERIMENTAL_BUILDKIT_SOURCE_POLICY:-}" ] ||
		die 78 "wanted to make a source policy for $(source_policy__name), EXPERIMENTAL_BUILDKIT_SOURCE_POLICY names one: unset it, or put the rule into it"
	source_policy__rules >"$SCRATCH/policy.rules"
	# Without the comma before the first.
	{ printf '{"rules":[' && tail -c +2 "$SCRATCH/policy.rules" && printf ']}\n'; } >"$SCRATCH/policy.json"
	export EXPERIMENTAL_BUILDKIT_SOURCE_POLICY="$SCRATCH/policy.json"
}

source_policy__rules() {
	! image_lock_is_set || image_lock_rules
	[ "$SEAWALL_HTTPS_ONLY" = off ] || https_rules
}

# source_policy_is_set: whether any rule is in force.
source_policy_is_set() { image_lock_is_set || [ "${SEAWALL_HTTPS_ONLY:-off}" != off ]; }

source_policy__name() { if image_lock_is_set; then printf 'the image lock\n'; else printf 'https only\n'; fi; }

# source_policy_check_unread DOCKERFILE: 77 for a line that cannot be read here, where a rule is in force: what is not understood is
# not let through.
source_policy_check_unread() {
	local how what
	source_policy_is_set || return 0
	while IFS='	' read -r how what; do
		[ "$how" != unread ] || die 77 "$1, $what: refused, for $(source_policy__name) is a rule and this cannot be read here: write the name out"
	done <"$SCRATCH/sources"
}

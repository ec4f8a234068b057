# Kept bytes: what the builder keeps of a failed fetch. BuildKit 0.25 keeps wrong bytes of a layer for seconds, those of
# a manifest or a configuration for five minutes, and uses them whatever registry would serve now; a fetch that was cut
# continues from its bytes, even if another registry continues it.
# Works in SCRATCH. KEPT_BYTES_DROPPED: the digests whose bytes were dropped before.
# shellcheck shell=sh

KEPT_BYTES_SECONDS=10

# kept_bytes_drop: the builder drops all data that no build and no record of its cache holds. BuildKit does so at the
# end of each prune; the filter matches no record, so the cache stays as it is.
kept_bytes_drop() {
	attempt_run "$KEPT_BYTES_SECONDS" docker buildx prune --force --filter id=seawall-matches-nothing \
		>/dev/null 2>"$SCRATCH/prune.why"
}

# kept_bytes_explain FILE PLACE: whether the builder itself had the wrong bytes that FILE names, not the registry of
# PLACE: this build did not fetch the layer, or the kit has verified the manifest before the build. Sets KEPT_BYTES_GONE
# to yes if the builder has dropped them.
kept_bytes_explain() {
	local digest
	KEPT_BYTES_GONE=no
	if grep -q 'layer-sha256:' "$1"; then suspects_say kept; else registry_has_verified "$2"; fi || return 1
	digest=$(LC_ALL=C sed -n 's/.*, expected \(sha256:[0-9a-f]*\).*/\1/p' "$1" | head -n 1)
	# The builder has dropped them before, so these come from the registry.
	! values_has "${digest:-none}" "${KEPT_BYTES_DROPPED:-}" || return 1
	KEPT_BYTES_DROPPED="${KEPT_BYTES_DROPPED:-} ${digest:-none}"
	if kept_bytes_drop; then
		KEPT_BYTES_GONE=yes
		log_warn "the builder kept wrong bytes of an earlier build ($digest) and drops them now"
	else
		log_warn "the builder keeps the wrong bytes $digest for five minutes:" \
			"build again after that, or with another builder"
	fi
}

# Store: the same bytes on this machine when no registry has them: the last known good store, SEAWALL_LAST_GOOD/images, an OCI
# image layout as `skopeo copy` fills it, and what the builder itself keeps.
# Works in SCRATCH.
# shellcheck shell=sh

# Seconds that the builder gets to say whether it has an image; a silent registry would keep it for ever.
STORE_PATIENCE=3
# An index has about 300 bytes for each image.
STORE_INDEX_BYTES=4194304

# store_find IMAGE DIGEST: DIGEST may be empty, then the store's own name for the image counts. Sets STORE_FOLDER and
# STORE_DIGEST; false where it is not there, or was put there longer ago than SEAWALL_LAST_GOOD_MAX_AGE seconds.
store_find() {
	STORE_FOLDER=${SEAWALL_LAST_GOOD:-}/images STORE_DIGEST=$2
	[ -n "${SEAWALL_LAST_GOOD:-}" ] && [ -f "$STORE_FOLDER/index.json" ] || return 1
	[ -n "$STORE_DIGEST" ] || STORE_DIGEST=$(store__named "$(reference_canonical "$1")")
	[ -n "$STORE_DIGEST" ] && [ -f "$STORE_FOLDER/blobs/sha256/${STORE_DIGEST#sha256:}" ] || return 1
	[ -n "$2" ] || store__is_young "$STORE_FOLDER/blobs/sha256/${STORE_DIGEST#sha256:}"
}

# Only a name can be old; a digest is the same for ever.
store__is_young() { [ -z "$(find "$1" -mmin "+$((SEAWALL_LAST_GOOD_MAX_AGE / 60))")" ]; }

# store__named CANONICAL_NAME: the digest that the index gives to the name (annotation org.opencontainers.image.ref.name), the
# last one where it has several. Nothing of an index that is larger than any.
store__named() {
	local digest name found
	found=''
	[ "$(wc -c <"$STORE_FOLDER/index.json")" -le "$STORE_INDEX_BYTES" ] || return 0
	LC_ALL=C awk -f "$SEAWALL_LIB/host/images/oci-index.awk" "$STORE_FOLDER/index.json" >"$SCRATCH/index.tsv" || return 0
	while read -r digest name; do
		! reference_read "$name" || [ "$REFERENCE_CANONICAL" != "$1" ] || found=$digest
	done <"$SCRATCH/index.tsv"
	! reference_is_digest "$found" || printf '%s\n' "$found"
}

# store_builder_has IMAGE: whether the builder can begin a build on it, from what it keeps or from where it can see. What it
# says else is in SCRATCH/builder.why.
store_builder_has() {
	local status
	status=0
	printf 'FROM %s\n' "$1" >"$SCRATCH/from"
	attempt_run --stdin "$SCRATCH/from" "$STORE_PATIENCE" docker buildx build --quiet --output type=cacheonly --provenance=false - \
		>"$SCRATCH/builder.why" 2>&1 || status=$?
	return "$status"
}

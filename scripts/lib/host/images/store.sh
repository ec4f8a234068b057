# Store: copies of images on this machine for the time when no registry serves them: the last known good store, the OCI
# image layout SEAWALL_LAST_GOOD/images that `skopeo copy` fills, and the builder's own images.
# Works in SCRATCH.
# shellcheck shell=sh

# Seconds until the question to the builder is given up; without a limit a silent registry would block it for ever.
STORE_TIMEOUT=3
# Bytes of an index that is read; it has about 300 for each image.
STORE_MAX_BYTES=4194304

# store_find IMAGE DIGEST: sets STORE_FOLDER and STORE_DIGEST; false if the store does not have the image. If DIGEST is
# empty the store finds the image by its name, and not if it is older than SEAWALL_LAST_GOOD_MAX_AGE seconds.
store_find() {
	STORE_FOLDER=${SEAWALL_LAST_GOOD:-}/images STORE_DIGEST=$2
	[ -n "${SEAWALL_LAST_GOOD:-}" ] && [ -f "$STORE_FOLDER/index.json" ] || return 1
	[ -n "$STORE_DIGEST" ] || STORE_DIGEST=$(store__named "$(reference_canonical "$1")")
	[ -n "$STORE_DIGEST" ] && [ -f "$STORE_FOLDER/blobs/sha256/${STORE_DIGEST#sha256:}" ] || return 1
	[ -n "$2" ] || store__is_young "$STORE_FOLDER/blobs/sha256/${STORE_DIGEST#sha256:}"
}

# Only a name can be outdated.
store__is_young() { [ -z "$(find "$1" -mmin "+$((SEAWALL_LAST_GOOD_MAX_AGE / 60))")" ]; }

# store__named CANONICAL_NAME: prints the last digest that the index gives to the name (annotation
# org.opencontainers.image.ref.name). Ignores an index of more than STORE_MAX_BYTES.
store__named() {
	local digest name found
	found=''
	[ "$(wc -c <"$STORE_FOLDER/index.json")" -le "$STORE_MAX_BYTES" ] || return 0
	LC_ALL=C awk -f "$SEAWALL_LIB/host/images/oci-index.awk" "$STORE_FOLDER/index.json" >"$SCRATCH/index.tsv" ||
		return 0
	while read -r digest name; do
		! reference_read "$name" || [ "$REFERENCE_CANONICAL" != "$1" ] || found=$digest
	done <"$SCRATCH/index.tsv"
	! reference_is_digest "$found" || printf '%s\n' "$found"
}

# store_builder_has IMAGE: whether the builder can start a build from it, with its own copy or a registry that it
# reaches. On failure SCRATCH/builder.why has its message.
store_builder_has() {
	local status
	status=0
	printf 'FROM %s\n' "$1" >"$SCRATCH/from"
	attempt_run --stdin "$SCRATCH/from" "$STORE_TIMEOUT" \
		docker buildx build --quiet --output type=cacheonly --provenance=false - \
		>"$SCRATCH/builder.why" 2>&1 || status=$?
	return "$status"
}

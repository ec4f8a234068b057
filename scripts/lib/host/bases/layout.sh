# Layout: reads and writes an OCI image layout with one uncompressed layer, whose digest is the tar file's.
# Formats: image-layout, manifest and config of https://github.com/opencontainers/image-spec/tree/v1.1.0
# shellcheck shell=sh

# layout_write FOLDER EPOCH: writes the image layout FOLDER with FOLDER/layer.tar as its only layer, created at EPOCH
# (seconds).
layout_write() {
	local layer size created config manifest image
	layer=$(layout__digest <"$1/layer.tar")
	size=$(wc -c <"$1/layer.tar")
	created=$(date -u -d "@$2" +%Y-%m-%dT%H:%M:%SZ)
	mkdir -p "$1/blobs/sha256"
	mv "$1/layer.tar" "$1/blobs/sha256/$layer"
	config=$(json_object architecture "$(layout__architecture)" os linux created "$created" \
		config: '{"Env":["PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"]}' \
		rootfs: "{\"type\":\"layers\",\"diff_ids\":[\"sha256:$layer\"]}" \
		history: "[{\"created\":\"$created\",\"created_by\":\"build-base-image.sh\"}]" | layout__store "$1" config.v1)
	layer=$(json_object mediaType application/vnd.oci.image.layer.v1.tar digest "sha256:$layer" size: "$size")
	manifest=$(json_object schemaVersion: 2 mediaType application/vnd.oci.image.manifest.v1+json config: "$config" \
		layers: "[$layer]" | layout__store "$1" manifest.v1)
	json_object imageLayoutVersion 1.0.0 >"$1/oci-layout"
	image="${manifest%\}},\"annotations\":{\"org.opencontainers.image.ref.name\":\"latest\"}}"
	json_object schemaVersion: 2 manifests: "[$image]" >"$1/index.json"
}

# layout__architecture: prints the architecture of this machine without a variant.
layout__architecture() {
	local platform
	platform=$(platform_own)
	platform=${platform#*/}
	printf '%s\n' "${platform%%/*}"
}

# layout_is_base FOLDER: whether FOLDER has the name and the form of a base that the kit made.
layout_is_base() {
	local name
	name=${1##*/}
	case ${name##*-} in *[!0-9a-f]*) return 1 ;; ????????????) ;; *) return 1 ;; esac
	[ ! -L "$1" ] && [ -f "$1/oci-layout" ] && [ -f "$1/index.json" ] && [ -d "$1/blobs/sha256" ] &&
		cut -f 1 "$SEAWALL_LIB/host/bases/bases.tsv" | grep -q -x -F -e "${name%-*}"
}

# layout__store FOLDER KIND: stores stdin as a blob, prints its descriptor.
layout__store() {
	local digest
	cat >"$1/blob"
	digest=$(layout__digest <"$1/blob")
	json_object mediaType "application/vnd.oci.image.$2+json" digest "sha256:$digest" size: "$(wc -c <"$1/blob")"
	mv "$1/blob" "$1/blobs/sha256/$digest"
}

layout__digest() { sha256sum | cut -d ' ' -f 1; }

# layout_digest FOLDER: prints the digest of the image's manifest.
layout_digest() {
	sed -n 's/.*"digest":"\(sha256:[0-9a-f]*\)".*/\1/p' "$1/index.json"
}

# layout_layer FOLDER: prints the path of the layer's file.
layout_layer() {
	local manifest
	manifest=$(layout_digest "$1")
	printf '%s/blobs/sha256/%s\n' "$1" \
		"$(sed -n 's/.*"layers":\[{[^]]*"digest":"sha256:\([0-9a-f]*\)".*/\1/p' "$1/blobs/sha256/${manifest#sha256:}")"
}

# layout_load FOLDER NAME: loads the image into the engine as NAME:latest, in the format of `docker save`. Works in
# SCRATCH. Returns non-zero if the engine does not have the image afterwards.
layout_load() {
	local manifest config layer
	manifest=$(layout_digest "$1")
	config=$(sed -n 's/.*"config":{[^}]*"digest":"sha256:\([0-9a-f]*\)".*/\1/p' "$1/blobs/sha256/${manifest#sha256:}")
	layer=$(layout_layer "$1")
	printf '[{"Config":"blobs/sha256/%s","RepoTags":[%s],"Layers":["blobs/sha256/%s"]}]\n' \
		"$config" "$(json_string "$2:latest")" "${layer##*/}" >"$SCRATCH/manifest.json"
	# `docker image inspect` below shows whether both sides of the pipe succeeded.
	tar -cf - -C "$SCRATCH" manifest.json -C "$1" "blobs/sha256/$config" "blobs/sha256/${layer##*/}" |
		docker load --quiet >/dev/null
	docker image inspect "$2" >/dev/null
}

# layout_is_readable: whether the builder in use reads oci-layout:// contexts. Returns 0 if the builder does not answer.
layout_is_readable() { ! builder_inspect || ! builder_is_limited; }

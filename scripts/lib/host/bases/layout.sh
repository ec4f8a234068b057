# Layout: an OCI image layout of one layer, not compressed, so that the layer's digest is that of its tar.
# Formats: OCI image specification 1.1, image-layout, manifest, config.
# layout_load needs the engine's client.
# shellcheck shell=sh

# layout_write FOLDER EPOCH: makes FOLDER/layer.tar the one layer of the image in FOLDER.
layout_write() {
	local layer size created config manifest
	layer=$(layout__digest <"$1/layer.tar")
	size=$(wc -c <"$1/layer.tar")
	created=$(date -u -d "@$2" +%Y-%m-%dT%H:%M:%SZ)
	mkdir -p "$1/blobs/sha256"
	mv "$1/layer.tar" "$1/blobs/sha256/$layer"
	config=$(json_object architecture "$(dpkg --print-architecture)" os linux created "$created" \
		config: '{"Env":["PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"]}' \
		rootfs: "{\"type\":\"layers\",\"diff_ids\":[\"sha256:$layer\"]}" \
		history: "[{\"created\":\"$created\",\"created_by\":\"build-base-image.sh\"}]" | layout__store "$1" config.v1)
	manifest=$(json_object schemaVersion: 2 mediaType application/vnd.oci.image.manifest.v1+json config: "$config" \
		layers: "[{\"mediaType\":\"application/vnd.oci.image.layer.v1.tar\",\"digest\":\"sha256:$layer\",\"size\":$size}]" |
		layout__store "$1" manifest.v1)
	json_object imageLayoutVersion 1.0.0 >"$1/oci-layout"
	json_object schemaVersion: 2 manifests: "[${manifest%\}},\"annotations\":{\"org.opencontainers.image.ref.name\":\"latest\"}}]" >"$1/index.json"
}

# layout_is_base FOLDER: whether it has the name and the form of a base that the kit has made.
layout_is_base() {
	local name
	name=${1##*/}
	case ${name##*-} in *[!0-9a-f]*) return 1 ;; ????????????) ;; *) return 1 ;; esac
	[ ! -L "$1" ] && [ -f "$1/oci-layout" ] && [ -f "$1/index.json" ] && [ -d "$1/blobs/sha256" ] &&
		cut -f 1 "$SEAWALL_LIB/host/bases/bases.tsv" | grep -q -x -F -e "${name%-*}"
}

# layout__store FOLDER KIND: keeps what comes in as a blob, prints its descriptor.
layout__store() {
	local digest
	cat >"$1/blob"
	digest=$(layout__digest <"$1/blob")
	json_object mediaType "application/vnd.oci.image.$2+json" digest "sha256:$digest" size: "$(wc -c <"$1/blob")"
	mv "$1/blob" "$1/blobs/sha256/$digest"
}

layout__digest() { sha256sum | cut -d ' ' -f 1; }

# layout_digest FOLDER: the digest of the image's manifest.
layout_digest() {
	sed -n 's/.*"digest":"\(sha256:[0-9a-f]*\)".*/\1/p' "$1/index.json"
}

# layout_layer FOLDER: the file of the one layer.
layout_layer() {
	local manifest
	manifest=$(layout_digest "$1")
	printf '%s/blobs/sha256/%s\n' "$1" \
		"$(sed -n 's/.*"layers":\[{[^]]*"digest":"sha256:\([0-9a-f]*\)".*/\1/p' "$1/blobs/sha256/${manifest#sha256:}")"
}

# layout_load FOLDER NAME: gives the image to the engine's own store under NAME, as an archive of `docker save`.
# Works in SCRATCH.
layout_load() {
	local manifest config layer
	manifest=$(layout_digest "$1")
	config=$(sed -n 's/.*"config":{[^}]*"digest":"sha256:\([0-9a-f]*\)".*/\1/p' "$1/blobs/sha256/${manifest#sha256:}")
	layer=$(layout_layer "$1")
	printf '[{"Config":"blobs/sha256/%s","RepoTags":[%s],"Layers":["blobs/sha256/%s"]}]\n' \
		"$config" "$(json_string "$2:latest")" "${layer##*/}" >"$SCRATCH/manifest.json"
	# Whether both sides of the pipe did their work is asked afterwards.
	tar -cf - -C "$SCRATCH" manifest.json -C "$1" "blobs/sha256/$config" "blobs/sha256/${layer##*/}" | docker load --quiet >/dev/null
	docker image inspect "$2" >/dev/null
}

# layout_is_readable: whether the current builder reads oci-layout:// contexts. The one inside an engine does only with
# the containerd image store (Docker 26.1, 28.5: "unknown scheme oci-layout").
layout_is_readable() {
	docker buildx inspect 2>/dev/null | grep -q '^Driver: *docker$' || return 0
	docker info --format '{{.DriverStatus}}' | grep -q io.containerd.snapshotter
}

# Image check: checks user, labels, size and content of a finished image, whatever base image it has.
# Works in SCRATCH. TRUST_BUNDLE: the certificates that the build was given, or empty.
# shellcheck shell=sh

# image_check IMAGE SERVICE KIND MB: prints findings, one a line; returns 1 if there are any. KIND is static or python,
# MB the maximum size. Sets IMAGE_BYTES.
image_check() {
	local findings
	findings=$SCRATCH/findings
	: >"$findings"
	image__unpack "$1" || return
	{
		image__expect user "$1" '{{.Config.User}}' 65532:65532
		image__expect title "$1" '{{index .Config.Labels "org.opencontainers.image.title"}}' "$2"
		image__check_entrypoint "$1"
		image__check_size "$4"
		image__check_absent 'the kit' '^\(seawall/\|run/seawall\|opt/seawall/\)'
		image__check_absent 'a secret' '^run/secrets/'
		[ "$3" != static ] || image__check_absent 'a shell' '\(^\|/\)\(sh\|bash\|dash\|ash\|busybox\|mksh\|zsh\)$'
		image__check_certificates
		image__check_proxies "$1"
	} >"$findings"
	rm -f "$SCRATCH/files" "$SCRATCH/image.tar"
	cat "$findings"
	[ ! -s "$findings" ]
}

# image__unpack IMAGE: writes the file system to SCRATCH/image.tar and its file names to SCRATCH/files. Sets
# IMAGE_BYTES, which does not depend on the image store. The container is never started.
image__unpack() {
	IMAGE_CONTAINER=$(docker create --label "seawall.run=$SEAWALL_RUN" "$1" x) || return
	docker export --output "$SCRATCH/image.tar" "$IMAGE_CONTAINER" &&
		tar -tf "$SCRATCH/image.tar" | sed 's|^\./||' >"$SCRATCH/files"
	IMAGE_BYTES=$(wc -c <"$SCRATCH/image.tar")
	docker rm --force "$IMAGE_CONTAINER" >/dev/null
}

# image__expect NAME IMAGE FORMAT VALUE: a finding if `docker image inspect` does not print VALUE.
image__expect() {
	local seen
	seen=$(docker image inspect --format "$3" "$2")
	[ "$seen" = "$4" ] || printf '%s: wanted %s, saw %s\n' "$1" "$4" "${seen:-none}"
}

image__check_entrypoint() {
	local seen
	seen=$(docker image inspect --format '{{json .Config.Entrypoint}}' "$1")
	case $seen in
		'["/bin/sh"'* | null | '[]') printf 'entrypoint: wanted the program itself, saw %s\n' "$seen" ;;
	esac
}

image__check_size() {
	[ "$IMAGE_BYTES" -le $(($1 * 1000000)) ] ||
		printf 'size: wanted at most %s MB, saw %s MB\n' "$1" "$((IMAGE_BYTES / 1000000))"
}

# image__check_absent NAME PATTERN: a finding if a file name matches PATTERN.
image__check_absent() {
	local seen
	seen=$(grep "$2" "$SCRATCH/files" | head -n 1)
	[ -z "$seen" ] || printf 'content: wanted %s to be absent, saw /%s\n' "$1" "$seen"
}

# image__check_certificates: a finding if the image contains a private certificate of TRUST_BUNDLE. A certificate is
# recognised by its fourth line, 64 characters of its key. The distribution's certificates are public.
image__check_certificates() {
	[ -n "$TRUST_BUNDLE" ] || return 0
	(set +f && cat /usr/share/ca-certificates/*/*.crt 2>/dev/null) | image__certificate_marks >"$SCRATCH/public"
	image__certificate_marks <"$TRUST_BUNDLE" | grep -v -x -F -f "$SCRATCH/public" >"$SCRATCH/private" || return 0
	! grep -a -q -F -f "$SCRATCH/private" "$SCRATCH/image.tar" ||
		printf 'content: wanted no certificate of %s, saw one in a file of the image\n' "$TRUST_BUNDLE"
}

image__certificate_marks() { sed -n '/BEGIN CERTIFICATE/{n;n;n;n;p;}'; }

# image__check_proxies IMAGE: a finding for each proxy variable whose value is in the image's configuration or history.
image__check_proxies() {
	local name value
	for name in HTTP_PROXY HTTPS_PROXY http_proxy https_proxy; do
		eval "value=\${$name:-}"
		[ -n "$value" ] || continue
		{ docker image inspect "$1" && docker history --no-trunc "$1"; } | grep -q -F "$value" || continue
		printf 'content: wanted no trace of %s, saw its value in the image\n' "$name"
	done
}

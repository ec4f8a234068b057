# Sources: the images, URLs and frontend of the build's Dockerfile, read once per attempt. An image is a valid
# reference; names and lines that the kit cannot read are left to the builder and reported once.
# Works in SCRATCH, where `sources` has the output of dockerfile_sources, on the arguments that arguments.sh has read.
# shellcheck shell=sh

# Unreadable lines that are reported one by one.
SOURCES_MAX_TOLD=5

# sources_read DOCKERFILE
sources_read() {
	# shellcheck disable=SC2086 # a list of platforms
	dockerfile_sources "$1" "$ARGUMENTS_TARGET" "$ARGUMENTS_LIST" $ARGUMENTS_PLATFORMS >"$SCRATCH/sources"
}

# sources_tell_unread: reports each unreadable line once.
sources_tell_unread() {
	local how what more
	more=0
	while IFS='	' read -r how what; do
		case $how:${SOURCES_TOLD:-} in unread:*"|$what|"*) continue ;; unread:*) ;; *) continue ;; esac
		more=$((more + 1)) SOURCES_TOLD="${SOURCES_TOLD:-}|$what|"
		[ "$more" -gt "$SOURCES_MAX_TOLD" ] || log_warn "Dockerfile: $what: left to the builder"
		[ "$more" -lt 100 ] || break
	done <"$SCRATCH/sources"
	[ "$more" -le "$SOURCES_MAX_TOLD" ] || log_warn "Dockerfile: and $((more - SOURCES_MAX_TOLD)) or more such lines"
}

# sources_images: prints the images that no --build-context of the call replaces.
sources_images() {
	local how what given
	given=$(sources__given)
	while IFS='	' read -r how what; do
		case $how in from | copy | mount) ;; *) continue ;; esac
		reference_read "$what" || continue
		case $given in *" $REFERENCE_CANONICAL "*) ;; *) printf '%s\n' "$what" ;; esac
	done <"$SCRATCH/sources" | sort -u
}

# The names of the given contexts in canonical form, as buildx compares them with names of images.
sources__given() {
	local name
	for name in $ARGUMENTS_GIVEN; do ! reference_read "$name" || printf ' %s ' "$REFERENCE_CANONICAL"; done
}

# sources_syntax: prints the frontend of the Dockerfile, unless the call names another one.
sources_syntax() {
	grep -q '^BUILDKIT_SYNTAX=' "$ARGUMENTS_LIST" || sed -n 's/^syntax	//p' "$SCRATCH/sources" | head -n 1
}

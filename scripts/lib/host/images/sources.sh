# Sources: what the Dockerfile of a call builds on, read once in each attempt. Images are valid references; what is none, or
# cannot be read here, is left to the builder and said once.
# Works in SCRATCH, on what buildx.sh has read: sources has what dockerfile.sh
# prints.
# shellcheck shell=sh

# Lines that are told, of those that cannot be read.
SOURCES_TOLD_MOST=5

# sources_read DOCKERFILE
sources_read() {
	# shellcheck disable=SC2086 # a list of platforms
	dockerfile_sources "$1" "$ARGUMENTS_TARGET" "$ARGUMENTS_LIST" $ARGUMENTS_PLATFORMS >"$SCRATCH/sources"
}

# sources_tell_unread: what the builder reads alone, once.
sources_tell_unread() {
	local how what more
	more=0
	while IFS='	' read -r how what; do
		case $how:${SOURCES_TOLD:-} in unread:*"|$what|"*) continue ;; unread:*) ;; *) continue ;; esac
		more=$((more + 1)) SOURCES_TOLD="${SOURCES_TOLD:-}|$what|"
		[ "$more" -gt "$SOURCES_TOLD_MOST" ] || log_warn "Dockerfile: $what: left to the builder"
		[ "$more" -lt 100 ] || break
	done <"$SCRATCH/sources"
	[ "$more" -le "$SOURCES_TOLD_MOST" ] || log_warn "Dockerfile: and $((more - SOURCES_TOLD_MOST)) or more such lines"
}

# sources_images: prints the images that no context of the call stands for.
sources_images() {
	local how what given
	given=$(sources__given)
	while IFS='	' read -r how what; do
		case $how in from | copy | mount) ;; *) continue ;; esac
		reference_read "$what" || continue
		case $given in *" $REFERENCE_CANONICAL "*) ;; *) printf '%s\n' "$what" ;; esac
	done <"$SCRATCH/sources" | sort -u
}

# The names of the contexts that are given, as buildx compares them with names of images.
sources__given() {
	local name
	for name in $ARGUMENTS_GIVEN; do ! reference_read "$name" || printf ' %s ' "$REFERENCE_CANONICAL"; done
}

# sources_syntax: prints the frontend of the Dockerfile, where the call does not name another.
sources_syntax() { grep -q '^BUILDKIT_SYNTAX=' "$ARGUMENTS_LIST" || sed -n 's/^syntax	//p' "$SCRATCH/sources" | head -n 1; }

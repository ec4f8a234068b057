# Sources: the images, URLs and frontend of the build's Dockerfile, read once per attempt. An image is a valid
# reference; names and lines that the kit cannot read are left to the builder and reported once.
# Works in SCRATCH, where `sources` has the output of dockerfile_sources, on the arguments that arguments.sh has read.
# shellcheck shell=sh

# Unreadable lines that are reported one by one.
SOURCES_MAX_TOLD=5

# sources_read DOCKERFILE: a call that only lists something asks for no image but the frontend.
sources_read() {
	# shellcheck disable=SC2086 # a list of platforms
	dockerfile_sources "$1" "$ARGUMENTS_TARGET" "$ARGUMENTS_LIST" $ARGUMENTS_PLATFORMS >"$SCRATCH/sources.all"
	case $ARGUMENTS_CALL in
		'' | lint | outline) contexts_replace ;;
		*) grep '^syntax	' || : ;;
	esac <"$SCRATCH/sources.all" >"$SCRATCH/sources"
	[ -z "$ARGUMENTS_SYNTAX" ] || sources__use_frontend
}

# sources__use_frontend: the call's own frontend takes the place of the Dockerfile's. One with options is left to
# buildx.
sources__use_frontend() {
	sed '/^syntax	/d' "$SCRATCH/sources" >"$SCRATCH/sources.all"
	! reference_read "$ARGUMENTS_SYNTAX" || printf 'syntax\t%s\n' "$ARGUMENTS_SYNTAX" >>"$SCRATCH/sources.all"
	mv "$SCRATCH/sources.all" "$SCRATCH/sources"
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

# sources_images: prints the images of the build.
sources_images() {
	sed -n -e 's/^from	//p' -e 's/^copy	//p' -e 's/^mount	//p' "$SCRATCH/sources" | sort -u
}

# sources_syntax: prints the frontend.
sources_syntax() { sed -n 's/^syntax	//p' "$SCRATCH/sources" | head -n 1; }

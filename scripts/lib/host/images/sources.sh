# Sources: the images, URLs and frontend of the build's Dockerfile, read once per attempt. An image is a valid
# reference; names and lines that the kit cannot read are left to the builder and reported once.
# Works in SCRATCH, where `sources` has the output of dockerfile_sources, on the arguments that arguments.sh has read.
# shellcheck shell=sh

# Unreadable lines that are reported one by one.
SOURCES_MAX_TOLD=5

# sources_read DOCKERFILE: DOCKERFILE is empty if the kit cannot read it. A call that only lists something asks for no
# image but the frontend.
sources_read() {
	: >"$SCRATCH/sources.all"
	if [ -n "$1" ]; then
		# shellcheck disable=SC2086 # a list of platforms
		dockerfile_sources "$1" "$ARGUMENTS_TARGET" "$ARGUMENTS_LIST" $ARGUMENTS_PLATFORMS >"$SCRATCH/sources.all"
	fi
	case $ARGUMENTS_CALL in
		'' | lint | outline) contexts_replace ;;
		*) grep '^syntax	' || : ;;
	esac <"$SCRATCH/sources.all" >"$SCRATCH/sources"
	[ -z "$ARGUMENTS_SYNTAX" ] || sources__use_frontend
	sources__add_others
}

# sources__use_frontend: the call's own frontend takes the place of the Dockerfile's. Options may stand behind it.
sources__use_frontend() {
	local blank frontend
	blank=' ' frontend=$ARGUMENTS_SYNTAX
	while case $frontend in ' '*) ;; *) false ;; esac do frontend=${frontend#?}; done
	sed '/^syntax	/d' "$SCRATCH/sources" >"$SCRATCH/sources.all"
	if reference_read "${frontend%%"$blank"*}"; then
		printf 'syntax\t%s\n' "${frontend%%"$blank"*}"
		case $frontend in *' '*) printf 'policy\t%s\n' "${frontend%%"$blank"*}" ;; esac
	fi >>"$SCRATCH/sources.all"
	mv "$SCRATCH/sources.all" "$SCRATCH/sources"
}

# sources__add_others: the images that the Dockerfile does not name: the scanner for an SBOM, and learnt ones.
sources__add_others() {
	local how what
	{
		[ -n "$ARGUMENTS_CALL" ] || ! reference_read "$ARGUMENTS_SCANNER" || printf 'sbom\t%s\n' "$ARGUMENTS_SCANNER"
		[ ! -f "$SCRATCH/learnt" ] || cat "$SCRATCH/learnt"
	} >"$SCRATCH/sources.others"
	while IFS='	' read -r how what; do
		printf '%s\t%s\npolicy\t%s\n' "$how" "$what" "$what"
	done <"$SCRATCH/sources.others" >>"$SCRATCH/sources"
}

# sources_mount_secret ID: whether a RUN step of the Dockerfile mounts the secret.
sources_mount_secret() { grep -q -x -F "secret	$1" "$SCRATCH/sources" 2>/dev/null; }

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
	sed -n -e 's/^from	//p' -e 's/^copy	//p' -e 's/^mount	//p' -e 's/^sbom	//p' "$SCRATCH/sources" | sort -u
}

# sources_name IMAGE: whether the plan of this attempt is about IMAGE.
sources_name() {
	local how what wanted
	reference_read "$1" && [ -f "$SCRATCH/sources" ] || return 1
	wanted=$REFERENCE_CANONICAL
	while IFS='	' read -r how what; do
		case $how in
			from | copy | mount | syntax | sbom)
				! reference_read "$what" || [ "$REFERENCE_CANONICAL" != "$wanted" ] || return 0
				;;
		esac
	done <"$SCRATCH/sources"
	return 1
}

# sources_has KIND NAME: whether the Dockerfile has this need. Starts no process.
sources_has() {
	local how what
	[ -f "$SCRATCH/sources" ] || return 1
	while IFS='	' read -r how what; do [ "$how:$what" != "$1:$2" ] || return 0; done <"$SCRATCH/sources"
	return 1
}

# sources_frontends: prints the frontends: one for each Dockerfile.
sources_frontends() { sed -n 's/^syntax	//p' "$SCRATCH/sources" | sort -u; }

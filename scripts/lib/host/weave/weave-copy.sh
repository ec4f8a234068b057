# Weave-copy: the flags of a woven step, and the copy of the Dockerfile that has them. The flags depend on the
# Dockerfile and its images alone: a later kit, setting or certificate changes none of them, and rebuilds nothing.
# shellcheck shell=sh

# weave_copy_flags: prints the flags of a step with WEAVE_PATH_ID and WEAVE_NAMES (weave-path.sh).
weave_copy_flags() {
	local name
	printf '%s' '--mount=type=bind,from=seawall.shims,target=/run/seawall' \
		' --mount=type=secret,id=seawall.kit,target=/run/seawall.kit,mode=0444' \
		' --mount=type=secret,id=seawall.conf,target=/run/seawall.conf,mode=0444' \
		' --mount=type=secret,id=seawall.ca,target=/run/seawall.ca,mode=0444' \
		' --mount=type=cache,id=seawall-state,target=/var/lib/seawall,sharing=shared,mode=1777' \
		" --mount=type=secret,id=seawall.path.$WEAVE_PATH_ID,env=PATH"
	for name in $WEAVE_CERTIFICATE_NAMES; do
		case $WEAVE_NAMES in
			*",$name,"*) ;;
			*) printf '%s' " --mount=type=secret,id=seawall.ca-file,env=$name" ;;
		esac
	done
	printf '\n'
}

# weave_copy_source DOCKERFILE: sets WEAVE_SOURCE to the file that a plain build reads: the Dockerfile, or its copy
# without the line of its frontend.
weave_copy_source() {
	WEAVE_SOURCE=${SYNTAX_COPY:-$1}
	[ "$1" = "$STDIN_FILE" ] || return 0
	case $STDIN_INPUT in "$SCRATCH"/frontend/*) WEAVE_SOURCE=$STDIN_INPUT ;; esac
}

# weave_copy_make DOCKERFILE: makes the copy, in a file of the same name, and sets WEAVE_COPY and WEAVE_WORDS.
weave_copy_make() {
	weave_copy_source "$1"
	mkdir -p "$SCRATCH/woven"
	WEAVE_COPY=$SCRATCH/woven/${WEAVE_SOURCE##*/} WEAVE_WORDS=''
	cut -f 1,3 "$SCRATCH/weave/chosen" >"$SCRATCH/weave/flags"
	LC_ALL=C awk -f "$SEAWALL_LIB/host/weave/weave-insert.awk" "$SCRATCH/weave/flags" PHASE=2 - \
		<"$WEAVE_SOURCE" >"$WEAVE_COPY"
	if [ "$1" = "$STDIN_FILE" ]; then
		stdin_replace "$WEAVE_COPY"
	else
		syntax_copy_neighbours "$WEAVE_SOURCE" "$WEAVE_COPY"
		list_add WEAVE_WORDS --file "$WEAVE_COPY"
	fi
	list_add WEAVE_WORDS --build-context "seawall.shims=$WEAVE_SHIMS"
	weave_copy__add_secret seawall.kit "$WEAVE_KIT"
	weave_copy__add_paths
}

weave_copy__add_secret() { list_add WEAVE_WORDS --secret "id=$1,$(cache_spec_quote "src=$2")"; }

weave_copy__add_paths() {
	local file
	set +f
	set -- "$SCRATCH"/weave/secret.*
	set -f
	for file in "$@"; do weave_copy__add_secret "seawall.path.${file##*.}" "$file"; done
}

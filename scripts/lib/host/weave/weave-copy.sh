# Weave-copy: the flags of a woven step, and the copy of the Dockerfile that has them. The flags depend on the
# Dockerfile and its images alone: a later kit, setting or certificate changes none of them, and rebuilds nothing.
# shellcheck shell=sh

# weave_copy_flags SAFE FOLDER: prints the flags of a step with WEAVE_PATH_ID and WEAVE_NAMES (weave-path.sh). SAFE: the
# list of weave-calls.awk. The kit deletes and adds trampolines (rw); nothing of it is kept.
weave_copy_flags() {
	local name
	printf '%s' "--mount=type=bind,from=seawall.shims,source=$2,target=/run/seawall,rw" \
		' --mount=type=secret,id=seawall.kit,target=/run/seawall.kit,mode=0444' \
		' --mount=type=secret,id=seawall.conf,target=/run/seawall.conf,mode=0444' \
		' --mount=type=secret,id=seawall.ca,target=/run/seawall.ca,mode=0444' \
		' --mount=type=cache,id=seawall-state,target=/var/lib/seawall,sharing=shared,mode=1777' \
		" --mount=type=secret,id=seawall.path.$WEAVE_PATH_ID,env=PATH"
	for name in $(trust_step_names); do
		case $WEAVE_NAMES in
			*",$name,"*) ;;
			*) printf ' --mount=type=secret,id=seawall.ca-file,env=%s' "$name" ;;
		esac
	done
	weave_variables_flags "$WEAVE_NAMES" "$1"
	printf '\n'
}

# weave_copy_make DOCKERFILE: makes the copy, in a file of the same name, and sets WEAVE_COPY.
weave_copy_make() {
	local source
	source=$(syntax_print_file "$1")
	mkdir -p "$SCRATCH/woven"
	WEAVE_COPY=$SCRATCH/woven/${source##*/}
	cut -f 1,4 "$SCRATCH/weave/chosen" >"$SCRATCH/weave/flags"
	LC_ALL=C awk -f "$SEAWALL_LIB/host/weave/weave-insert.awk" "$SCRATCH/weave/flags" what=file - \
		<"$source" >"$WEAVE_COPY"
	syntax_copy_neighbours "$source" "$WEAVE_COPY"
}

# weave_copy_add_words DOCKERFILE LIST: adds to LIST the words by which the build reads the copy and its parts.
weave_copy_add_words() {
	local list file
	list=$2
	if [ "$1" = "$STDIN_FILE" ]; then stdin_replace "$WEAVE_COPY"; else list_add "$list" --file "$WEAVE_COPY"; fi
	list_add "$list" --build-context "seawall.shims=$SCRATCH/weave/shims"
	weave_copy__add_secret "$list" seawall.kit "$WEAVE_KIT"
	set +f
	set -- "$SCRATCH"/weave/secret.*
	set -f
	for file in "$@"; do weave_copy__add_secret "$list" "seawall.path.${file##*.}" "$file"; done
	set +f
	set -- "$SCRATCH"/weave/variables/*
	set -f
	for file in "$@"; do weave_copy__add_secret "$list" "seawall.${file##*/}" "$file"; done
}

# weave_copy__add_secret LIST ID FILE
weave_copy__add_secret() { list_add "$1" --secret "id=$2,$(cache_spec_quote "src=$3")"; }

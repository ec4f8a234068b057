# Weave-kit: the folders of the trampolines and the kit as one shell file, which build-kit.sh makes once per version of
# the kit, in the state folder.
# shellcheck shell=sh

WEAVE_KIT_MAX_BYTES=512000
# Not taken from the environment.
WEAVE_KIT=''

# weave_kit_find: sets WEAVE_KIT, or WEAVE_WHY_NOT.
weave_kit_find() {
	local scripts sum
	[ -z "$WEAVE_KIT" ] || return 0
	scripts=${SEAWALL_LIB%/lib}
	[ -r "$scripts/shims/curl" ] && [ -x "$scripts/build-kit.sh" ] || {
		WEAVE_WHY_NOT="$scripts has no shims"
		return 1
	}
	sum=$(weave_kit__sum "$scripts") || return
	WEAVE_KIT=$(state_folder kit)/$sum
	[ -s "$WEAVE_KIT" ] || weave_kit__make "$scripts/build-kit.sh"
	[ -s "$WEAVE_KIT" ] && [ "$(wc -c <"$WEAVE_KIT")" -le "$WEAVE_KIT_MAX_BYTES" ] || {
		WEAVE_KIT='' WEAVE_WHY_NOT='the kit for RUN steps could not be made'
		return 1
	}
}

# weave_kit__make PROGRAM: makes WEAVE_KIT, and deletes kits of earlier versions that no build uses any more.
weave_kit__make() {
	state_forget kit 604800
	"$1" "$WEAVE_KIT" >"$SCRATCH/weave/kit.why" 2>&1 || :
}

# weave_kit_tools: prints the names of the tools with a trampoline.
weave_kit_tools() {
	local file
	set +f
	set -- "${SEAWALL_LIB%/lib}/shims"/*
	set -f
	for file in "$@"; do printf '%s ' "${file##*/}"; done
	printf '%s\n' "${SEAWALL_WEAVE_TOOLS-}"
}

# weave_kit_choose_folder TESTS CALLS: sets WEAVE_FOLDER to the folder of the trampolines of a step, in
# SCRATCH/weave/shims: all but those of the tools of which the step asks whether they are there. All have the same text.
# A user without rights must be able to delete them (fast.sh).
weave_kit_choose_folder() {
	local folder tool tests calls
	tests=$(printf '%s' "$1" | tr , ' ') calls=$(printf '%s' "$2" | tr , ' ')
	WEAVE_FOLDER=$(printf '%s %s' "$1" "$2" | cksum)
	WEAVE_FOLDER=${WEAVE_FOLDER%% *} folder=$SCRATCH/weave/shims/$WEAVE_FOLDER
	[ ! -d "$folder" ] || return 0
	mkdir -p "$folder"
	set +f
	cp -p "${SEAWALL_LIB%/lib}/shims"/* "$folder/"
	set -f
	for tool in $SEAWALL_WEAVE_TOOLS; do cp -p "${SEAWALL_LIB%/lib}/shims/curl" "$folder/$tool"; done
	for tool in $tests; do rm -f "$folder/$tool"; done
	printf '%s\n' "$calls" >"$folder/.new"
	chmod 777 "$folder"
}

# weave_kit__sum SCRIPTS: prints a sum of all files of which build-kit.sh makes the kit.
weave_kit__sum() {
	local room sum
	set +f
	set -- "$1/build-kit.sh" "$SEAWALL_LIB"/base/* "$SEAWALL_LIB"/attempt/* "$SEAWALL_LIB"/verdict/* \
		"$SEAWALL_LIB"/ladder/* "$SEAWALL_LIB"/fetch/* "$SEAWALL_LIB"/shims/*
	set -f
	sum=$(cat "$@" 2>/dev/null | cksum) || return
	printf '%s\n' "${sum%% *}"
}

# Weave-kit: the folder of the trampolines and the kit as one shell file, which build-kit.sh makes once per version of
# the kit, in the state folder.
# shellcheck shell=sh

WEAVE_KIT_MAX_BYTES=512000
# Not taken from the environment.
WEAVE_KIT=''

# weave_kit_find: sets WEAVE_SHIMS and WEAVE_KIT, or WEAVE_WHY_NOT.
weave_kit_find() {
	local scripts sum
	[ -z "$WEAVE_KIT" ] || return 0
	scripts=${SEAWALL_LIB%/lib} WEAVE_SHIMS=$scripts/shims
	[ -d "$WEAVE_SHIMS" ] && [ -x "$scripts/build-kit.sh" ] || {
		WEAVE_WHY_NOT="$scripts has no shims"
		return 1
	}
	weave_kit__add_tools
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

# weave_kit__add_tools: a tool that the user names gets a trampoline, too: all trampolines have the same text.
weave_kit__add_tools() {
	local tool
	[ -n "$SEAWALL_WEAVE_TOOLS" ] || return 0
	mkdir -p "$SCRATCH/weave/shims"
	cp -p "$WEAVE_SHIMS"/curl "$SCRATCH/weave/shims/trampoline"
	set +f
	cp -p "$WEAVE_SHIMS"/* "$SCRATCH/weave/shims/"
	set -f
	for tool in $SEAWALL_WEAVE_TOOLS; do
		case $tool in
			*[!a-zA-Z0-9._+-]* | [.-]* | sh)
				die 78 "SEAWALL_WEAVE_TOOLS: wanted names of programs, saw '$tool': correct the value"
				;;
		esac
		[ -e "$SCRATCH/weave/shims/$tool" ] || cp -p "$SCRATCH/weave/shims/trampoline" "$SCRATCH/weave/shims/$tool"
	done
	rm -f "$SCRATCH/weave/shims/trampoline"
	WEAVE_SHIMS=$SCRATCH/weave/shims
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

# Room bake: How does one call of `docker buildx bake` build many targets?
# Face: bake_* results_finish
# Bake: one image plan and one cache decision for all targets of a call, which one real bake builds. What the plan
# changes for a target reaches it by overrides behind the words of the caller (overrides.sh). Works in SCRATCH: bake/N
# is the folder of target N (targets.sh).
# shellcheck shell=sh

# Not taken from the environment.
BAKE_FAILED=''

# bake_read WORD...: reads the definition, and sets the caches, platforms and pushed tags of the call to those of all
# targets. False
# if the call has to be left to buildx: it does not resolve, a target builds nothing, or buildx may ask the user on this
# terminal for a privilege.
bake_read() {
	definition_read "$@" || return
	: >"$SCRATCH/bake/names"
	: >"$SCRATCH/bake/caches"
	: >"$SCRATCH/bake/platforms"
	: >"$SCRATCH/bake/tags"
	targets_each bake__check 2>/dev/null || return
	arguments_use_targets "$(LC_ALL=C awk '!seen[$0]++' "$SCRATCH/bake/caches")" \
		"$(sort -u "$SCRATCH/bake/platforms" | paste -s -d ' ' -)" "$(paste -s -d ' ' "$SCRATCH/bake/tags")"
	plans_leave_out
}

bake__check() {
	# buildx allows no other names; they become words and JSON.
	case $TARGETS_NAME in '' | *[!a-zA-Z0-9_-]*) return 1 ;; esac
	[ -z "$TARGETS_ODD$ARGUMENTS_CACHES_ODD" ] && targets_are_whole || return
	printf '%s\n' "$TARGETS_NAME" >>"$TARGETS_PARENT/bake/names"
	printf '%s' "$ARGUMENTS_CACHES" >>"$TARGETS_PARENT/bake/caches"
	# shellcheck disable=SC2086 # a list of names
	[ "$ARGUMENTS_PUSHES" = no ] || printf '%s\n' $ARGUMENTS_TAGS >>"$TARGETS_PARENT/bake/tags"
	# shellcheck disable=SC2086 # a list of platforms
	[ -z "$ARGUMENTS_PLATFORMS" ] || printf '%s\n' $ARGUMENTS_PLATFORMS >>"$TARGETS_PARENT/bake/platforms"
	bake__can_ask || return 0
	[ -z "$TARGETS_ASKS" ] && targets_are_allowed
}

# Whether buildx may ask the user for a privilege.
bake__can_ask() { [ -t 0 ] && [ -z "$STDIN_INPUT" ]; }

# bake_ask: reads the images of all Dockerfiles, and begins to ask all registries side by side.
bake_ask() {
	: >"$SCRATCH/bake/sources"
	targets_each bake__read_sources || exit
	LC_ALL=C awk '!seen[$0]++' "$SCRATCH/bake/sources" >"$SCRATCH/sources"
	inputs_ask_sources
}

bake__read_sources() {
	[ ! -f "$TARGETS_PARENT/learnt" ] || cp "$TARGETS_PARENT/learnt" "$SCRATCH/learnt"
	https_check_context "$ARGUMENTS_CONTEXT"
	sources_read "$TARGETS_DOCKERFILE"
	source_policy_check_unread "$TARGETS_DOCKERFILE"
	cat "$SCRATCH/sources" >>"$TARGETS_PARENT/bake/sources"
	printf '%s\n' "$TARGETS_DOCKERFILE" >"$SCRATCH/dockerfile"
}

# bake_choose: makes the image plan of one attempt, for all targets.
bake_choose() {
	inputs_are_asked || bake_ask
	inputs_choose_with bake__name_dockerfile
}

# bake__name_dockerfile IMAGE: prints the Dockerfile of the first target that names the frontend IMAGE.
bake__name_dockerfile() {
	local number
	number=1
	until grep -q -x -F "syntax	$1" "$SCRATCH/bake/$number/sources"; do number=$((number + 1)); done
	cat "$SCRATCH/bake/$number/dockerfile"
}

# bake_run ATTEMPTS WORD...: runs the build (build_run); WORDs are those of the call.
bake_run() {
	local attempts
	attempts=$1
	shift
	build_use bake bake_choose bake__add_words bake__read_output bake__tell_failure bake__weave
	build_run "$attempts" '' "$@"
}

# bake__add_words WORD...: sets ARGUMENTS_LEFT to the words with what this attempt changes. After a failed push it
# builds nothing again.
bake__add_words() {
	caches_each bake__note_cache >"$SCRATCH/bake/classes"
	targets_each overrides_write || exit
	set +f
	cat "$SCRATCH"/bake/*/overrides >"$SCRATCH/bake/overrides"
	cat "$SCRATCH"/bake/*/redirects >"$SCRATCH/bake/redirects"
	set -f
	source_policy_use_rules "$(cat "$SCRATCH/bake/redirects")"
	if [ "$BAKE_CALL_CACHES" != ' ' ]; then
		bake_call_leave_out_caches "$@"
		eval "set -- $ARGUMENTS_LEFT"
	fi
	if push_is_failed; then
		arguments_leave_out ' --no-cache --pull ' "$@"
		eval "set -- $ARGUMENTS_LEFT"
		set -- "$@" --set '*.no-cache=false' --set '*.pull=false'
	fi
	BAKE_OVERRIDES=$(cat "$SCRATCH/bake/overrides")
	eval "set -- \"\$@\" $BAKE_OVERRIDES"
	overlay_add_words "$@"
	pushes_use_words "$ARGUMENTS_LEFT"
}

# bake__read_output: sets BAKE_FAILED to the target that buildx names as failed, and takes the names of the targets out
# of the progress: what reads the output of a build knows `[internal]`, `[2/3]`, `exporting to`, `ERROR: failed to
# solve`, not `[app internal]`, `[app 2/3]`, `[app] exporting to`, `ERROR: target app: failed to solve`. buildx writes
# names only if there are several targets. SCRATCH/bake/output is the progress with the names.
bake__read_output() {
	BAKE_FAILED=''
	[ "$DEFINITION_COUNT" -gt 1 ] || return 0
	BAKE_FAILED=$(LC_ALL=C sed -n 's/^ERROR: target \([a-zA-Z0-9_-]*\): .*/\1/p' "$SCRATCH/output" | tail -n 1)
	mv "$SCRATCH/output" "$SCRATCH/bake/output"
	LC_ALL=C awk -f "$SEAWALL_LIB/host/bake/output.awk" "$SCRATCH/bake/names" "$SCRATCH/bake/output" >"$SCRATCH/output"
}

# bake__weave MOMENT WORD...: the error that marks a line of a Dockerfile is that of the target that failed.
bake__weave() { weaving_do "$BAKE_FAILED" "$@"; }

# bake__note_cache from|to SPEC FILE CLASS
bake__note_cache() { printf '%s %s %s\n' "$4" "$1" "$2"; }

# bake__tell_failure: notes and names the target that made the bake fail, and saves what it has canceled.
bake__tell_failure() {
	results_note "$BAKE_FAILED"
	[ -z "$BAKE_FAILED" ] || log_warn "target $BAKE_FAILED failed: $FINDING_CLASS"
	pushes_save_others "$BAKE_FAILED" "$LADDER_DEADLINE"
}

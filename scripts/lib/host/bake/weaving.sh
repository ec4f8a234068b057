# Weaving: which RUN steps of the targets of a bake are woven. Each target has its own, in SCRATCH/bake/N/weave; those
# of all targets are in SCRATCH/weave/chosen, with the name of the target.
# shellcheck shell=sh

# weaving_do FAILED begin|after|undo WORD...: weave_do for each target. True if a step is woven that was not before.
# FAILED: the target that buildx names as failed, or empty.
weaving_do() {
	WEAVING_FAILED=$1
	shift
	case $SEAWALL_WEAVE:$1 in off:* | auto:begin) return 1 ;; esac
	weave_prepare || return
	: >"$SCRATCH/weave/chosen"
	rm -f "$SCRATCH/weave/new"
	builder_share_answer
	targets_each weaving__do "$@" || exit
	[ -f "$SCRATCH/weave/new" ]
}

# weaving_use_target: the steps are those of the target.
weaving_use_target() {
	weave_use "$TARGETS_DOCKERFILE" "$TARGETS_NAME" "$TARGETS_PARENT"
	[ "$TARGETS_LINKED" = no ] || weave_path_use weaving__ask
}

weaving__do() {
	targets_use_images
	weaving_use_target
	case $1 in
		begin) set -- begin "$TARGETS_DOCKERFILE" ;;
		after)
			weaving__find_progress "$3"
			set -- after "$SCRATCH/output" "$SCRATCH/progress" "$4"
			;;
	esac
	if [ "$1" = after ] && ! weaving__is_open; then
		:
	elif ! targets_are_allowed; then
		weave_chosen_leave "target $TARGETS_NAME: it reads files that the call does not allow (--allow)"
	elif weave_do "$@"; then
		: >"$TARGETS_PARENT/weave/new"
	fi
	! weave_is_on || cat "$SCRATCH/weave/chosen" >>"$TARGETS_PARENT/weave/chosen"
}

# weaving__find_progress FILE: writes the part of the build's output and progress FILE that is about the target. The
# error that marks a line of a Dockerfile is that of the target that failed.
weaving__find_progress() {
	cp -p "$TARGETS_PARENT/begun" "$SCRATCH/begun"
	: >"$SCRATCH/output"
	case $WEAVING_FAILED in '' | "$TARGETS_NAME") cp "$TARGETS_PARENT/output" "$SCRATCH/output" ;; esac
	if [ "$DEFINITION_COUNT" -eq 1 ]; then
		cp "$1" "$SCRATCH/progress"
	elif [ "$1" = "$TARGETS_PARENT/output" ]; then
		weaving__own_steps >"$SCRATCH/progress"
	else
		history_print_log "$TARGETS_NAME" "$TARGETS_PARENT" >"$SCRATCH/progress"
	fi
	# Another target in place of an image has no step of its own, as a named context has.
	[ "$TARGETS_LINKED" = no ] || printf '#0 [context target]\n' >>"$SCRATCH/progress"
}

# weaving__is_open: whether a RUN step of the target did not finish.
weaving__is_open() {
	LC_ALL=C awk '
		/^#[0-9]+ \[[^]]*\] (ONBUILD )?RUN / { open[$1] = 1 }
		/^#[0-9]+ (DONE|CACHED)/ { delete open[$1] }
		END { for (step in open) found = 1; exit !found }
	' "$SCRATCH/progress" || grep -q '^ *[0-9]* | >>> ' "$SCRATCH/output"
}

# weaving__own_steps: prints the steps of the target in the plain progress of all targets. A step that several targets
# share has the name of one of them.
weaving__own_steps() {
	set -- what=names "$TARGETS_PARENT/bake/names" what=file "${TARGETS_DOCKERFILE:-/dev/null}" \
		what=output "$TARGETS_PARENT/bake/output"
	WEAVING_TARGET=$TARGETS_NAME LC_ALL=C awk -f "$SEAWALL_LIB/host/bake/weaving.awk" "$@"
}

# weaving__ask FILE SECONDS: bakes the target with the Dockerfile FILE, for a target that reads another one. All else is
# as in the last attempt.
weaving__ask() {
	local seconds overrides overlay
	seconds=$2 overrides='' overlay=$TARGETS_PARENT/bake/overlay.json
	[ ! -f "$TARGETS_PARENT/bake/overrides" ] || overrides=$(cat "$TARGETS_PARENT/bake/overrides")
	{
		printf '{"target":{' && overlay_write "$TARGETS_NAME" "$1" && printf '}}\n'
	} >"$SCRATCH/weave/question.json"
	weaving__find_platform
	eval "set -- $BAKE_CALL_GRANTS $overrides"
	[ -z "$WEAVING_PLATFORM" ] || set -- "$@" --set "$TARGETS_NAME.platform=$WEAVING_PLATFORM"
	[ ! -s "$overlay" ] || set -- --file "$overlay" "$@"
	set -- --file "$TARGETS_PARENT/bake/definition" "$@" --file "$SCRATCH/weave/question.json"
	attempt_run --stdin /dev/null "$seconds" docker buildx bake --progress plain "$@" --set "$TARGETS_NAME.target=" \
		--set "$TARGETS_NAME.output=type=cacheonly" "$TARGETS_NAME"
}

# One platform is enough for the question.
weaving__find_platform() {
	# shellcheck disable=SC2086 # words
	set -- $ARGUMENTS_PLATFORMS
	WEAVING_PLATFORM=${1:-}
}

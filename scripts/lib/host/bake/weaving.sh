# Weaving: which RUN steps of the targets of a bake are woven. Each target has its own, in SCRATCH/bake/N/weave; those of
# all targets are in SCRATCH/weave/chosen, with the name of the target.
# shellcheck shell=sh

# weaving_do begin|after|undo WORD...: weave_do for each target. True if a step is woven that was not before.
weaving_do() {
	case $SEAWALL_WEAVE:$1 in off:* | auto:begin) return 1 ;; esac
	mkdir -p "$SCRATCH/weave"
	: >"$SCRATCH/weave/chosen"
	rm -f "$SCRATCH/weave/new"
	weave_use ''
	weave_kit_find || {
		weave_chosen_leave "$WEAVE_WHY_NOT"
		return 1
	}
	builder_share_answer
	targets_each weaving__do "$@" || exit
	[ -f "$SCRATCH/weave/new" ]
}

# weaving_use_target: the steps are those of the target.
weaving_use_target() { weave_use "$TARGETS_DOCKERFILE" "$TARGETS_NAME" "$TARGETS_PARENT"; }

weaving__do() {
	overrides_use_images
	weaving_use_target
	case $1 in
		begin) set -- begin "$TARGETS_DOCKERFILE" ;;
		after)
			weaving__find_progress "$3"
			set -- after "$SCRATCH/output" "$SCRATCH/progress" "$4"
			;;
	esac
	if ! targets_are_allowed; then
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
	case $BAKE_FAILED in '' | "$TARGETS_NAME") cp "$TARGETS_PARENT/output" "$SCRATCH/output" ;; esac
	if [ "$DEFINITION_COUNT" -eq 1 ]; then
		cp "$1" "$SCRATCH/progress"
	elif [ "$1" = "$TARGETS_PARENT/output" ]; then
		weaving__own_steps >"$SCRATCH/progress"
	else
		(SCRATCH=$TARGETS_PARENT && history_print_log "$TARGETS_NAME") >"$SCRATCH/progress"
	fi
}

# weaving__own_steps: prints the steps of the target in the plain progress of all targets. A step that several targets
# share has the name of one of them.
weaving__own_steps() {
	WEAVING_TARGET=$TARGETS_NAME LC_ALL=C awk -f "$SEAWALL_LIB/host/bake/weaving.awk" what=names \
		"$TARGETS_PARENT/bake/names" what=file "${TARGETS_DOCKERFILE:-/dev/null}" what=output "$TARGETS_PARENT/bake/output"
}

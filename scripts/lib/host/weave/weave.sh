# Room weave: Which RUN steps of a Dockerfile get the kit, why, and how?
# Face: weave_*
# Weave: gives RUN steps the kit in a copy of the Dockerfile: flags behind the word RUN, on the same line. Works in
# SCRATCH/weave, where `chosen` has a row per woven step: line, why, flags. Settings: SEAWALL_WEAVE,
# SEAWALL_WEAVE_TOOLS.
# shellcheck shell=sh

WEAVE_TAB='	'
# Not taken from the environment.
WEAVE_FILE='' WEAVE_TARGET=''

# weave_use DOCKERFILE [TARGET FOLDER]: the steps are those of this file, empty if the kit cannot read it. FOLDER is the
# scratch folder of all targets, if there are several.
weave_use() {
	WEAVE_FILE=$1 WEAVE_TARGET=${2:-}
	weave_chosen_begin "${3:-$SCRATCH}"
}

# weave_prepare: finds what the Dockerfiles of several targets share. False if nothing can be woven.
weave_prepare() {
	mkdir -p "$SCRATCH/weave"
	weave_use ''
	weave_kit_find && return
	weave_chosen_leave "$WEAVE_WHY_NOT"
	return 1
}

# weave_do begin|after|source|undo WORD...: a moment of the build: weave_begin, weave_after, weave_use_next_source or
# weave_undo.
weave_do() {
	case $1 in
		begin) weave_begin "$2" ;;
		after) weave_after "$2" "$3" "$4" ;;
		source) weave_use_next_source "$2" "$3" ;;
		undo) weave_undo "$2" ;;
	esac
}

# weave_begin DOCKERFILE: with `always` all steps are woven at once. False if none is.
weave_begin() {
	weave_use "$1" "$WEAVE_TARGET" "$WEAVE_CALL"
	[ "$SEAWALL_WEAVE" = always ] && weave__all always || return 1
	weave__tell info always
}

# weave__tell LEVEL WHY: names the steps that were added last.
weave__tell() {
	local lines
	lines=$(weave_chosen_name "$WEAVE_FILE")${WEAVE_TARGET:+ of target $WEAVE_TARGET}
	"log_$1" "$lines will run with the kit's tools (woven): $2"
	events_emit weave "$1" detail "$lines: $2"
}

# weave_handed: prints the lines for the settings of a woven step (handed.sh): that it is one, and the tools that get a
# shim beyond those of the kit.
weave_handed() {
	printf '#seawall woven 1\n'
	[ -z "$SEAWALL_WEAVE_TOOLS" ] || printf '#seawall tools %s\n' "$SEAWALL_WEAVE_TOOLS"
}

# weave_is_on: whether a step is woven.
weave_is_on() { [ -s "$SCRATCH/weave/chosen" ]; }

# weave_each FUNCTION: calls FUNCTION LINE WHY TARGET for each woven step.
weave_each() {
	local line why target _flags
	weave_is_on || return 0
	while IFS=$WEAVE_TAB read -r line why target _flags; do
		"$1" "$line" "$why" "${target#-}"
	done <"$SCRATCH/weave/chosen"
}

# weave__all WHY: weaves every step. False if none is.
weave__all() {
	weave__is_possible || return 1
	weave_chosen_take "$WEAVE_FILE" "$1" 5<"$SCRATCH/weave/steps.tsv"
}

# weave_after OUTPUT PROGRESS WHY: an attempt failed for the reason WHY; weaves the steps that it did not finish. True
# if one of them was not woven before. A Dockerfile that has changed since may have other lines.
weave_after() {
	weave__is_possible || return 1
	if [ -n "$(find "$WEAVE_FILE" -newer "$SCRATCH/begun" 2>/dev/null)" ]; then
		weave_chosen_leave 'the Dockerfile has changed during the build'
		return 1
	fi
	weave_steps_choose "$1" "$2" >"$SCRATCH/weave/new"
	weave_chosen_take "$WEAVE_FILE" "$3" 5<"$SCRATCH/weave/new" || return 1
	weave_turn_note "$1" "$3"
	weave__tell warn "$3"
}

# weave_use_next_source UPSTREAM CLASS: a woven step failed with CLASS, and no tool of the kit reported why. The next
# attempt gives the tools another source. True if there is one. UPSTREAM: the one that failed, or empty.
weave_use_next_source() {
	weave_is_on && weave_variables_next "$1" "$2" || return
	log_warn "no tool of the kit told why the woven step${WEAVE_TARGET:+ of target $WEAVE_TARGET} failed ($2):" \
		"it runs again with another source by $WEAVE_VARIABLES_SET"
	events_emit weave warn detail "${WEAVE_TARGET:+target $WEAVE_TARGET: }another source by $WEAVE_VARIABLES_SET"
}

# weave_undo REASON: the builder refuses woven steps: no attempt of this build weaves again.
weave_undo() {
	: >"$SCRATCH/weave/chosen"
	: >"$SCRATCH/weave/can"
	weave_chosen_leave "$1"
}

# weave__is_possible: asked once per Dockerfile.
weave__is_possible() {
	[ "$SEAWALL_WEAVE" != off ] && [ -z "$ARGUMENTS_CALL" ] || return 1
	[ -f "$SCRATCH/weave/can" ] || {
		mkdir -p "$SCRATCH/weave"
		: >"$SCRATCH/weave/chosen"
		: >"$SCRATCH/weave/can"
		weave_variables_begin
		if weave_limits_allow "$WEAVE_FILE" && weave_kit_find; then
			printf 'yes\n' >"$SCRATCH/weave/can"
		else
			weave_chosen_leave "$WEAVE_WHY_NOT"
		fi
	}
	[ -s "$SCRATCH/weave/can" ]
}

# weave_add_words LIST: adds to LIST the words by which an attempt reads the woven copy of the Dockerfile; none if no
# step is woven. Call it when the plan of the images is made, which may replace the Dockerfile, too.
weave_add_words() {
	weave_is_on || return 0
	weave_copy_make "$WEAVE_FILE"
	weave_copy_add_words "$WEAVE_FILE" "$1"
}

# weave_show DOCKERFILE: prints it with all steps woven that can be.
weave_show() {
	ladder_begin "$SCRATCH"
	inputs_choose "$1"
	weave_use "$1"
	if weave__all always; then weave_copy_make "$1" && cat "$WEAVE_COPY"; else cat "$1"; fi
}

# Room weave: Which RUN steps of a Dockerfile get the kit, why, and how?
# Face: weave_*
# Weave: gives RUN steps the kit in a copy of the Dockerfile: flags behind the word RUN, on the same line. Works in
# SCRATCH/weave, where `chosen` has a row per woven step: line, why, flags. Settings: SEAWALL_WEAVE,
# SEAWALL_WEAVE_TOOLS.
# shellcheck shell=sh

WEAVE_TAB='	'
# Not taken from the environment.
WEAVE_FILE='' WEAVE_CAN='' WEAVE_LEFT=''

# weave_begin DOCKERFILE: DOCKERFILE is empty if the kit cannot read it. With `always` all steps are woven at once.
weave_begin() {
	WEAVE_FILE=$1 WEAVE_CAN=''
	weave_chosen_begin
	[ "$SEAWALL_WEAVE" != always ] || ! weave__all always || weave__tell info always
}

# weave__tell LEVEL WHY: names the steps that were added last.
weave__tell() {
	local lines
	lines=$(weave_chosen_name "$WEAVE_FILE")
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

# weave_each FUNCTION: calls FUNCTION LINE WHY for each woven step.
weave_each() {
	local line why _flags
	weave_is_on || return 0
	while IFS=$WEAVE_TAB read -r line why _flags; do "$1" "$line" "$why"; done <"$SCRATCH/weave/chosen"
}

# weave_left: prints why steps are left alone, an empty line if none is.
weave_left() { printf '%s\n' "$WEAVE_LEFT"; }

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
	weave__tell warn "$3"
}

# weave_hides_outage PROGRESS: whether a step of the failed build hides an outage: it failed to download, and went on.
weave_hides_outage() { weave_steps_hide_outage "$1"; }

# weave_tell_missed PROGRESS EVENTS: names a woven step that failed and in which no tool of the kit reported. PROGRESS:
# the plain progress; EVENTS: what its steps have printed.
weave_tell_missed() {
	local number
	number=$(LC_ALL=C awk '
		/^#[0-9]+ .*from=seawall[.]shims/ { woven[$1] = 1 }
		/^#[0-9]+ ERROR: process / && woven[$1] { print $1; exit }
	' "$1" 2>/dev/null)
	[ -n "$number" ] || return 0
	! grep -q -F -e "\"step\":\"$number\"" "$2" 2>/dev/null || return 0
	weave_chosen_leave 'no tool of the kit ran in the failed one: it uses another PATH, a full path, or another tool'
}

# weave_undo REASON: the builder refuses woven steps: no attempt of this build weaves again.
weave_undo() {
	: >"$SCRATCH/weave/chosen"
	WEAVE_CAN=no
	weave_chosen_leave "$1"
}

# weave__is_possible: asked once per build.
weave__is_possible() {
	[ "$SEAWALL_WEAVE" != off ] && [ -z "$ARGUMENTS_CALL" ] || return 1
	[ -n "$WEAVE_CAN" ] || {
		WEAVE_CAN=no
		mkdir -p "$SCRATCH/weave"
		: >"$SCRATCH/weave/chosen"
		weave_limits_allow "$WEAVE_FILE" && weave_kit_find && WEAVE_CAN=yes || weave_chosen_leave "$WEAVE_WHY_NOT"
	}
	[ "$WEAVE_CAN" = yes ]
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
	WEAVE_FILE=$1
	weave_chosen_begin
	if weave__all always; then weave_copy_make "$1" && cat "$WEAVE_COPY"; else cat "$1"; fi
}

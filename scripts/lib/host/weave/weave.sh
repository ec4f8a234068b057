# Room weave: Which RUN steps of a Dockerfile get the kit, why, and how?
# Face: weave_begin weave_all weave_after weave_is_on weave_make weave_undo weave_each weave_show weave_left
# Weave: gives RUN steps the kit in a copy of the Dockerfile: flags behind the word RUN, on the same line. Works in
# SCRATCH/weave, where `chosen` has a row per woven step: line, why, flags. Sets WEAVE_WORDS, the list of the words that
# a woven build adds. Settings: SEAWALL_WEAVE.
# shellcheck shell=sh

WEAVE_TAB='	'
# Not taken from the environment.
WEAVE_WORDS='' WEAVE_FILE='' WEAVE_CAN='' WEAVE_LEFT='' WEAVE_TOLD='|'

# weave_begin DOCKERFILE: DOCKERFILE is empty if the kit cannot read it. With `always` all steps are woven at once.
weave_begin() {
	WEAVE_FILE=$1 WEAVE_WORDS='' WEAVE_CAN='' WEAVE_LEFT='' WEAVE_TOLD='|'
	[ "$SEAWALL_WEAVE" != always ] || weave_all always || :
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

# weave_all WHY: weaves every step. False if none is.
weave_all() {
	weave__is_possible || return 1
	weave__take "$1" 5<"$SCRATCH/weave/steps.tsv"
}

# weave_after OUTPUT PROGRESS WHY: an attempt failed for the reason WHY; weaves the steps that it did not finish. True
# if one of them was not woven before. A Dockerfile that has changed since may have other lines.
weave_after() {
	weave__is_possible || return 1
	if [ -n "$(find "$WEAVE_FILE" -newer "$SCRATCH/begun" 2>/dev/null)" ]; then
		weave__leave 'the Dockerfile has changed during the build'
		return 1
	fi
	weave_steps_choose "$1" "$2" >"$SCRATCH/weave/new"
	weave__take "$3" 5<"$SCRATCH/weave/new" || return 1
	log_warn "$(weave__name_lines) will run with the kit's tools (woven): $3"
	events_emit weave warn class "$3" detail "$(weave__name_lines)"
}

# weave__name_lines: prints the file and the lines of the steps that were added last.
weave__name_lines() {
	local word name
	name=${WEAVE_FILE##*/}
	[ "$WEAVE_FILE" != "$STDIN_FILE" ] || name=Dockerfile
	# shellcheck disable=SC2086 # numbers
	set -- $WEAVE_ADDED
	printf 'RUN in %s:%s' "$name" "$1"
	shift
	for word in "$@"; do printf ',%s' "$word"; done
	printf '\n'
}

# weave_undo REASON: the builder refuses woven steps: no attempt of this build weaves again.
weave_undo() {
	: >"$SCRATCH/weave/chosen"
	WEAVE_WORDS='' WEAVE_CAN=no
	weave__leave "$1"
}

# weave__is_possible: asked once per build.
weave__is_possible() {
	[ "$SEAWALL_WEAVE" != off ] && [ -z "$ARGUMENTS_CALL" ] || return 1
	[ -n "$WEAVE_CAN" ] || {
		WEAVE_CAN=no
		mkdir -p "$SCRATCH/weave"
		: >"$SCRATCH/weave/chosen"
		weave_limits_allow "$WEAVE_FILE" && weave_kit_find && WEAVE_CAN=yes || weave__leave "$WEAVE_WHY_NOT"
	}
	[ "$WEAVE_CAN" = yes ]
}

# weave__leave REASON: said once.
weave__leave() {
	case $WEAVE_TOLD in *"|$1|"*) return 0 ;; esac
	WEAVE_TOLD="$WEAVE_TOLD$1|" WEAVE_LEFT=$1
	log_info "RUN steps are not woven: $1"
}

# weave__take WHY: weaves the steps in the rows on descriptor 5, because docker reads stdin. Sets WEAVE_ADDED to their lines; false if none is new.
weave__take() {
	local kind line stage _name _number _count scope _base _from why
	WEAVE_ADDED=''
	# shellcheck disable=SC2034 # the columns
	while IFS=$WEAVE_TAB read -r kind line stage _name _number _count scope _base _from why <&5; do
		! weave__has "$line" || continue
		case $why in
			-) ;;
			off | own | offline) continue ;;
			*)
				weave__leave "line $line: $why"
				continue
				;;
		esac
		[ "$kind" = trigger ] || weave_path_is_known "$stage.$scope" || weave_path_ask "$stage.$scope" "$line"
		[ "$kind" = run ] || weave_path_is_known "$stage.$scope" || weave_path_ask "$stage.$scope" "$scope"
		weave_path_read "$stage.$scope" || {
			weave__leave "line $line: the builder did not say the PATH of its image"
			continue
		}
		printf '%s\t%s\t%s\n' "$line" "$1" "$(weave_copy_flags)" >>"$SCRATCH/weave/chosen"
		WEAVE_ADDED="$WEAVE_ADDED${WEAVE_ADDED:+ }$line"
	done
	[ -n "$WEAVE_ADDED" ]
}

weave__has() {
	local line _rest
	while IFS=$WEAVE_TAB read -r line _rest; do [ "$line" != "$1" ] || return 0; done <"$SCRATCH/weave/chosen"
	return 1
}

# weave_make: makes the copy of the Dockerfile of this attempt and sets WEAVE_WORDS. Call it when the plan of the images
# is made, which may replace the Dockerfile, too.
weave_make() {
	! weave_is_on || weave_copy_make "$WEAVE_FILE"
}

# weave_show DOCKERFILE: prints it with all steps woven that can be.
weave_show() {
	ladder_begin "$SCRATCH"
	inputs_choose "$1"
	WEAVE_FILE=$1
	if weave_all always; then weave_make && cat "$WEAVE_COPY"; else cat "$1"; fi
}

# Weave-chosen: the steps that are woven, with the reason, in SCRATCH/weave/chosen, and what is said about the others.
# shellcheck shell=sh

# The reason of weave-steps.awk that the builder can settle.
WEAVE_NO_SH='no sh is known in its image'
# Not taken from the environment. The scratch folder of the call.
WEAVE_CALL=''

weave_chosen_begin() { WEAVE_CALL=$1; }

# weave_chosen_leave REASON: steps are left alone. Said once per call.
weave_chosen_leave() {
	! grep -q -x -F -e "$1" "$WEAVE_CALL/weave.left" 2>/dev/null || return 0
	printf '%s\n' "$1" >>"$WEAVE_CALL/weave.left"
	log_info "RUN steps are not woven: $1"
}

# weave_chosen__leave_line LINE REASON
weave_chosen__leave_line() { weave_chosen_leave "${WEAVE_TARGET:+target $WEAVE_TARGET, }line $1: $2"; }

# weave_left: prints the last reason why steps are left alone, an empty line if none is.
weave_left() {
	if [ -s "$SCRATCH/weave.left" ]; then tail -n 1 "$SCRATCH/weave.left"; else printf '\n'; fi
}

# weave_chosen_take DOCKERFILE WHY: weaves the steps in the rows on descriptor 5, because docker reads stdin. Sets
# WEAVE_ADDED to their lines; false if none is new.
weave_chosen_take() {
	local kind line stage _name _number _count scope base from safe tests calls why before
	WEAVE_ADDED=''
	weave_path_begin
	while IFS=$WEAVE_TAB read -r kind line stage _name _number _count scope base from safe tests calls why <&5; do
		! weave_chosen__has "$line" || continue
		# A trigger runs at the end of its stage.
		before=$line
		[ "$kind" = run ] || before=$scope
		[ "$base:$why" != "0:$WEAVE_NO_SH" ] || ! weave_path_find_sh "$1" "$from" || why=-
		case $why in
			-) weave_chosen__add "$line" "$stage.$scope" "$before" "$1" "$2" "$safe" "$tests" "$calls" ;;
			off | own | offline) ;;
			*) weave_chosen__leave_line "$line" "$why" ;;
		esac
	done
	[ -n "$WEAVE_ADDED" ]
}

# weave_chosen__add LINE KEY BEFORE DOCKERFILE WHY SAFE TESTS CALLS
weave_chosen__add() {
	weave_path_is_known "$2" || weave_path_ask "$2" "$4" "$3"
	weave_path_read "$2" || {
		weave_chosen__leave_line "$1" 'the builder did not say the PATH of its image'
		return 0
	}
	weave_kit_choose_folder "$7" "$8"
	printf '%s\t%s\t%s\t%s\n' "$1" "$5" "${WEAVE_TARGET:--}" "$(weave_copy_flags "$6" "$WEAVE_FOLDER")" \
		>>"$SCRATCH/weave/chosen"
	WEAVE_ADDED="$WEAVE_ADDED${WEAVE_ADDED:+ }$1"
}

weave_chosen__has() {
	local line _rest
	while IFS=$WEAVE_TAB read -r line _rest; do [ "$line" != "$1" ] || return 0; done <"$SCRATCH/weave/chosen"
	return 1
}

# weave_chosen_name DOCKERFILE: prints the file and the lines of the steps that were added last.
weave_chosen_name() {
	local word name
	name=${1##*/}
	[ "$1" != "$STDIN_FILE" ] || name=Dockerfile
	# shellcheck disable=SC2086 # numbers
	set -- $WEAVE_ADDED
	printf 'RUN in %s:%s' "$name" "$1"
	shift
	for word in "$@"; do printf ',%s' "$word"; done
	printf '\n'
}

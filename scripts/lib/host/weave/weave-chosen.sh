# Weave-chosen: the steps that are woven, with the reason, in SCRATCH/weave/chosen, and what is said about the others.
# shellcheck shell=sh

# weave_chosen_begin: none is woven, and nothing is said.
weave_chosen_begin() { WEAVE_LEFT='' WEAVE_TOLD='|'; }

# weave_chosen_leave REASON: steps are left alone. Said once.
weave_chosen_leave() {
	case $WEAVE_TOLD in *"|$1|"*) return 0 ;; esac
	WEAVE_TOLD="$WEAVE_TOLD$1|" WEAVE_LEFT=$1
	log_info "RUN steps are not woven: $1"
}

# weave_chosen_take DOCKERFILE WHY: weaves the steps in the rows on descriptor 5, because docker reads stdin. Sets
# WEAVE_ADDED to their lines; false if none is new.
weave_chosen_take() {
	local kind line stage _name _number _count scope _base _from why before
	WEAVE_ADDED=''
	weave_path_begin
	while IFS=$WEAVE_TAB read -r kind line stage _name _number _count scope _base _from why <&5; do
		[ "$kind" != stage ] && ! weave_chosen__has "$line" || continue
		# A trigger runs at the end of its stage.
		before=$line
		[ "$kind" = run ] || before=$scope
		case $why in
			-) weave_chosen__add "$line" "$stage.$scope" "$before" "$1" "$2" ;;
			off | own | offline) ;;
			*) weave_chosen_leave "line $line: $why" ;;
		esac
	done
	[ -n "$WEAVE_ADDED" ]
}

# weave_chosen__add LINE KEY BEFORE DOCKERFILE WHY
weave_chosen__add() {
	weave_path_is_known "$2" || weave_path_ask "$2" "$4" "$3"
	weave_path_read "$2" || {
		weave_chosen_leave "line $1: the builder did not say the PATH of its image"
		return 0
	}
	printf '%s\t%s\t%s\n' "$1" "$5" "$(weave_copy_flags)" >>"$SCRATCH/weave/chosen"
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

# Pushes: buildx cancels the pushes beside one that fails. The targets whose push did not fail are pushed by a bake of
# their own, so that their images are not lost. Works in SCRATCH/bake: `pushed` has their names.
# shellcheck shell=sh

# Not taken from the environment.
PUSHES_WORDS='' PUSHES_DONE=''

# pushes_use_words LIST: the words of the current attempt.
pushes_use_words() { PUSHES_WORDS=$1; }

# pushes_save_others FAILED END: the push of the target FAILED failed: pushes the other targets, once for each FAILED.
# END: the uptime in seconds at which all ends.
pushes_save_others() {
	local failed
	failed=$1 PUSHES_END=$2
	push_is_failed && [ -n "$failed" ] && ! values_has "$failed" "$PUSHES_DONE" || return 0
	PUSHES_DONE="$PUSHES_DONE $failed"
	cp "$SCRATCH/bake/names" "$SCRATCH/bake/left"
	while pushes__leave_out "$failed"; do
		log_warn "buildx has canceled the pushes beside that of target $failed: the other targets are pushed now"
		! pushes__push || { cp "$SCRATCH/bake/left" "$SCRATCH/bake/pushed" && return 0; }
		failed=$(LC_ALL=C sed -n 's/^ERROR: target \([a-zA-Z0-9_-]*\): .*/\1/p' "$SCRATCH/bake/pushes" | tail -n 1)
	done
}

# pushes_have TARGET: whether its image is pushed.
pushes_have() { grep -q -x -F -e "$1" "$SCRATCH/bake/pushed" 2>/dev/null; }

# pushes__leave_out TARGET: takes the name from bake/left; false if it is not there, or is the last one.
pushes__leave_out() {
	grep -q -x -F -e "$1" "$SCRATCH/bake/left" || return
	grep -v -x -F -e "$1" "$SCRATCH/bake/left" >"$SCRATCH/bake/more" || return
	mv "$SCRATCH/bake/more" "$SCRATCH/bake/left"
}

# pushes__push: one bake of the targets in bake/left, which builds nothing again. Its errors are in bake/pushes.
pushes__push() {
	local seconds name
	seconds=$(clock_left "$PUSHES_END")
	[ "$seconds" -gt 1 ] || return
	eval "set -- $PUSHES_WORDS"
	arguments_begin_list
	arguments_each pushes__keep "$@"
	eval "set -- $ARGUMENTS_LEFT --set '*.no-cache=false' --set '*.pull=false' --progress quiet"
	while read -r name; do set -- "$@" "$name"; done <"$SCRATCH/bake/left"
	(
		attempt_capture "$SCRATCH/bake/pushes" --keep errors --stdin "$STDIN_INPUT" \
			--export "${SEAWALL_STEP_CONF:+SEAWALL_STEP_CONF}" "$seconds" docker buildx bake "$@"
	)
}

# pushes__keep FORM FLAG VALUE SPELLED: keeps all but the targets, and the flags of the result.
pushes__keep() {
	case $1:$2 in
		word:* | last:* | end:* | *:--progress | *:--metadata-file | *:--no-cache | *:--pull) ;;
		*) arguments_put "$@" ;;
	esac
}

# Cause: why a build failed, in the words of the step that did, and what may have been at fault: a base, a cache, the builder.
# Works in
# SCRATCH, on the BUILD_ variables of build.sh.
# shellcheck shell=sh

# cause_find: LADDER_TEXT gets the words of the failing step. Another place for an image, or a builder that goes again, is
# another source to the ladder: it is tried at once.
cause_find() {
	cause__failing_step "$SCRATCH/output" >"$LADDER_TEXT"
	[ -s "$LADDER_TEXT" ] || history_failing_step >"$LADDER_TEXT"
	if [ -f "$SCRATCH/stalled" ]; then
		cp "$SCRATCH/stalled.why" "$LADDER_TEXT"
		stall_await_others
	fi
	cause__name_layers "$LADDER_TEXT"
	INPUTS_ELSEWHERE=no
	! inputs_blame "$LADDER_TEXT" || INPUTS_ELSEWHERE=yes
	[ "$INPUTS_ELSEWHERE" = yes ] || ! aftermath_blame "$LADDER_TEXT" || INPUTS_ELSEWHERE=yes
	[ ! -f "$SCRATCH/stalled.cache" ] || [ ! -s "$SCRATCH/stalled" ] || cause__do_without_cache
	push_blame "$LADDER_TEXT"
	cause__check_builder
	# First of all, for it is the same builder's turn.
	[ "$INPUTS_ELSEWHERE" = no ] || LADDER_SOURCES="elsewhere-$LADDER_ATTEMPT $LADDER_SOURCES"
}

# A builder holds a fetch of a cached layer that stands still even when nobody waits for it any more, and so every later build
# that would take the layer (BuildKit 0.25): the steps are run again.
cause__do_without_cache() {
	log_warn "the builder holds the fetch of a cached layer that stands still: built again without its cache [degrade]"
	BUILD_FRESH=yes INPUTS_ELSEWHERE=yes
}

# Whether the builder itself is what failed: one that was ended in silence may be stuck, one that went away may be gone, and
# one whose bridge is gone gives no step a network.
cause__check_builder() {
	local hurt
	[ "$(clock_left "$LADDER_DEADLINE")" -gt 1 ] || return 0
	hurt=no
	if [ "$BUILD_STATUS" -eq 124 ]; then
		[ "$INPUTS_ELSEWHERE" = no ] || [ -f "$SCRATCH/stalled.cache" ] || return 0
	elif grep -q 'failed to create endpoint .* on network' "$LADDER_TEXT"; then
		hurt=yes
	else
		grep -q -E 'Cannot connect to the Docker daemon|error reading from server|transport is closing|client connection is closing|failed to list workers' "$LADDER_TEXT" || return 0
	fi
	if recovery_try "$LADDER_DEADLINE" "$hurt"; then
		[ "$RECOVERY_DONE" = no ] || INPUTS_ELSEWHERE=yes
	elif [ "$BUILD_STATUS" -eq 124 ] || [ "$hurt" = yes ] || [ "$BUILD_BUILDER" != current ]; then
		builders_blame "$BUILD_BUILDER" timeout
		INPUTS_ELSEWHERE=no LADDER_SPENT="$LADDER_SPENT $BUILD_BUILDER $LADDER_SOURCE"
	fi
}

# cause__name_layers FILE: of a layer that FILE complains of, the step that fetched it: the step that needed it is another.
cause__name_layers() {
	LC_ALL=C awk '
		FNR == NR { while (match($0, /layer-sha256:[0-9a-f]+/)) { wanted[substr($0, RSTART + 6, RLENGTH - 6)] = 1; $0 = substr($0, RSTART + RLENGTH) } next }
		/^#[0-9]+ \[/ { name[$1] = $0 }
		/^#[0-9]+ sha256:/ && ($2 in wanted) && !told[$1]++ { print name[$1] }
	' "$1" "$BUILD_PROGRESS" >"$SCRATCH/layers"
	cat "$SCRATCH/layers" >>"$1"
}

# BuildKit repeats the failing step between lines of dashes and closes with ERROR; what other steps said is left out.
cause__failing_step() {
	sed -n -e '/^------$/,/^------$/p' -e '/^ERROR: /p' "$1" >"$SCRATCH/fenced"
	if [ -s "$SCRATCH/fenced" ]; then cat "$SCRATCH/fenced"; else tail -n 20 "$1"; fi
}

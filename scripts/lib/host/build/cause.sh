# Cause: why a build failed, and what the next attempt changes: a place, a cache, the builder, woven steps. In SCRATCH.
# shellcheck shell=sh

cause_begin() { lost_data_begin; }

# cause_find STATUS BUILDER PROGRESS: writes the output of the failing step to LADDER_TEXT and completes the finding. If
# something was changed, the same builder is retried at once. ATTEMPT_ENDED stays, whatever else runs here.
cause_find() {
	local ATTEMPT_ENDED
	CAUSE_CHANGED=no CAUSE_OF_STEP=$FINDING_CLASS
	cause__write_text "$LADDER_TEXT" "$3"
	judge_attempt "$1" "$LADDER_TEXT" buildkit ''
	if lost_data_is_named "$LADDER_TEXT"; then
		cause__leave_lost_data "$2" "$LADDER_TEXT" "$3"
	elif urls_blame "$LADDER_TEXT" "$3" || blame_registry "$LADDER_TEXT" "$3"; then
		CAUSE_CHANGED=yes
	elif ! suspects_are_known && aftermath_blame "$LADDER_TEXT"; then
		CAUSE_CHANGED=yes
		# The output is about a lost layer, whatever else it names.
		: >"$LADDER_TEXT"
	fi
	if [ -f "$SCRATCH/stalled.cache" ] && [ -s "$SCRATCH/stalled" ]; then cause__build_without_cache; fi
	push_blame "$LADDER_TEXT"
	[ "$CAUSE_CHANGED" = yes ] || unknown_settle "$LADDER_TEXT"
	cause__check_builder "$1" "$2" "$LADDER_TEXT"
	[ "$CAUSE_CHANGED" = yes ] || cause__weave "$1" "$3" "$LADDER_TEXT"
	[ "$CAUSE_CHANGED" = no ] || finding_retry_at_once
	cause__keep_mistake
}

# cause__weave STATUS PROGRESS FILE: weaves the steps that an upstream, a certificate or a proxy stopped. A woven step
# that has tried its sources itself is not repeated.
cause__weave() {
	if cause__refuses_weaving; then
		"$BUILD_WEAVE" undo 'the builder refused them'
		CAUSE_CHANGED=yes
	elif [ "$FINDING_CODE:$CAUSE_OF_STEP" = 1: ] && weave_lacks_tool "$2" && ladder_has_attempt; then
		"$BUILD_WEAVE" undo 'a woven step called a tool that its image does not have'
		CAUSE_CHANGED=yes
		finding_decide elsewhere
	elif cause__can_weave "$1" "$2" &&
		{ "$BUILD_WEAVE" after "$SCRATCH/output" "$2" "$FINDING_CLASS" || cause__use_next_source "$3" "$2"; }; then
		# A source that named a time is not asked before it.
		[ "$FINDING_CLASS" = rate-limited ] || CAUSE_CHANGED=yes
		[ "$FINDING_VERDICT" != stop ] || finding_decide elsewhere
	elif weave_is_on; then
		[ "$FINDING_CODE" -eq 1 ] || weave_tell_missed "$2" "$SCRATCH/step-events"
		[ -z "$CAUSE_OF_STEP" ] || ! grep -q -x retry "$SCRATCH/step-events" 2>/dev/null || finding_decide stop
	fi
}

# cause__use_next_source FILE PROGRESS: for a woven step in which no tool of the kit has told why it failed.
cause__use_next_source() {
	case $CAUSE_OF_STEP:$FINDING_CLASS in ?*:* | :tls | :proxy) return 1 ;; esac
	weave_is_on && ! weave_hides_variables "$2" || return
	"$BUILD_WEAVE" source "$(weave_failed_upstream "$1" "$2")" "$FINDING_CLASS"
}

# cause__can_weave STATUS PROGRESS: whether a RUN step failed, or was silent, for a reason outside of it.
cause__can_weave() {
	ladder_has_attempt && [ -z "$PUSH_FAILED" ] && [ ! -f "$SCRATCH/stalled" ] || return 1
	[ "$1" -eq 124 ] || suspects_say step || return 1
	case $FINDING_CLASS:$FINDING_VERDICT in
		cache-* | push:* | daemon-* | builder-boot:* | lock-contention:*) return 1 ;;
		tls:*) certificates_are_own ;;
		proxy:*) [ -n "${HTTPS_PROXY:-}${https_proxy:-}${HTTP_PROXY:-}${http_proxy:-}" ] ;;
		dependency-resolution:* | not-found:*) weave_steps_hide_outage "$2" ;;
		*:again | *:elsewhere) ;;
		build-command-failed:* | other:*) weave_steps_hide_outage "$2" || cause__is_quiet_download "$LADDER_TEXT" ;;
		*) return 1 ;;
	esac
}

# cause__is_quiet_download FILE: whether a step printed nothing, and ended with a code of `curl -s` or `wget -q` for a
# failure of the network or an error status.
cause__is_quiet_download() {
	! sed -n '/^------$/,/^------$/p' "$1" | grep -q -v -e '^------$' -e '^ > \[' || return 1
	grep -q -E '^ERROR: .*(curl|wget) .*complete successfully: exit code: ([45678]|18|22|28|35|5[256]|92)$' "$1"
}

# Whether the builder did not accept what a woven step has.
cause__refuses_weaving() {
	weave_is_on && ! suspects_say step || return 1
	grep -q -E "^ERROR: .*(seawall\.(shims|kit|conf|ca|path)|unexpected key|invalid mount)" "$LADDER_TEXT"
}

# A mistake in the Dockerfile or the code keeps its exit code, whatever else failed before.
cause__keep_mistake() {
	case $CAUSE_CHANGED:$FINDING_CLASS in
		no:build-command-failed | no:dockerfile-syntax | no:other) ! suspects_are_none || failures_forget ;;
	esac
}

# cause__leave_lost_data BUILDER FILE PROGRESS
cause__leave_lost_data() {
	finding_set cache-import builder "$1" 0 'the builder has lost data of its cache'
	! lost_data_leave "$2" "$3" || CAUSE_CHANGED=yes
}

# cause__write_text FILE PROGRESS: FILE gets the output of the failing step, or the reason of stall.sh. With rawjson the
# output of buildx has the error, and no text of the step.
cause__write_text() {
	cause__failing_step "$SCRATCH/output" >"$1"
	[ -s "$1" ] && { [ "$2" = "$SCRATCH/output" ] || grep -q -x -e '------' "$1"; } || history_failing_step >>"$1"
	if [ -f "$SCRATCH/stalled" ]; then
		cp "$SCRATCH/stalled.why" "$1"
		stall_await_others
	fi
}

# BuildKit 0.25 keeps the stalled fetch of a cached layer even if no build waits for it any more, and every later build
# that would use the layer joins it: the steps run again instead.
cause__build_without_cache() {
	log_warn "the builder holds a stalled fetch of a cached layer: the next build runs without its cache"
	lost_data_use_no_cache && CAUSE_CHANGED=yes
}

# cause__check_builder STATUS BUILDER FILE: restarts a builder that failed: stuck after a timeout, gone, or without the
# bridge that gives steps a network. One that cannot be restarted is left.
cause__check_builder() {
	local damaged
	[ "$(clock_left "$LADDER_DEADLINE")" -gt 1 ] || return 0
	damaged=no
	if [ "$1" -eq 124 ]; then
		[ "$CAUSE_CHANGED" = no ] || [ -f "$SCRATCH/stalled.cache" ] || return 0
	elif grep -q 'failed to create endpoint .* on network' "$3"; then
		damaged=yes
	else
		cause__names_lost_connection "$3" || return 0
	fi
	if recovery_try "$LADDER_DEADLINE" "$damaged"; then
		[ "$RECOVERY_DONE" = no ] || CAUSE_CHANGED=yes
	elif [ "$1" -eq 124 ] || [ "$damaged" = yes ] || [ "$2" != current ]; then
		builders_blame "$2" timeout
		ladder_leave_source
		CAUSE_CHANGED=no
	fi
}

cause__names_lost_connection() {
	grep -q -E -e 'Cannot connect to the Docker daemon|error reading from server|transport is closing' \
		-e 'client connection is closing|failed to list workers' "$1"
}

# cause__failing_step FILE: BuildKit repeats the failing step between lines of dashes and ends with ERROR; the output of
# other steps is left out.
cause__failing_step() {
	sed -n -e '/^------$/,/^------$/p' -e '/^ERROR: /p' "$1" >"$SCRATCH/fenced"
	if [ -s "$SCRATCH/fenced" ]; then cat "$SCRATCH/fenced"; else tail -n 20 "$1"; fi
}

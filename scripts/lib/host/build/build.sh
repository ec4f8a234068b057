# Room build: How does one build run, why did it fail, and what is reported?
# Face: build_run build_report_* handover_begin
# Build: attempts of `docker buildx build`, the failing step classified, nothing pruned in between.
# Works in SCRATCH.
# shellcheck shell=sh

# build_run ATTEMPTS DOCKERFILE ARGUMENT...: ARGUMENT are buildx's; DOCKERFILE is empty where it cannot be read here.
# Gives 0 or the exit code of the last class; 64 where buildx refuses its arguments, which it tells by 125.
build_run() {
	local attempts status
	attempts=$1 BUILD_FILE=$2
	shift 2
	LADDER_TEXT=$SCRATCH/failing-step LADDER_TOOL=buildkit LADDER_SUBJECT='' LADDER_MOST=$attempts
	status=0 BUILD_STATUS=0 BUILD_BUILDER=${BUILDERS%% *} BUILD_FRESH=no PUSH_FAILED='' BUILD_DEADLINE=''
	build__find_manner
	ladder_climb "$attempts" builder "$BUILDERS" build__once "$@" || status=$?
	[ "$BUILD_STATUS" -ne 125 ] || status=64
	[ "$status" -eq 0 ] || ! grep -q '^ERROR: no builder .* found' "$LADDER_TEXT" 2>/dev/null ||
		die 64 "--builder: wanted a builder or context that buildx knows, saw '$ARGUMENTS_NAMED': see docker buildx ls"
	return "$status"
}

# Sets BUILD_ATTACHED, and BUILD_PROGRESS to the file that has the plain progress: what is kept of the output, else what
# history.sh asks for.
build__find_manner() {
	BUILD_ATTACHED=no BUILD_PROGRESS=$SCRATCH/output
	case $ARGUMENTS_QUIET:$ARGUMENTS_PROGRESS in
		no: | no:auto | no:tty) if [ -t 2 ]; then BUILD_ATTACHED=yes BUILD_PROGRESS=$SCRATCH/progress; fi ;;
		no:plain) ;;
		*) BUILD_PROGRESS=$SCRATCH/progress ;;
	esac
}

# build__once SOURCE ARGUMENT...: images are looked for again before each build but the first.
build__once() {
	local status
	build__enter "$1" || return
	shift
	[ "$LADDER_ATTEMPT" -eq 1 ] || { places_forget && inputs_choose "$BUILD_FILE"; }
	inputs_are_served "$LADDER_TEXT" || return
	build__set_words "$@"
	eval "set -- $BUILD_WORDS"
	build__renew_handover
	status=0
	build__buildx "$@" || status=$?
	step_events_take "$BUILD_PROGRESS" "$HANDOVER_MARK"
	build__keep_metadata
	[ "$status" -ne 0 ] || build__has_result || status=1
	BUILD_STATUS=$status
	[ "$status" -eq 0 ] || {
		cause_find || :
		return "$status"
	}
	aftermath_note_exports "$BUILD_PROGRESS"
	aftermath_count "$BUILD_PROGRESS"
	push_verify "$LADDER_TEXT" "$(clock_left "$LADDER_DEADLINE")"
}

# build__enter SOURCE: another builder, or the same one again (`elsewhere-N`).
build__enter() {
	values_has "$1" "$BUILDERS" && [ "$1" != "$BUILD_BUILDER" ] || return 0
	BUILD_BUILDER=$1
	builders_enter "$1" && return
	printf 'builders: error: builder: builder-boot, tried 1 times: %s would give another result\n' "$1" >"$LADDER_TEXT"
	return 1
}

# build__set_words WORD...: sets BUILD_WORDS to the list of the words of this attempt: those of the caller, and those
# that the kit adds for images, caches, the builder and RUN steps. A `--` of the caller and the words behind it come
# last.
build__set_words() {
	eval "set -- \"\$@\" $IMAGES_WORDS $CACHES_WORDS"
	[ -z "$BUILDER_WITHOUT" ] || { build__leave_out "$@" && eval "set -- $ARGUMENTS_LEFT"; }
	[ -z "$PUSH_FAILED" ] || { push_words "$@" && eval "set -- $PUSH_WORDS"; }
	[ "$BUILD_FRESH" = no ] || set -- "$@" --no-cache
	[ -z "$BUILDER_MORE" ] || set -- "$@" "$BUILDER_MORE"
	list_quote "$@"
	BUILD_WORDS=$LIST_QUOTED$HANDOVER_WORDS
	[ -n "$ARGUMENTS_METADATA" ] || list_add BUILD_WORDS --metadata-file "$SCRATCH/metadata"
	BUILD_WORDS=$BUILD_WORDS$ARGUMENTS_BEHIND
}

# What a builder that stands in cannot do; once for each.
build__leave_out() {
	arguments_leave_out "$BUILDER_WITHOUT" "$@"
	[ -z "$ARGUMENTS_LEFT_OUT" ] || log_warn "builder $BUILD_BUILDER cannot do, so left out:$ARGUMENTS_LEFT_OUT [degrade]"
}

# On a terminal buildx has it for itself; else it streams through, and is kept. What it does is in SCRATCH/output where
# that is its plain progress; else its own history tells.
build__buildx() {
	local status limit
	limit=$(values_min "${SEAWALL_ATTEMPT_TIMEOUT:-$PLAN_LIMIT}" "$(clock_left "$LADDER_DEADLINE")") status=0
	set -- --stdin "$STDIN_INPUT" --export "${SEAWALL_STEP_CONF:+SEAWALL_STEP_CONF}" "$limit" docker buildx build "$@"
	rm -f "$SCRATCH/metadata"
	: >"$SCRATCH/begun"
	history_begin
	stall_begin "$BUILD_PROGRESS" "$(inputs_patience)"
	if [ "$BUILD_ATTACHED" = yes ]; then
		: >"$SCRATCH/output"
		attempt_run "$@" || status=$?
	else
		attempt_capture "$SCRATCH/output" --keep errors "$@" || status=$?
	fi
	stall_end
	history_end "$status" "$HANDOVER_WORDS"
	return "$status"
}

# SCRATCH/metadata, where the caller wants them elsewhere; those of an earlier build say nothing of this one.
build__keep_metadata() {
	[ -z "$ARGUMENTS_METADATA" ] || [ -z "$(find "$ARGUMENTS_METADATA" -newer "$SCRATCH/begun" 2>/dev/null)" ] ||
		cp "$ARGUMENTS_METADATA" "$SCRATCH/metadata" 2>/dev/null || :
}

# Whether there is one, which a wrapper around buildx that ends with 0 does not say: a build that came through has left
# its metadata, one that did not has complained.
build__has_result() { [ -s "$SCRATCH/metadata" ] || ! grep -q '^ERROR: ' "$SCRATCH/output"; }

# Sets BUILD_DEADLINE to the deadline since the epoch. It names the budget of the steps, so it changes only where the
# clock has been set meanwhile.
build__find_deadline() {
	local moment
	moment=$(clock_epoch "$LADDER_DEADLINE")
	[ $((moment - ${BUILD_DEADLINE:=$moment})) -le 5 ] && [ $((BUILD_DEADLINE - moment)) -le 5 ] || BUILD_DEADLINE=$moment
}

# The settings of the steps: one deadline and one budget for all of them, known by the run. What the builds themselves
# have spent of it is taken off; what the steps spend they count in their cache mount.
build__renew_handover() {
	local budget
	budget=$((SEAWALL_BUDGET - $(grep -c -v -x step "$BUDGET_FILE" 2>/dev/null || :)))
	[ "$budget" -ge 0 ] || budget=0
	build__find_deadline
	handover_renew "$BUILD_DEADLINE" "$budget"
}

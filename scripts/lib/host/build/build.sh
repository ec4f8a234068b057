# Room build: How does one build run, why did it fail, and what is reported?
# Face: build_* command_* handover_begin handover_each push_is_failed
# Build: attempts of `docker buildx build`; a failed one is classified by its failing step. Works in SCRATCH.
# shellcheck shell=sh

# Not taken from the environment.
BUILD_COMMAND=build BUILD_CHOOSE=inputs_choose BUILD_ADD=build_words_add BUILD_READ=: BUILD_TELL=: BUILD_WEAVE=weave_do

# build_use COMMAND CHOOSE ADD READ TELL WEAVE: the builds run `docker buildx COMMAND`. Functions: CHOOSE makes the
# image plan of a later attempt, ADD WORD... sets ARGUMENTS_LEFT to the words of an attempt, READ reads its output, TELL
# its failure; WEAVE weaves steps as weave_do does.
build_use() { BUILD_COMMAND=$1 BUILD_CHOOSE=$2 BUILD_ADD=$3 BUILD_READ=$4 BUILD_TELL=$5 BUILD_WEAVE=$6; }

# build_run ATTEMPTS DOCKERFILE ARGUMENT...: ARGUMENTs are those of buildx; DOCKERFILE is empty if it cannot be read
# here. Returns 0 or the exit code of the finding; 64 if buildx rejects its arguments (it exits with 125).
build_run() {
	local attempts status
	attempts=$1 BUILD_FILE=$2
	shift 2
	status=0 BUILD_STATUS=0 BUILD_BUILDER=${BUILDERS%% *} BUILD_DEADLINE=''
	push_begin
	cause_begin
	"$BUILD_WEAVE" begin "$BUILD_FILE" || :
	build__find_manner
	ladder_climb --attempts "$attempts" --tool buildkit "$attempts" builder "$BUILDERS" build__once "$@" || status=$?
	[ "$BUILD_STATUS" -ne 125 ] || status=64
	# A signal, such as SIGPIPE, ended the client.
	[ "$FINDING_CLASS" != other ] || [ "$BUILD_STATUS" -le 128 ] || status=$BUILD_STATUS
	[ "$status" -eq 0 ] || build__check_name
	return "$status"
}

build__check_name() {
	! grep -q '^ERROR: no builder .* found' "$LADDER_TEXT" 2>/dev/null ||
		die 64 "--builder: wanted a builder or context that buildx knows, saw '$ARGUMENTS_NAMED': see docker buildx ls"
}

# Sets BUILD_ATTACHED (buildx writes straight to our terminal) and BUILD_PROGRESS (the file with BuildKit's plain
# progress: our copy of stderr or, without one, the log that history.sh fetches).
build__find_manner() {
	BUILD_ATTACHED=no BUILD_PROGRESS=$SCRATCH/output
	case $ARGUMENTS_QUIET:$ARGUMENTS_PROGRESS in
		no: | no:auto | no:tty) if [ -t 2 ]; then BUILD_ATTACHED=yes BUILD_PROGRESS=$SCRATCH/progress; fi ;;
		no:plain) ;;
		*) BUILD_PROGRESS=$SCRATCH/progress ;;
	esac
}

# build__once SOURCE ARGUMENT...: one attempt with the builder SOURCE.
build__once() {
	build__enter "$1" && build__find_images || return
	! weave_is_on || handover_begin_woven
	shift
	build__with_words "$@"
}

# build__enter SOURCE: switches to another builder.
build__enter() {
	[ "$1" != "$BUILD_BUILDER" ] || return 0
	BUILD_BUILDER=$1
	builders_enter "$1" && return
	finding_set builder-boot builder "$1" 0 'its result would not be the same'
	return 1
}

# The places of the images are looked up again before each build but the first.
build__find_images() {
	[ "$LADDER_ATTEMPT" -eq 1 ] || { images_forget && "$BUILD_CHOOSE" "$BUILD_FILE"; }
	inputs_are_served "$LADDER_TEXT"
}

# build__with_words ARGUMENT...: builds with the caller's arguments and with those that this attempt adds. A `--` of the
# caller, and the words behind it, come last.
build__with_words() {
	"$BUILD_ADD" "$@"
	eval "set -- $ARGUMENTS_LEFT"
	lost_data_allows_cache || set -- "$@" --no-cache
	[ -n "$ARGUMENTS_METADATA$ARGUMENTS_CALL" ] || set -- "$@" --metadata-file "$SCRATCH/metadata"
	[ "$BUILD_COMMAND" != build ] || eval "set -- \"\$@\" $HANDOVER_WORDS"
	eval "set -- \"\$@\" $ARGUMENTS_BEHIND"
	build__run "$@"
}

# build__run ARGUMENT...: runs buildx, and finds the cause if it fails. A good result must be in its registry, too.
build__run() {
	build__renew_handover
	BUILD_STATUS=0
	build__buildx "$@" || BUILD_STATUS=$?
	"$BUILD_READ"
	step_events_take "$BUILD_PROGRESS" "$HANDOVER_MARK"
	build__keep_metadata
	[ "$BUILD_STATUS" -ne 0 ] || build__has_result || BUILD_STATUS=1
	if [ "$BUILD_STATUS" -ne 0 ]; then
		cause_find "$BUILD_STATUS" "$BUILD_BUILDER" "$BUILD_PROGRESS" || :
		"$BUILD_TELL"
		return "$BUILD_STATUS"
	fi
	view_note_success
	aftermath_note_exports "$BUILD_PROGRESS"
	aftermath_count "$BUILD_PROGRESS"
	push_verify "$(clock_left "$LADDER_DEADLINE")"
}

# On a terminal buildx draws directly; otherwise its output streams through and SCRATCH/output is a copy.
build__buildx() {
	local status limit
	limit=$(values_min "${SEAWALL_ATTEMPT_TIMEOUT:-$PLAN_LIMIT}" "$(clock_left "$LADDER_DEADLINE")") status=0
	set -- docker buildx "$BUILD_COMMAND" "$@"
	# The file of the kit needs no provenance, which would cost the builder a question.
	[ -n "$ARGUMENTS_METADATA" ] || set -- env BUILDX_METADATA_PROVENANCE=disabled "$@"
	set -- --stdin "$STDIN_INPUT" --export "${SEAWALL_STEP_CONF:+SEAWALL_STEP_CONF}" "$limit" "$@"
	rm -f "$SCRATCH/metadata"
	: >"$SCRATCH/begun"
	history_begin "$BUILD_PROGRESS"
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

# Copies the metadata of this build to SCRATCH/metadata if the caller wants them in another file.
build__keep_metadata() {
	[ -z "$ARGUMENTS_METADATA" ] || [ -z "$(find "$ARGUMENTS_METADATA" -newer "$SCRATCH/begun" 2>/dev/null)" ] ||
		cp "$ARGUMENTS_METADATA" "$SCRATCH/metadata" 2>/dev/null || :
}

# Exit code 0 is not enough (a wrapper may lose it): a good build wrote metadata, a failed one printed ERROR.
build__has_result() { [ -s "$SCRATCH/metadata" ] || ! grep -q '^ERROR: ' "$SCRATCH/output"; }

# Sets BUILD_DEADLINE to the deadline in epoch seconds. It names the budget of the steps, so it changes only if the
# clock was set meanwhile.
build__find_deadline() {
	local moment
	moment=$(clock_epoch "$LADDER_DEADLINE")
	: "${BUILD_DEADLINE:=$moment}"
	[ $((moment - BUILD_DEADLINE)) -le 5 ] && [ $((BUILD_DEADLINE - moment)) -le 5 ] || BUILD_DEADLINE=$moment
}

# The steps get one deadline and one budget, identified by the run: the budget without the retries that the builds have
# spent. Retries of the steps are counted in their cache mount.
build__renew_handover() {
	build__find_deadline
	handover_renew "$BUILD_DEADLINE" "$(budget_left_for_steps)"
}

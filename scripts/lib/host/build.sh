# Build: attempts of `docker buildx build`, the failing step classified, nothing pruned in between.
# Needs log.sh, settings.sh, clock.sh, attempt.sh, events.sh, state.sh, budget.sh, ladder.sh, inputs.sh, caches.sh,
# stall.sh and history.sh. Works in SCRATCH.
# shellcheck shell=sh

# build_run ATTEMPTS DOCKERFILE ARGUMENT...: ARGUMENT are buildx's; DOCKERFILE is empty where it cannot be read here. Gives
# 0 or the exit code of the last class; 64 where buildx refuses its arguments, which it tells by 125.
build_run() {
	local attempts status
	attempts=$1 BUILD_FILE=$2
	shift 2
	LADDER_TEXT=$SCRATCH/failing-step LADDER_TOOL=buildkit LADDER_SUBJECT='' LADDER_MOST=$attempts
	status=0 BUILD_STATUS=0
	build__find_manner
	ladder_climb "$attempts" builder current build__once "$@" || status=$?
	[ "$BUILD_STATUS" -ne 125 ] || status=64
	return "$status"
}

# Sets BUILD_ATTACHED, and BUILD_PROGRESS to the file that has the plain progress: what is kept of the output, else what
# history.sh asks for.
build__find_manner() {
	BUILD_ATTACHED=no BUILD_PROGRESS=$SCRATCH/output
	case $BUILDX_QUIET:$BUILDX_PROGRESS in
		no: | no:auto | no:tty) if [ -t 2 ]; then BUILD_ATTACHED=yes BUILD_PROGRESS=$SCRATCH/progress; fi ;;
		no:plain) ;;
		*) BUILD_PROGRESS=$SCRATCH/progress ;;
	esac
}

# build__once SOURCE ARGUMENT...: images are looked for again before each build but the first.
build__once() {
	local status word
	shift
	[ "$LADDER_ATTEMPT" -eq 1 ] || { places_forget && inputs_choose "$BUILD_FILE"; }
	inputs_are_served "$LADDER_TEXT" || return
	while IFS= read -r word; do set -- "$@" "$word"; done <"$SCRATCH/contexts"
	while IFS= read -r word; do set -- "$@" "$word"; done <"$SCRATCH/caches"
	while IFS= read -r word; do set -- "$@" "$word"; done <"$SCRATCH/secrets"
	[ -n "$BUILDX_METADATA" ] || set -- "$@" --metadata-file "$SCRATCH/metadata"
	build__write_settings
	status=0
	build__buildx "$@" || status=$?
	BUILD_STATUS=$status
	build__read_output "$BUILD_PROGRESS"
	[ -z "$BUILDX_METADATA" ] || cp "$BUILDX_METADATA" "$SCRATCH/metadata" 2>/dev/null || :
	if [ "$status" -eq 0 ]; then caches_note_exports "$BUILD_PROGRESS"; else build__find_cause; fi
	return "$status"
}

# On a terminal buildx has it for itself; else it streams through, and is kept. What it does is in SCRATCH/output where that
# is its plain progress; else its own history tells.
build__buildx() {
	local status limit
	limit=$(clock_least "${SEAWALL_ATTEMPT_TIMEOUT:-2400}" "$(clock_left "$LADDER_DEADLINE")") status=0
	set -- "$limit" docker buildx build "$@"
	history_begin
	stall_begin "$BUILD_PROGRESS" "$(inputs_patience)"
	if [ "$BUILD_ATTACHED" = yes ]; then
		: >"$SCRATCH/output"
		attempt_run "$@" || status=$?
	else
		ATTEMPT_KEEPS=errors
		attempt_capture "$SCRATCH/output" "$@" || status=$?
	fi
	stall_end
	history_end "$status"
	return "$status"
}

# Another place for an image is another source to the ladder: it is tried at once.
build__find_cause() {
	build__failing_step "$SCRATCH/output" >"$LADDER_TEXT"
	[ -s "$LADDER_TEXT" ] || history_failing_step >"$LADDER_TEXT"
	if [ -f "$SCRATCH/stalled" ]; then
		cp "$SCRATCH/stalled.why" "$LADDER_TEXT"
		stall_await_others
	fi
	build__name_layers "$LADDER_TEXT"
	inputs_blame "$LADDER_TEXT"
	[ "$INPUTS_ELSEWHERE" = yes ] || ! caches_blame "$LADDER_TEXT" || INPUTS_ELSEWHERE=yes
	[ "$INPUTS_ELSEWHERE" = no ] || LADDER_SOURCES="$LADDER_SOURCES elsewhere-$LADDER_ATTEMPT"
}

# build__name_layers FILE: of a layer that FILE complains of, the step that fetched it: the step that needed it is another.
build__name_layers() {
	LC_ALL=C awk '
		FNR == NR { while (match($0, /layer-sha256:[0-9a-f]+/)) { wanted[substr($0, RSTART + 6, RLENGTH - 6)] = 1; $0 = substr($0, RSTART + RLENGTH) } next }
		/^#[0-9]+ \[/ { name[$1] = $0 }
		/^#[0-9]+ sha256:/ && ($2 in wanted) && !told[$1]++ { print name[$1] }
	' "$1" "$BUILD_PROGRESS" >"$SCRATCH/layers"
	cat "$SCRATCH/layers" >>"$1"
}

# The settings of the steps: one deadline and one budget for all of them, known by the run. What the builds themselves
# have spent of it is taken off; what the steps spend they count in their cache mount.
build__write_settings() {
	(
		SEAWALL_DEADLINE=@$LADDER_DEADLINE
		SEAWALL_BUDGET=$((SEAWALL_BUDGET - $(grep -c -v -x step "$BUDGET_FILE" 2>/dev/null || :)))
		[ "$SEAWALL_BUDGET" -ge 0 ] || SEAWALL_BUDGET=0
		settings_print_step
	) >"$SCRATCH/seawall.conf"
}

# build__read_output FILE: keeps the events of the steps, and counts what they have spent.
build__read_output() {
	events_gather "$1"
	LC_ALL=C sed -n "/$EVENTS_MARK.*\"event\":\"attempt\".*\"attempt\":\([2-9]\|1[0-9]\)/s/.*/step/p" "$1" >>"$BUDGET_FILE"
}

# BuildKit repeats the failing step between lines of dashes and closes with ERROR; what other steps said is left out.
build__failing_step() {
	sed -n -e '/^------$/,/^------$/p' -e '/^ERROR: /p' "$1" >"$SCRATCH/fenced"
	if [ -s "$SCRATCH/fenced" ]; then cat "$SCRATCH/fenced"; else tail -n 20 "$1"; fi
}

# build_secrets: the options that hand settings, certificates and proxies to the steps; none is in a cache key or an image.
build_secrets() {
	local name
	printf -- '--secret\nid=seawall.conf,src=%s\n' "$SCRATCH/seawall.conf"
	[ -z "$TRUST_HOST" ] || printf -- '--secret\nid=seawall.ca,src=%s\n' "$TRUST_HOST"
	for name in HTTP_PROXY HTTPS_PROXY NO_PROXY http_proxy https_proxy no_proxy; do
		eval "[ -z \"\${$name:-}\" ]" || printf -- '--build-arg\n%s\n' "$name"
	done
}

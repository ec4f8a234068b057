# Build: one image of the Dockerfile with bounded attempts, the failing step classified, nothing pruned in between.
# Needs log.sh, settings.sh, clock.sh, attempt.sh, events.sh, state.sh, budget.sh, ladder.sh. Works in SCRATCH; BUILD_LOG:
# the file that keeps all output.
# shellcheck shell=sh

# build_image ATTEMPTS TAG ARGUMENT...: ARGUMENT are buildx's, context included. Gives 0 or the exit code of the last class.
build_image() {
	local attempts
	attempts=$1
	BUILD_TAG=$2 LADDER_SUBJECT=${2##*/}
	shift 2
	LADDER_TEXT=$SCRATCH/failing-step LADDER_TOOL=buildkit
	ladder_climb "$attempts" builder current build__once "$@"
}

build__once() {
	local status
	shift
	status=0
	build__write_settings
	attempt_run "$(clock_least "${SEAWALL_ATTEMPT_TIMEOUT:-2400}" "$(clock_left "$LADDER_DEADLINE")")" \
		docker buildx build --progress plain --load --provenance=false --tag "$BUILD_TAG" "$@" >"$SCRATCH/output" 2>&1 || status=$?
	cat "$SCRATCH/output" >>"$BUILD_LOG"
	events_gather "$SCRATCH/output"
	build__count_retries "$SCRATCH/output"
	[ "$status" -eq 0 ] || build__failing_step "$SCRATCH/output" >"$LADDER_TEXT"
	return "$status"
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

# build__count_retries FILE: what the steps have spent, by their events.
build__count_retries() {
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
	[ -z "$BUILD_TRUST" ] || printf -- '--secret\nid=seawall.ca,src=%s\n' "$BUILD_TRUST"
	for name in HTTP_PROXY HTTPS_PROXY NO_PROXY http_proxy https_proxy no_proxy; do
		eval "[ -z \"\${$name:-}\" ]" || printf -- '--build-arg\n%s\n' "$name"
	done
}

# build_find_trust: sets BUILD_TRUST to SEAWALL_CA_BUNDLE, else to what this host itself trusts.
build_find_trust() {
	BUILD_TRUST=${SEAWALL_CA_BUNDLE:-${SSL_CERT_FILE:-}}
	[ -r "${BUILD_TRUST:-/}" ] && [ -f "$BUILD_TRUST" ] || BUILD_TRUST=$(trust_find_store)
}

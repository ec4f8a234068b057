# Smoke test: the services run together on a network and a volume of this run, get real requests, and end on SIGTERM.
# Works in SCRATCH. Names begin with seawall-RUN, labels say seawall.run=RUN.
# shellcheck shell=sh

# smoke_run CLIENT_IMAGE SECONDS SERVICE=IMAGE...: findings on stdout, false when there are any.
smoke_run() {
	smoke__all "$@" >"$SCRATCH/smoke-findings" || printf 'the containers could not be started, see above\n' >>"$SCRATCH/smoke-findings"
	cat "$SCRATCH/smoke-findings"
	[ ! -s "$SCRATCH/smoke-findings" ]
}

smoke__all() {
	local client seconds pair targets
	client=$1 seconds=$2 targets=
	shift 2
	docker network create --label "seawall.run=$SEAWALL_RUN" "seawall-$SEAWALL_RUN" >/dev/null &&
		docker volume create --label "seawall.run=$SEAWALL_RUN" "seawall-$SEAWALL_RUN" >/dev/null || return
	for pair in "$@"; do
		smoke__start "${pair%%=*}" "${pair#*=}" || return
		targets="$targets ${pair%%=*}=${pair%%=*}:8080"
	done
	# shellcheck disable=SC2086 # a list of targets
	attempt_run $((seconds + 30)) docker run --rm --network "seawall-$SEAWALL_RUN" --label "seawall.run=$SEAWALL_RUN" --name "seawall-$SEAWALL_RUN-client" \
		"$client" --deadline "$seconds" $targets >"$SCRATCH/smoke" 2>&1 || smoke__explain "$@"
	for pair in "$@"; do smoke__stop "${pair%%=*}"; done
}

smoke__start() {
	docker run --detach --network "seawall-$SEAWALL_RUN" --network-alias "$1" --label "seawall.run=$SEAWALL_RUN" \
		--name "seawall-$SEAWALL_RUN-$1" --volume "seawall-$SEAWALL_RUN:/var/lib/intents" "$2" >/dev/null
}

# What the client saw, and of each container that is not running why.
smoke__explain() {
	local pair state
	grep -v '^ok' "$SCRATCH/smoke" || printf 'the client of the smoke test failed and said nothing\n'
	for pair in "$@"; do
		state=$(docker inspect --format '{{.State.Status}} {{.State.ExitCode}}' "seawall-$SEAWALL_RUN-${pair%%=*}")
		[ "${state% *}" = running ] || printf '%s: wanted it running, saw %s: %s\n' "${pair%%=*}" "$state" \
			"$(docker logs "seawall-$SEAWALL_RUN-${pair%%=*}" 2>&1 | tail -n 1)"
	done
}

# SIGTERM must be enough: after ten seconds docker kills, which shows as 137.
smoke__stop() {
	local code
	docker stop --time 10 "seawall-$SEAWALL_RUN-$1" >/dev/null
	code=$(docker inspect --format '{{.State.ExitCode}}' "seawall-$SEAWALL_RUN-$1")
	[ "$code" -eq 0 ] || printf '%s: wanted SIGTERM to end it with 0 within 10 s, saw %s\n' "$1" "$code"
}

# Smoke: runs the services together on a network and a volume of this run, sends real requests, and ends them by
# SIGTERM. Works in SCRATCH. Names begin with seawall-RUN, labels are seawall.run=RUN.
# shellcheck shell=sh

# smoke_run CLIENT_IMAGE SECONDS SERVICE=IMAGE...: prints findings, one a line; returns 1 if there are any. SECONDS is
# the time limit for the services to answer. SCRATCH/smoke has the client's output.
smoke_run() {
	smoke__all "$@" >"$SCRATCH/smoke-findings" ||
		printf 'wanted to start the containers, could not: see the message above\n' >>"$SCRATCH/smoke-findings"
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
	attempt_run $((seconds + 30)) docker run --rm --network "seawall-$SEAWALL_RUN" \
		--label "seawall.run=$SEAWALL_RUN" --name "seawall-$SEAWALL_RUN-client" \
		"$client" --deadline "$seconds" $targets >"$SCRATCH/smoke" 2>&1 || smoke__explain "$@"
	for pair in "$@"; do smoke__stop "${pair%%=*}"; done
}

# smoke__start SERVICE IMAGE
smoke__start() {
	docker run --detach --network "seawall-$SEAWALL_RUN" --network-alias "$1" --label "seawall.run=$SEAWALL_RUN" \
		--name "seawall-$SEAWALL_RUN-$1" --volume "seawall-$SEAWALL_RUN:/var/lib/intents" "$2" >/dev/null
}

# smoke__explain SERVICE=IMAGE...: prints the client's findings, and state and last line of each container that has
# ended.
smoke__explain() {
	local pair state
	grep -v '^ok' "$SCRATCH/smoke" || printf 'the client of the smoke test failed without a message\n'
	for pair in "$@"; do
		state=$(docker inspect --format '{{.State.Status}} {{.State.ExitCode}}' "seawall-$SEAWALL_RUN-${pair%%=*}")
		[ "${state% *}" = running ] || printf '%s: wanted a running container, saw %s: %s\n' "${pair%%=*}" "$state" \
			"$(docker logs "seawall-$SEAWALL_RUN-${pair%%=*}" 2>&1 | tail -n 1)"
	done
}

# smoke__stop SERVICE: the service must end on SIGTERM; after ten seconds docker kills it, which shows as 137.
smoke__stop() {
	local code
	docker stop --time 10 "seawall-$SEAWALL_RUN-$1" >/dev/null
	code=$(docker inspect --format '{{.State.ExitCode}}' "seawall-$SEAWALL_RUN-$1")
	[ "$code" -eq 0 ] || printf '%s: wanted exit code 0 within 10 s of SIGTERM, saw %s\n' "$1" "$code"
}

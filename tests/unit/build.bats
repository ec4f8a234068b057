#!/usr/bin/env bats
# scripts/lib/host/build.sh: the failing step is what is classified; secrets and proxies travel unseen.

load helpers

BUILD='
for module in log exit settings clock process json events attempt transcript classify trust; do . "$LIB/$module.sh"; done
for module in backoff retry-after state state-files budget breaker judge ladder watch host/inputs host/caches host/cache-failures host/cache-hits host/engine-reads host/silence host/stall host/history host/buildx host/builder host/builders host/recovery host/push host/cause host/build; do . "$LIB/$module.sh"; done
LOG_NAME=build SEAWALL_BUDGET=10 SEAWALL_RUN=r1 SEAWALL_DEADLINE=60
ladder_begin
ladder__wait() { :; }
PLAN_LIMIT=2400 BUILDERS=current BUILDX_PUSHES=no BUILDX_TAGS= BUILDER_WITHOUT= BUILDER_MORE= INPUTS= IMAGES_UNSERVED= BUILDX_METADATA=m BUILDX_QUIET=no BUILDX_PROGRESS=plain SEAWALL_SILENCE=60 SEAWALL_MIN_SPEED=1024
: >"$SCRATCH/contexts" && : >"$SCRATCH/caches" && : >"$SCRATCH/secrets"
places_forget() { :; }
inputs_choose() { :; }
'

# The folder has a fake docker, which prints the file log and fails while the file failures has lines; else it leaves metadata,
# unless the file liar is there. With a file silent it asks for its end, once.
setup() {
	cd "$BATS_TEST_TMPDIR"
	mkdir bin scratch
	cat >bin/docker <<-'FAKE'
		#!/bin/sh
		printf '%s\n' "$*" >>asked
		cat log >&2
		[ ! -f silent ] || { rm silent && echo 'silent for 4 s' >scratch/ended.ask && exec sleep 9; }
		[ -s failures ] || [ -f liar ] || printf '{}\n' >m
		[ -s failures ] || exit 0
		sed -i 1d failures
		exit 1
	FAKE
	chmod +x bin/docker
	fails 'undefined: helo'
}

# fails MESSAGE: what the log says of the step that failed, after another that had trouble and came through.
fails() {
	cat >log <<-LOG
		#5 [go-deps 4/4] RUN make
		#5 0.1 connection refused, trying again
		#5 0.9 ok
		#6 [x 1/1] RUN false
		#6 ERROR: process "/bin/sh -c false" did not complete successfully: exit code: 1
		------
		 > [x 1/1] RUN false:
		0.100 $1
		------
		ERROR: failed to build: failed to solve: process "/bin/sh -c false" did not complete successfully: exit code: 1
	LOG
}

# build TIMES SCRIPT [-e NAME=VALUE]...: where docker fails so many times.
build() {
	local times=$1 script=$2
	shift 2
	printf '%.*s' "$((times * 2))" $'1\n2\n3\n' >failures
	snippet -e "PATH=$PWD/bin:/usr/local/bin:/usr/bin:/bin" -e "SCRATCH=$PWD/scratch" \
		-e "SEAWALL_EVENTS=$PWD/events" "$@" "$BUILD$script"
}

@test "permanent failure is one attempt" {
	build 3 'build_run 3 '' . || printf "%s %s\n" "$?" "$LADDER_CLASS"'
	ended 0 $'1 build-command-failed\n'
	same 1 "$(grep -c . asked)" attempts
	grep -q 'undefined: helo' scratch/failing-step
	[[ $(<scratch/failing-step) != *'connection refused'* ]]
}

@test "transient failure is tried again and passes" {
	fails 'dial tcp 192.0.2.1:443: i/o timeout'
	build 1 'build_run 3 '' . && printf "%s\n" "$LADDER_ATTEMPT"'
	ended 0 $'2\n'
	same 2 "$(grep -c . asked)" attempts
}

@test "ERROR without a result is a failure whatever the exit code" {
	: >liar
	printf '{}\n' >m # of an earlier build
	build 0 'build_run 3 '' . || printf "%s %s\n" "$?" "$LADDER_CLASS"'
	ended 0 $'1 build-command-failed\n'
}

@test "what was ended in silence is tried again, whatever buildx says of its end" {
	: >silent
	fails 'Canceled: context canceled'
	build 0 'build_run 3 '' . && printf "%s\n" "$LADDER_ATTEMPT"'
	ended 0 $'2\n'
	grep -q '"class":"timeout"' events
}

@test "same failure twice ends it" {
	fails 'dial tcp 192.0.2.1:443: i/o timeout'
	build 3 'build_run 3 '' . || printf "%s\n" "$?"'
	ended 0 $'75\n'
	same 2 "$(grep -c . asked)" attempts
}

@test "events of steps are gathered" {
	event='{"ts":"2026-01-01T00:00:00Z","run":"r1","event":"wait","level":"info","wait_s":1}'
	printf '#7 1.234 seawall-event: %s\n' "$event" >log
	build 0 'build_run 1 '' .'
	ended 0
	grep -qF "$event" events
}

@test "settings, certificates and proxies are secrets or names" {
	build 0 build_secrets -e TRUST_HOST=/ca.pem -e HTTPS_PROXY=http://user:secret@proxy:1
	ended 0 "$(printf '%s\n' --secret "id=seawall.conf,src=$PWD/scratch/seawall.conf" --secret id=seawall.ca,src=/ca.pem --build-arg HTTPS_PROXY)"$'\n'
}

@test "steps get deadline, run and what is left of the budget" {
	fails 'dial tcp 192.0.2.1:443: i/o timeout'
	build 0 'build_run 3 '' .; cp "$SCRATCH/seawall.conf" first' -e SEAWALL_RUN=r2
	grep -qx SEAWALL_BUDGET=10 first
	build 1 'build_run 3 '' .; printf "%s\n" "$BUILD_DEADLINE" >moment' -e SEAWALL_GO_PROXIES=https://a.example.org
	ended 0
	grep -qx 'SEAWALL_GO_PROXIES=https://a.example.org' scratch/seawall.conf
	grep -qx SEAWALL_RUN=r1 scratch/seawall.conf
	grep -qx "SEAWALL_DEADLINE=@$(<moment)" scratch/seawall.conf
	grep -qx SEAWALL_BUDGET=9 scratch/seawall.conf
}

@test "retries of a step count for the build" {
	retry() { printf '#7 1.234 seawall-event: {"ts":"2026-01-01T00:00:00Z","run":"r1","event":"attempt","level":"info","attempt":%s,"exit":0}\n' "$1"; }
	{ retry 1 && retry 2 && retry 11; } >log
	build 0 'build_run 1 '' . && budget_spent'
	ended 0 $'2\n'
}

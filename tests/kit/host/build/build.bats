#!/usr/bin/env bats
# bats file_tags=waits
# scripts/lib/host/build/build.sh: the failing step is what is classified; what steps are handed travels unseen.

load ../../helpers

BUILD='
. "$LIB/load.sh"; load base attempt verdict ladder host/machine host/registry host/call host/bases host/images host/caches host/weave host/builders host/progress host/build
LOG_NAME=build SEAWALL_BUDGET=10 SEAWALL_RUN=r1 SEAWALL_DEADLINE=60
ladder_begin
ladder__wait() { :; }
PLAN_LIMIT=2400 BUILDERS=current ARGUMENTS_PUSHES=no ARGUMENTS_TAGS= BUILDER_WITHOUT= BUILDER_MORE= ARGUMENTS_METADATA=m ARGUMENTS_CALL= ARGUMENTS_SECRETS= ARGUMENTS_QUIET=no ARGUMENTS_PROGRESS=plain SEAWALL_SILENCE=60 SEAWALL_MIN_SPEED=1024 SEAWALL_STEP_SOURCES=plain SEAWALL_WEAVE=off
HANDOVER_LINES=
IMAGES_WORDS= CACHES_WORDS= HANDOVER_WORDS= ARGUMENTS_BEHIND=
images_forget() { :; }
builder_socket() { return 1; }
inputs_choose() { :; }
'
HAND='printf "secret\tseawall.conf\n" >"$SCRATCH/sources"; handover_begin; '

# The folder has a fake docker, which prints the file log and fails while the file failures has lines; else it leaves metadata,
# unless the file liar is there. With a file silent it asks for its end, once.
setup() {
	cd "$BATS_TEST_TMPDIR"
	mkdir bin scratch
	cat >bin/docker <<-'FAKE'
		#!/bin/sh
		printf '%s\n' "$*" >>asked
		printf '%s' "${SEAWALL_STEP_CONF:-}" >>handed
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
	build 3 'build_run 3 '' . || printf "%s %s\n" "$?" "$FINDING_CLASS"'
	ended 0 $'1 build-command-failed\n'
	same 1 "$(grep -c . asked)" attempts
	grep -q 'undefined: helo' scratch/failure
	[[ $(<scratch/failure) != *'connection refused'* ]]
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
	build 0 'build_run 3 '' . || printf "%s %s\n" "$?" "$FINDING_CLASS"'
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

@test "settings reach buildx alone, by its environment" {
	build 0 "$HAND"'build_run 1 '' .; env >after' -e SEAWALL_GO_PROXIES=https://a.example.org
	ended 0
	grep -q -- '--secret id=seawall.conf,env=SEAWALL_STEP_CONF' asked
	grep -qx 'SEAWALL_GO_PROXIES=https://a.example.org' handed
	[ "$(grep -c STEP_CONF after)" -eq 0 ]
	[[ $(<asked) != *a.example.org* ]]
	same '' "$(grep -r -l a.example.org scratch || :)" 'files with the setting'
}

@test "steps get deadline, run and what is left of the budget, and a mark that is new for each attempt" {
	fails 'dial tcp 192.0.2.1:443: i/o timeout'
	build 1 "$HAND"'build_run 3 '' .; printf "%s\n" "$BUILD_DEADLINE" >moment'
	ended 0
	grep -qx SEAWALL_RUN=r1 handed
	same 2 "$(grep -cx "SEAWALL_DEADLINE=@$(<moment)" handed)" deadlines
	same $'SEAWALL_BUDGET=10\nSEAWALL_BUDGET=9' "$(grep BUDGET handed)" budgets
	same 2 "$(grep -x '#seawall mark [0-9a-f]\{32\}' handed | sort -u | wc -l)" marks
}

@test "events of steps are gathered by the mark of their attempt, and their retries count for the build" {
	retry() { printf '#7 1.234 seawall-event: MARK {"ts":"2026-01-01T00:00:00Z","run":"r","event":"attempt","level":"info","attempt":%s,"exit":0}\n' "$1"; }
	{ retry 1 && retry 2 && retry 11 && retry 3 | sed 's/MARK //'; } >log
	sed -i 's/^cat log/sed "s,MARK,$(printf "%s" "$SEAWALL_STEP_CONF" | sed -n "s,#seawall mark ,,p")," log/' bin/docker
	build 0 "$HAND"'build_run 1 '' . && budget_spent'
	ended 0 $'2\n'
	same 3 "$(grep -c '"step":"#7"' events)" events
}

@test "class of a step that gave up is the one in its last event, not its prose" {
	fails 'python-packages: error: pypi: auth, tried 4 times: not allowed'
	sed -i -e 's/exit code: 1$/exit code: 75/' -e '/^#6 \[/a #6 0.2 seawall-event: MARK {"ts":"2026-01-01T00:00:00Z","run":"r","event":"failure","level":"error","upstream":"pypi","source":"default","attempt":4,"class":"http-5xx","verdict":"elsewhere","exit":75}' log
	sed -i 's/^cat log/sed "s,MARK,$(printf "%s" "$SEAWALL_STEP_CONF" | sed -n "s,#seawall mark ,,p")," log/' bin/docker
	build 3 "$HAND"'build_run 3 '' . || printf "%s %s\n" "$?" "$FINDING_CLASS"'
	ended 0 $'75 http-5xx\n'
	same 2 "$(grep -c . asked)" attempts
	[[ $ERR == *'builder current: http-5xx of pypi default'* ]]
	same 'current current ' "$(sed -n 's/.*"upstream":"builder","source":"\([^"]*\)".*/\1/p' events | tr '\n' ' ')" sources
}

@test "another place for an image is the same builder again, at once" {
	fails 'dial tcp 192.0.2.1:443: i/o timeout'
	build 1 'blame_registry() { :; }; ladder__wait() { printf "waits\n"; }; build_run 3 '' .'
	ended 0 ''
	same 'at-once done ' "$(sed -n 's/.*"source":"current".*"verdict":"\([^"]*\)".*/\1/p' events | tr '\n' ' ')" verdicts
}

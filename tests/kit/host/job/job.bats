#!/usr/bin/env bats
# scripts/lib/host/job/job.sh, prerequisites.sh and engine.sh: the order of the main job's steps and what each of them tells.

load ../../helpers

JOB='
. "$LIB/load.sh"; load base attempt verdict ladder host/machine host/registry host/call host/bases host/images host/engine host/upkeep host/job
LOG_NAME=job SEAWALL_RUN=r1
'

setup() { cd "$BATS_TEST_TMPDIR"; }

# with SCRIPT [-e NAME=VALUE]...
with() { snippet -e "SEAWALL_STATE=$PWD" -e "SCRATCH=$PWD" "${@:2}" "$JOB$1"; }

# in_one_line CODE WORDS: how the last snippet ended.
in_one_line() {
	ended "$1"
	[[ $ERR == *"$2"* && $ERR == ?*$'\n' && $ERR != *$'\n'?* ]]
}

# checked yes|no DETAIL: whether there is a client yet.
checked() {
	with '
		engine_find() { ENGINE_KIND=own; printf "engine "; }
		run_report_prepare() { printf "report "; }
		prerequisites__check_disk() { printf "disk "; }
		disk_free_mb() { printf 9; }
		prerequisites__check_folders() { printf "folders "; }
		engine_has_client() { [ "$CLIENT" = yes ]; }
		hedge_probe() { :; }; picks_count() { printf "1\n"; }
		prerequisites_check folder one two; printf "%s\n" "$PHASE_DETAIL"
	' -e "CLIENT=$1"
	ended 0 "engine report disk folders $2"$'\n'
}

@test "prerequisites ask in order and tell what they saw: a client" {
	checked yes 'engine own, 9 MB free, registries answer for 1 of 2 images'
}
@test "prerequisites ask in order and tell what they saw: no client" { checked no 'engine own, 9 MB free'; }

@test "events file that cannot be written is 73" {
	with prerequisites__check_folders -e "SEAWALL_EVENTS=$PWD/absent/events"
	in_one_line 73 absent/events
}

@test "too little room is 73 before anything is made" {
	with '
		df() { printf "Filesystem 1024-blocks Used Available Capacity Mounted\n/dev/x 9 9 20000 99%% /\n"; } # fake: 20 MB
		SEAWALL_STATE=$SEAWALL_STATE/state; prerequisites__check_disk
	'
	in_one_line 73 'wanted 3000 MB free'
	[ ! -e state ]
}

# refused VERSION yes|no WORDS: an engine of this version, with or without buildx.
refused() {
	with '
		attempt_run() { :; }
		docker() { case $1 in version) printf "%s\n" "$FAKE_VERSION" ;; *) [ "$FAKE_BUILDX" = yes ] ;; esac; }
		engine_find
	' -e "FAKE_VERSION=$1" -e "FAKE_BUILDX=$2"
	in_one_line 71 "$3"
}

@test "engine that does not do is 71: old" { refused 23.0.6 yes 'wanted Docker 24 or newer, saw 23.0.6'; }
@test "engine that does not do is 71: no buildx" { refused 28.5.2 no 'wanted the buildx plugin'; }

# wants SERVICES IMAGE...
wants() {
	printf 'ARG %s\n' GO_BUILDER_IMAGE=golang:1 PYTHON_BUILDER_IMAGE=python:3 PYTHON_RUNTIME_IMAGE=python-slim:3 >Dockerfile
	with '
		services_kinds() {
			case $1 in *conductor*) printf "static\n" ;; esac
			case $1 in *rag*) printf "python\n" ;; esac
		}
		cd "$SEAWALL_STATE"; job_images $SERVICES
	' -e "SERVICES=$1"
	ended 0
	same "$(printf '%s\n' "${@:2}")" "$(sort <<<"${OUT%$'\n'}")" images
}

@test "job wants only the bases of the chosen services: go" { wants conductor-loop golang:1 python-slim:3; }
@test "job wants only the bases of the chosen services: python" { wants rag-api python-slim:3 python:3; }
@test "job wants only the bases of the chosen services: both" {
	wants 'conductor-loop rag-api' golang:1 python-slim:3 python:3
}

# built CODE REPORT OUTPUT: a build of the job whose docker-build.sh ends with CODE, writes REPORT and prints OUTPUT.
built() {
	mkdir -p kit/lib scratch
	cat >kit/docker-build.sh <<-FAKE
		#!/bin/sh
		printf '%s ' "\$SEAWALL_RUN" "\$SEAWALL_DEADLINE" "\$@" >asked
		[ -z '$2' ] || printf '%s\n' '$2' >"\$4"
		printf '%s\n' '$3'
		exit $1
	FAKE
	chmod +x kit/docker-build.sh
	ln -sfn "$LIB/verdict" "$LIB/base" kit/lib
	with 'clock_epoch() { printf "%s\n" "$1"; }
		SEAWALL_LIB=kit/lib JOB_LOG=log JOB_CLASSES=
		attempt_run() { [ "$1 $2" = "--grace 5" ] && shift 3 && "$@"; }
		JOB_WORDS=" '\''--build-context'\'' '\''a=b'\''"
		code=0; job_build one 3 --x || code=$?
		printf "%s|%s|%s\n" "$code" "$PHASE_DETAIL" "$JOB_CLASSES"
	' -e JOB_DEADLINE=99
}

@test "advice of the job names the party and the setting, by the class of the failure" {
	built 1 '{"class":"tls","builds":1}' 'ERROR: Get "https://r.example.org/v2/": x509: certificate signed by unknown authority'
	ended 0 $'1|1 attempt, tls| tls\n'
	[[ $ERR == *'the certificate of r.example.org is not trusted here'*SEAWALL_CA_BUNDLE* ]]
	built 77 '{"class":"auth","builds":1}' 'ERROR: GET https://r.example.org/v2/a/manifests/1: 401 Unauthorized'
	[[ $ERR == *'auth after 1 attempt, '*'r.example.org refused the request: log in'* ]]
}

@test "build of the job that ends before its first attempt tells nothing of the build before" {
	built 75 '{"class":"timeout","builds":2}' late
	built 64 '' 'docker-build: error: wanted a call'
	ended 0 $'64|0 attempts, | \n'
}

@test "job builds by docker-build.sh and tells how that ended" {
	built 75 '{"exit":75,"class":"timeout","builds":2,"bases":[]}' late
	ended 0 $'75|2 attempts, timeout| timeout\n'
	[[ $ERR == *'one: timeout after 2 attempts'* ]]
	same "r1 @99 --attempts 3 --report $PWD/build-report.json -- --progress plain --load --provenance=false --tag seawall-r1/one --x --build-context a=b . " \
		"$(<asked)" asked
}

@test "job shows every finding and the first in the table" {
	with '
		image_check() { printf "user: wanted a\nsize: wanted b\n"; return 1; }
		services_kinds() { :; }; services_limit() { :; }
		PHASE_NAME=check; job_check_image one || printf "%s\n" "$PHASE_DETAIL"
	'
	ended 0 $'user: wanted a\n'
	# shellcheck disable=SC2001 # of each line
	same $'user: wanted a\nsize: wanted b' "$(sed 's/.*check: //' <<<"${ERR%$'\n'}")" findings
}

# chosen DEGRADED WORD...: what the step and the options say when these images are alternatives.
chosen() {
	with '
		images_choose() { image_plan_begin; [ -z "$FAKE" ] || image_plan_add base "$FAKE" "" "" base alternative; }
		job_choose_bases a b; eval "set -- $JOB_WORDS"; for word in "$@"; do printf "%s\n" "$word"; done; printf "%s\n" "$PHASE_DETAIL"
	' -e "FAKE=$1"
	ended 0 "$(printf '%s\n' "${@:2}")"$'\n'
}

@test "job without a base is an outage in one line" {
	with 'images_choose() { image_plan_begin; for image in python:3 golang:1; do image_plan_add base "$image" "" "" "" unserved; done; }; job_choose_bases a'
	ended 75
	[[ ${ERR##*$'\n'} == '' && $ERR == *'wanted python:3, no registry serves it and'*$'run again later or name one\n' ]]
}

@test "job labels what stands on an alternative, and nothing else" {
	chosen '' '2 images, 0 from mirrors'
	chosen a --build-context a=base --label seawall.degraded=base-image 'degraded: alternatives for 1 of 2 images'
}

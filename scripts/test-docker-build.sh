#!/bin/sh
# test-docker-build.sh [--service NAME]... [--attempts N] [--keep] [--report DIR] [-- BUILDX ARGUMENTS]
#
# The main job: builds the services of this repository's Dockerfile, checks each image, runs the services together
# and sends them real requests, writes a report, and removes what it made. Works where no registry answers.
#
#   --service NAME  only this service; may be given more than once (default: all)
#   --attempts N    builds of one image that may be begun, 1 to 10 (default 3)
#   --keep          the images stay, tagged seawall-RUN/NAME
#   --report DIR    where the report goes (default ./report)
#   -h, --help      this text
#
# What stands after -- goes to `docker buildx build`. Exit codes: 0 done, 1 the build, a check or the smoke test
# failed, 64 wrong call, 65 wrong bytes, 69 not there, 71 this machine lacks something, 73 cannot write, 75 outage,
# 77 not allowed, 78 wrong setting, 124 deadline, 128+n ended by signal n.
set -eu
SEAWALL_LIB=${0%/*}/lib
LOG_NAME=test-docker-build
. "$SEAWALL_LIB/log.sh"
. "$SEAWALL_LIB/exit.sh"
. "$SEAWALL_LIB/options.sh"
. "$SEAWALL_LIB/settings.sh"
. "$SEAWALL_LIB/clock.sh"
. "$SEAWALL_LIB/json.sh"
. "$SEAWALL_LIB/events.sh"
. "$SEAWALL_LIB/scratch.sh"
. "$SEAWALL_LIB/trust.sh"
. "$SEAWALL_LIB/attempt.sh"
. "$SEAWALL_LIB/classify.sh"
. "$SEAWALL_LIB/ladder.sh"
. "$SEAWALL_LIB/host/lock.sh"
. "$SEAWALL_LIB/host/archive.sh"
. "$SEAWALL_LIB/host/toolbox.sh"
. "$SEAWALL_LIB/host/network.sh"
. "$SEAWALL_LIB/host/private.sh"
. "$SEAWALL_LIB/host/engine.sh"
. "$SEAWALL_LIB/host/layout.sh"
. "$SEAWALL_LIB/host/bases.sh"
. "$SEAWALL_LIB/host/images.sh"
. "$SEAWALL_LIB/host/build.sh"
. "$SEAWALL_LIB/host/image-check.sh"
. "$SEAWALL_LIB/host/smoke.sh"
. "$SEAWALL_LIB/host/steps.sh"
. "$SEAWALL_LIB/host/report.sh"
. "$SEAWALL_LIB/host/services.sh"

option_set() {
	case $1 in
		--service) SERVICES="$SERVICES $(services_known "$2")" || exit ;;
		--attempts) ATTEMPTS=$(number_of_attempts "$2") || exit ;;
		--keep) KEEP=yes ;;
		--report) REPORT=$2 ;;
	esac
}

number_of_attempts() {
	case $1 in
		[1-9] | 10) printf '%s\n' "$1" ;;
		*) die 64 "--attempts: wanted a number from 1 to 10, saw '$1'" ;;
	esac
}

check_prerequisites() {
	engine_find
	report_prepare "$REPORT"
	check_disk
	mkdir -p "$SEAWALL_STATE" 2>/dev/null || die 73 "wanted to write in $SEAWALL_STATE, could not: make room or set SEAWALL_STATE"
	printf '' 2>/dev/null >>"$SEAWALL_EVENTS" || die 73 "wanted to write $SEAWALL_EVENTS, could not: make room or set SEAWALL_EVENTS"
	events_bound 20000
	STEP_DETAIL="$DISK_FREE MB free, run $SEAWALL_RUN"
}

# Measured: 1.9 GB for a first run with engine, bases and caches, 0.3 GB for a later one.
check_disk() {
	local folder need
	folder=$SEAWALL_STATE need=500
	[ -d "$SEAWALL_STATE/bases" ] || need=3000
	while [ ! -d "$folder" ]; do folder=$(dirname "$folder"); done
	DISK_FREE=$(df -Pk "$folder" | sed -n '2s/^[^ ]* *[0-9]* *[0-9]* *\([0-9]*\) .*/\1/p')
	DISK_FREE=$((DISK_FREE / 1000))
	[ "$DISK_FREE" -ge "$need" ] || die 73 "wanted $need MB free in $folder, saw $DISK_FREE MB: make room or set SEAWALL_STATE"
}

start_engine() {
	engine_use
	STEP_DETAIL="Docker $ENGINE_VERSION, buildx $BUILDX_VERSION, $ENGINE_KIND"
}

# Only what the chosen services need; the smoke test's client runs on the Python runtime.
choose_bases() {
	local names
	names=PYTHON_RUNTIME
	case $(services_kinds "$SERVICES") in *static*) names="$names\\|GO_.*" ;; esac
	case $(services_kinds "$SERVICES") in *python*) names="$names\\|PYTHON_.*" ;; esac
	build_find_trust
	# shellcheck disable=SC2046 # names of images hold no blanks
	images_choose $(images_list Dockerfile "$names")
	{
		cat "$SCRATCH/contexts"
		build_secrets
		[ -z "$IMAGES_DEGRADED" ] || printf -- '--label\nseawall.degraded=base-image\n'
	} >"$SCRATCH/options"
	STEP_DETAIL=${IMAGES_DEGRADED:+"degraded, alternatives for$IMAGES_DEGRADED"}
}

# build_tagged NAME BUILDX_ARGUMENT...
build_tagged() {
	local name word
	name=$1
	shift
	while IFS= read -r word; do set -- "$@" "$word"; done <"$SCRATCH/options"
	build_image "$ATTEMPTS" "seawall-$SEAWALL_RUN/$name" "$@" .
}

build_service() {
	local service status
	service=$1
	shift
	status=0
	build_tagged "$service" --target final --build-arg "SERVICE=$service" "$@" || status=$?
	STEP_DETAIL="$LADDER_ATTEMPT attempt(s)"
	if [ "$status" -ne 0 ]; then
		REPORT_CLASSES="${REPORT_CLASSES:-} $LADDER_CLASS"
		STEP_DETAIL="$STEP_DETAIL, $LADDER_CLASS"
		log_error "build of $service: $LADDER_CLASS after $STEP_DETAIL: the log is in $REPORT/build.log"
		return "$status"
	fi
	docker image inspect --format "$service	{{.Id}}	{{.Size}}	$LADDER_ATTEMPT" "seawall-$SEAWALL_RUN/$service" >>"$SCRATCH/images.tsv"
}

check_image() {
	image_check "seawall-$SEAWALL_RUN/$1" "$1" "$(services_kinds "$1")" "$(services_limit "$1")" >"$SCRATCH/said" || fail_with_findings
}

run_smoke_test() {
	local service
	for service in $SERVICES; do set -- "$@" "$service=seawall-$SEAWALL_RUN/$service"; done
	smoke_run "seawall-$SEAWALL_RUN/smoke-client" 20 "$@" >"$SCRATCH/said" || fail_with_findings
	STEP_DETAIL="$(grep -c '^ok' "$SCRATCH/smoke") requests and states as wanted"
}

fail_with_findings() {
	while IFS= read -r line; do log_error "$STEP_NAME: $line"; done <"$SCRATCH/said"
	STEP_DETAIL=$(head -n 1 "$SCRATCH/said" | tr '\t' ' ')
	return 1
}

# Every object of this run carries its id; nothing else is looked at.
remove_ours() {
	local filter
	filter=label=seawall.run=$SEAWALL_RUN
	docker ps --all --quiet --filter "$filter" | xargs -r docker rm --force --volumes
	docker network ls --quiet --filter "$filter" | xargs -r docker network rm
	docker volume ls --quiet --filter "$filter" | xargs -r docker volume rm
	[ "$KEEP" = yes ] ||
		docker image ls --format '{{.Repository}}:{{.Tag}}' --filter "reference=seawall-$SEAWALL_RUN/*" | xargs -r docker image rm
} >/dev/null

clean_up() {
	attempt_end
	images_await
	steps_close
	lock_drop
	bases_clean_up
	if [ "$BUILDING" = yes ]; then
		# An interrupted run leaves nothing, no report either.
		[ "$1" -gt 128 ] || report_write "$REPORT" "$1" || log_warn "the report could not be written to $REPORT"
		steps_do clean-up remove_ours || :
		steps_show
	fi
	engine_release
	scratch_remove
}

# The first that fails ends the run, with its code.
run_all() {
	local service
	steps_do bases choose_bases || return
	for service in $SERVICES; do
		steps_do "build $service" build_service "$service" "$@" || return
		steps_do "check $service" check_image "$service" || return
	done
	steps_do 'build smoke-client' build_tagged smoke-client --target smoke-client || return
	steps_do 'smoke test' run_smoke_test || return
}

SERVICES='' ATTEMPTS=3 KEEP=no BUILDING=no BUILD_TRUST=''
REPOSITORY=$(cd "${0%/*}/.." && pwd)
REPORT=$REPOSITORY/report
SERVICES_TABLE=$REPOSITORY/examples/services/services.tsv
options_take '--service= --attempts= --keep --report=' "$@"
shift "$OPTIONS_TAKEN"
[ -n "$SERVICES" ] || SERVICES=$(services_names)
case $REPORT in /*) ;; *) REPORT=$PWD/$REPORT ;; esac
cd "$REPOSITORY"
SEAWALL_LIB=$REPOSITORY/scripts/lib
settings_load ./seawall.conf
SEAWALL_RUN=$(date -u +%Y%m%dt%H%M%S)-$$
exit_trap clean_up
scratch_make
LADDER_DEADLINE=$(clock_deadline "$SEAWALL_DEADLINE")
BUILD_LOG=$SCRATCH/build.log
: >"$BUILD_LOG" && : >"$SCRATCH/steps.tsv" && : >"$SCRATCH/images.tsv"
steps_do_first prerequisites check_prerequisites
steps_do_first engine start_engine
log_info "Docker $ENGINE_VERSION ($ENGINE_KIND), run $SEAWALL_RUN"
bases_begin
BUILDING=yes
run_all "$@"

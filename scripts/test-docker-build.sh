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
#   --version       the version
#
# What stands after -- goes to `docker buildx build`. Exit codes: 0 done, 1 the build, a check or the smoke test
# failed, 64 wrong call, 65 wrong bytes, 69 not there, 71 this machine lacks something, 73 cannot write, 75 outage,
# 77 not allowed, 78 wrong setting, 124 deadline, 128+n ended by signal n.
set -euf
SEAWALL_LIB=${0%/*}/lib
LOG_NAME=test-docker-build
. "$SEAWALL_LIB/log.sh"
. "$SEAWALL_LIB/exit.sh"
. "$SEAWALL_LIB/options.sh"
. "$SEAWALL_LIB/values.sh"
. "$SEAWALL_LIB/conf.sh"
. "$SEAWALL_LIB/settings.sh"
. "$SEAWALL_LIB/host/folder-conf.sh"
. "$SEAWALL_LIB/host/conf-places.sh"
. "$SEAWALL_LIB/clock.sh"
. "$SEAWALL_LIB/process.sh"
. "$SEAWALL_LIB/json.sh"
. "$SEAWALL_LIB/events.sh"
. "$SEAWALL_LIB/scratch.sh"
. "$SEAWALL_LIB/trust.sh"
. "$SEAWALL_LIB/attempt.sh"
. "$SEAWALL_LIB/transcript.sh"
. "$SEAWALL_LIB/classify.sh"
. "$SEAWALL_LIB/retry-after.sh"
. "$SEAWALL_LIB/state.sh"
. "$SEAWALL_LIB/state-files.sh"
. "$SEAWALL_LIB/breaker.sh"
. "$SEAWALL_LIB/host/lock.sh"
. "$SEAWALL_LIB/host/archive.sh"
. "$SEAWALL_LIB/host/toolbox.sh"
. "$SEAWALL_LIB/host/leases.sh"
. "$SEAWALL_LIB/host/network.sh"
. "$SEAWALL_LIB/host/daemon.sh"
. "$SEAWALL_LIB/host/private.sh"
. "$SEAWALL_LIB/host/engine-check.sh"
. "$SEAWALL_LIB/host/engine.sh"
. "$SEAWALL_LIB/host/layout.sh"
. "$SEAWALL_LIB/host/bases.sh"
. "$SEAWALL_LIB/host/references.sh"
. "$SEAWALL_LIB/host/image-lock.sh"
. "$SEAWALL_LIB/host/http.sh"
. "$SEAWALL_LIB/host/manifest-head.sh"
. "$SEAWALL_LIB/host/digests.sh"
. "$SEAWALL_LIB/host/registry.sh"
. "$SEAWALL_LIB/host/mirrors.sh"
. "$SEAWALL_LIB/host/places.sh"
. "$SEAWALL_LIB/host/hedge.sh"
. "$SEAWALL_LIB/host/store.sh"
. "$SEAWALL_LIB/host/images.sh"
. "$SEAWALL_LIB/host/image-check.sh"
. "$SEAWALL_LIB/host/smoke.sh"
. "$SEAWALL_LIB/host/steps.sh"
. "$SEAWALL_LIB/host/disk.sh"
. "$SEAWALL_LIB/host/diagnosis.sh"
. "$SEAWALL_LIB/host/report.sh"
. "$SEAWALL_LIB/host/services.sh"
. "$SEAWALL_LIB/host/prerequisites.sh"
. "$SEAWALL_LIB/host/owned.sh"
. "$SEAWALL_LIB/host/job.sh"

option_set() {
	case $1 in
		--service) SERVICES="$SERVICES $(services_known "$2")" || exit ;;
		--attempts) ATTEMPTS=$(options_number --attempts "$2" 1 10) || exit ;;
		--keep) KEEP=yes ;;
		--report) REPORT=$2 ;;
	esac
}

start_engine() {
	engine_use
	STEP_DETAIL="Docker $ENGINE_VERSION, buildx $BUILDX_VERSION, $ENGINE_KIND"
}

remove_ours() {
	owned_remove
	[ "$KEEP" = yes ] || owned_remove_images
}

clean_up() {
	attempt_end
	hedge_await
	steps_close
	lock_drop
	bases_clean_up
	if [ "$BUILDING" = yes ]; then
		# An interrupted run leaves nothing, no report either.
		[ "$1" -gt 128 ] || steps_do report report_write "$REPORT" "$1" || log_warn "the report could not be written to $REPORT"
		steps_do clean-up remove_ours || :
		steps_show
	fi
	engine_release
	scratch_remove
}

# The first step that fails ends the run, with its code.
build_all() {
	local service
	# shellcheck disable=SC2086 # names of images hold no blanks
	steps_do bases job_choose_bases $IMAGES || return
	for service in $SERVICES; do
		steps_do "build $service" job_build_service "$service" "$ATTEMPTS" "$@" || return
		steps_do "check $service" job_check_image "$service" || return
	done
	steps_do 'build smoke-client' job_build smoke-client "$ATTEMPTS" --target smoke-client || return
	steps_do 'smoke test' job_smoke_test || return
}

SERVICES='' ATTEMPTS=3 KEEP=no BUILDING=no
REPOSITORY=$(CDPATH='' cd -- "${0%/*}/.." && pwd)
REPORT=$REPOSITORY/report
SERVICES_TABLE=$REPOSITORY/examples/services/services.tsv
options_take '--service= --attempts= --keep --report=' "$@"
shift "$OPTIONS_TAKEN"
[ -n "$SERVICES" ] || SERVICES=$(services_names)
case $REPORT in /*) ;; *) REPORT=$PWD/$REPORT ;; esac
cd "$REPOSITORY"
SEAWALL_LIB=$REPOSITORY/scripts/lib
conf_places_load kit
settings_use_home
SEAWALL_RUN=$(date -u +%Y%m%dt%H%M%S)-$$
exit_trap clean_up
scratch_make
steps_begin
JOB_DEADLINE=$(clock_deadline "$SEAWALL_DEADLINE")
BUILD_LOG=$SCRATCH/build.log
: >"$BUILD_LOG" && : >"$SCRATCH/images.tsv"
IMAGES=$(job_images)
# shellcheck disable=SC2086 # names of images hold no blanks
steps_do_first prerequisites prerequisites_check "$REPORT" $IMAGES
steps_do_first engine start_engine
log_info "Docker $ENGINE_VERSION ($ENGINE_KIND), run $SEAWALL_RUN"
BUILDING=yes
build_all "$@" || exit

#!/bin/sh
# test-docker-build.sh [--service NAME]... [--attempts N] [--keep] [--report DIR] [-- BUILDX ARGUMENTS]
#
# The main job: builds the services of this repository's Dockerfile, checks each image, runs the services together and
# sends them real requests, writes a report, and removes everything it made. Works even if no registry answers.
#
#   --service NAME  build only this service; may be repeated (default: all)
#   --attempts N    maximum number of builds per image, 1 to 10 (default 3)
#   --keep          keep the images, tagged seawall-RUN/NAME
#   --report DIR    folder for the report (default ./report)
#   -h, --help      this text
#   --version       the version
#
# Arguments after -- go to `docker buildx build`. Exit codes: 0 done, 1 the build, a check or the smoke test failed, 64
# wrong call, 65 wrong bytes, 69 not there, 71 this machine lacks something, 73 cannot write, 75 outage, 77 not allowed,
# 78 wrong setting, 124 deadline, 128+n ended by signal n.
set -euf
SEAWALL_LIB=$0
[ ! -L "$0" ] || SEAWALL_LIB=$(readlink -f -- "$0")
SEAWALL_LIB=$(CDPATH='' cd -P -- "${SEAWALL_LIB%"${SEAWALL_LIB##*/}"}lib" && pwd -P)
LOG_NAME=test-docker-build
. "$SEAWALL_LIB/load.sh"
load base attempt verdict ladder host/settings host/machine host/registry host/call host/bases host/images
load host/engine host/upkeep host/job

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
	phases_detail "$(engine_describe)"
}

remove_owned() {
	owned_remove
	[ "$KEEP" = yes ] || owned_remove_images
}

# finish STATUS: a run that a signal ended leaves nothing, not even a report.
finish() {
	[ "$1" -gt 128 ] || phases_do report run_report_write "$REPORT" "$1" ||
		log_warn "wanted to write the report to $REPORT, could not: see the message above"
	phases_do clean-up remove_owned || :
	phases_show
}

# build_all BUILDX_ARGUMENT...: the first phase that fails ends the run with its code.
build_all() {
	local service
	# shellcheck disable=SC2086 # names of images hold no blanks
	phases_do bases job_choose_bases $IMAGES || return
	for service in $SERVICES; do
		phases_do "build $service" job_build_service "$service" "$ATTEMPTS" "$@" || return
		phases_do "check $service" job_check_image "$service" || return
	done
	phases_do 'build smoke-client' job_build smoke-client "$ATTEMPTS" --target smoke-client || return
	# shellcheck disable=SC2086 # names of services hold no blanks
	phases_do 'smoke test' job_smoke_test $SERVICES || return
}

SERVICES='' ATTEMPTS=3 KEEP=no
REPOSITORY=${SEAWALL_LIB%/scripts/lib}
REPORT=$REPOSITORY/report
options_take '--service= --attempts= --keep --report=' "$@"
shift "$OPTIONS_TAKEN"
[ -n "$SERVICES" ] || SERVICES=$(services_names)
case $REPORT in /*) ;; *) REPORT=$PWD/$REPORT ;; esac
cd "$REPOSITORY"
conf_places_load kit
settings_use_home
SEAWALL_RUN=$(date -u +%Y%m%dt%H%M%S)-$$
scratch_make
phases_begin
job_begin "$REPORT/build.log"
# shellcheck disable=SC2086 # names of services hold no blanks
IMAGES=$(job_images $SERVICES)
# shellcheck disable=SC2086 # names of images hold no blanks
phases_do_first prerequisites prerequisites_check "$REPORT" $IMAGES
phases_do_first engine start_engine
log_info "$(engine_describe), run $SEAWALL_RUN"
exit_at_end finish
build_all "$@" || exit

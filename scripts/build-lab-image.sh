#!/bin/sh
# build-lab-image.sh [--tag NAME]
#
# Builds the image of the fault lab (fixtures/lab/Dockerfile), for `docker compose -f fixtures/lab/compose.yaml up`. Where
# no registry answers its base is made from the distribution's archive, as for the main job. Prints the image's name.
# A private engine goes on only while something holds it: export $(./scripts/setup-engine.sh) first.
#
#   --tag NAME  the image's name (default seawall-lab)
#   -h, --help  this text
#   --version   the version
#
# Exit codes: 0 done, 1 the build failed, 64 wrong call, 65 wrong bytes, 69 not there, 71 this machine lacks something,
# 73 cannot write, 75 outage, 78 wrong setting, 124 deadline.
set -euf
SEAWALL_LIB=${0%/*}/lib
LOG_NAME=build-lab-image
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
. "$SEAWALL_LIB/host/services.sh"
. "$SEAWALL_LIB/host/job.sh"

option_set() { TAG=$2; }

clean_up() {
	attempt_end
	hedge_await
	lock_drop
	bases_clean_up
	if [ "$1" -ne 0 ] && [ -s "$SCRATCH/build.log" ]; then tail -n 20 "$SCRATCH/build.log" >&2; fi
	engine_release
	scratch_remove
}

# The name of the run is for the time of the build: a failed one takes nothing from the image that is there.
build_lab() {
	local ours
	ours=seawall-$SEAWALL_RUN/lab
	# shellcheck disable=SC2046 # names of images hold no blanks
	job_choose_bases $(images_list fixtures/lab/Dockerfile '.*')
	job_build lab 3 --file fixtures/lab/Dockerfile || return
	docker tag "$ours" "$TAG" && docker image rm "$ours" >/dev/null
}

TAG=seawall-lab
options_take '--tag=' "$@"
shift "$OPTIONS_TAKEN"
[ $# -eq 0 ] || die 64 "wanted no arguments, saw '$1': see --help"
CDPATH='' cd -- "${0%/*}/.."
SEAWALL_LIB=$PWD/scripts/lib
[ -f fixtures/lab/Dockerfile ] || die 71 "wanted the whole checkout, found no fixtures/lab beside scripts: clone the repository"
conf_places_load kit
settings_use_home
SEAWALL_RUN=$(date -u +%Y%m%dt%H%M%S)-$$
exit_trap clean_up
scratch_make
state_use "$SEAWALL_STATE" ''
JOB_DEADLINE=$(clock_deadline "$SEAWALL_DEADLINE")
BUILD_LOG=$SCRATCH/build.log REPORT=$SCRATCH
engine_find
engine_use
build_lab || exit
printf '%s\n' "$TAG"

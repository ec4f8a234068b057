#!/bin/sh
# build-lab-image.sh [--tag NAME]
#
# Builds the image of the fault lab (fixtures/lab/Dockerfile), for `docker compose -f fixtures/lab/compose.yaml up`. If
# no registry answers, its base image is made from the distribution's archive, as for the main job. Prints the image's
# name.
# A private engine runs only as long as there is a lease: run export $(./scripts/setup-engine.sh) first.
#
#   --tag NAME  name of the image (default seawall-lab)
#   -h, --help  this text
#   --version   the version
#
# Exit codes: 0 done, 1 the build failed, 64 wrong call, 65 wrong bytes, 69 not there, 71 this machine lacks something,
# 73 cannot write, 75 outage, 78 wrong setting, 124 deadline.
set -euf
SEAWALL_LIB=$0
[ ! -L "$0" ] || SEAWALL_LIB=$(readlink -f -- "$0")
SEAWALL_LIB=$(CDPATH='' cd -P -- "${SEAWALL_LIB%"${SEAWALL_LIB##*/}"}lib" && pwd -P)
LOG_NAME=build-lab-image
. "$SEAWALL_LIB/load.sh"
load base attempt verdict ladder host/settings host/machine host/registry host/call host/bases host/images
load host/engine host/upkeep host/job

option_set() { TAG=$2; }

# show_failure STATUS: the end of the build's log.
show_failure() { [ "$1" -eq 0 ] || [ ! -s "$SCRATCH/build.log" ] || tail -n 20 "$SCRATCH/build.log" >&2; }

# Builds under the name of the run, and tags the image at the end: a failed build does not change an existing image.
build_lab() {
	local built
	built=seawall-$SEAWALL_RUN/lab
	# shellcheck disable=SC2046 # names of images hold no blanks
	job_choose_bases $(images_list fixtures/lab/Dockerfile '.*')
	job_build lab 3 --file fixtures/lab/Dockerfile || return
	docker tag "$built" "$TAG" && docker image rm "$built" >/dev/null
}

TAG=seawall-lab
options_take '--tag=' "$@"
shift "$OPTIONS_TAKEN"
[ $# -eq 0 ] || die 64 "wanted no arguments, saw '$1': see --help"
cd -- "${SEAWALL_LIB%/scripts/lib}/"
[ -f fixtures/lab/Dockerfile ] ||
	die 71 "wanted the whole checkout, found no fixtures/lab beside scripts: clone the repository"
conf_places_load kit
settings_use_home
SEAWALL_RUN=$(date -u +%Y%m%dt%H%M%S)-$$
scratch_make
state_use "$SEAWALL_STATE" ''
job_begin "$SCRATCH/build.log"
exit_at_end show_failure
engine_find
engine_use
build_lab || exit
printf '%s\n' "$TAG"

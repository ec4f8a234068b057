#!/bin/sh
# build-base-image.sh [NAME]...
#
# Makes base images from the distribution's archive, for builds while no registry answers. Each image contains only the
# packages that its stage needs. The images are kept as OCI layouts below SEAWALL_STATE/bases and reused; the same
# package list gives the same digest. Prints NAME, digest and folder, separated by tabs, for
# `--build-context IMAGE=oci-layout://FOLDER`. NAME is a row of lib/host/bases/bases.tsv (default: all).
#
#   -h, --help  this text
#   --version   the version
#
# Exit codes: 0 done, 64 wrong call, 71 not root or no apt, 73 cannot write, 75 the archive is unavailable,
# 78 wrong setting.
set -euf
SEAWALL_LIB=$0
[ ! -L "$0" ] || SEAWALL_LIB=$(readlink -f -- "$0")
SEAWALL_LIB=$(CDPATH='' cd -P -- "${SEAWALL_LIB%"${SEAWALL_LIB##*/}"}lib" && pwd -P)
LOG_NAME=build-base-image
. "$SEAWALL_LIB/load.sh"
load base attempt host/settings host/machine host/bases

option_set() { :; }

show_base() {
	bases_make "$1"
	printf '%s\t%s\t%s\n' "$1" "$(layout_digest "$BASE_LAYOUT")" "$BASE_LAYOUT"
}

options_take '' "$@"
shift "$OPTIONS_TAKEN"
conf_places_load kit
settings_use_home
# shellcheck disable=SC2046 # names hold no blanks
[ $# -gt 0 ] || set -- $(bases_names)
for name in "$@"; do show_base "$name"; done

#!/bin/sh
# clean-caches.sh [--keep SIZE] [--older-than AGE] [--all] [--yes]
#
# Lists everything that the kit keeps on this machine, with size and last use, asks, and removes it: files of the state
# folder, base images, the private engine with its cache, the cache mount of RUN steps, and scratch folders, containers,
# networks, volumes and images of runs that have ended. Things in use are kept. In a state folder without the kit's mark
# (.seawall-state) nothing is removed; in any other only files with the names and the form of the kit's own.
#
#   --keep SIZE       keep the most recently used items up to SIZE: 10GB, 512MB
#   --older-than AGE  delete only items unused for AGE: 30m, 24h, 7d
#   --all             also delete things that all builds on this engine share: its build cache and images without a
#                     name; asks a second time
#   --yes             do not ask, for scripts
#   -h, --help        this text
#   --version         the version
#
# Prints a table. Exit codes: 0 done, 1 not confirmed, 64 wrong call, 73 something could not be removed, 78 wrong
# setting.
set -euf
SEAWALL_LIB=$0
[ ! -L "$0" ] || SEAWALL_LIB=$(readlink -f -- "$0")
SEAWALL_LIB=$(CDPATH='' cd -P -- "${SEAWALL_LIB%"${SEAWALL_LIB##*/}"}lib" && pwd -P)
LOG_NAME=clean-caches
. "$SEAWALL_LIB/load.sh"
load base attempt host/settings host/machine host/bases host/engine host/upkeep

option_set() {
	case $1 in
		--keep) KEEP=$(sizes_read "$2") || die 64 "--keep: wanted a size like 10GB or 512MB, saw '$2'" ;;
		--older-than) AGE=$(sizes_read_age "$2") ||
			die 64 "--older-than: wanted an age like 30m, 24h or 7d, saw '$2'" ;;
		--all) WHOSE=others ;;
		--yes) ASKS=no ;;
	esac
}

KEEP=0 AGE=0 WHOSE=ours ASKS=yes
options_take '--keep= --older-than= --all --yes' "$@"
shift "$OPTIONS_TAKEN"
[ $# -eq 0 ] || die 64 "wanted no arguments, saw '$1': see --help"
[ "$ASKS" = no ] || [ -t 0 ] || die 64 "wanted a terminal for the question or --yes, saw neither: nothing was removed"
conf_places_load
settings_use_home
scratch_make
holdings_list "$WHOSE"
cleaning_choose "$KEEP" "$AGE"
cleaning_show
[ -s "$SCRATCH/chosen.tsv" ] || {
	log_info "nothing to remove"
	exit 0
}
[ "$ASKS" = no ] || cleaning_ask || die 1 "nothing was removed"
cleaning_remove "$KEEP" "$AGE" || die 73 "wanted to remove $(cleaning_count) item(s), could not remove all: see above"
log_info "removed $(cleaning_count) item(s), $(sizes_show "$(cleaning_total)")"

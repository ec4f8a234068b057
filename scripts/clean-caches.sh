#!/bin/sh
# clean-caches.sh [--keep SIZE] [--older-than AGE] [--all] [--yes]
#
# Shows what the kit keeps on this machine and what its runs have left, with sizes and last use; asks; removes only that: what it
# remembers, base images that it made, the private engine with its cache, containers, networks, volumes and images of runs that
# are over, their scratch folders, the cache mount of RUN steps. What is in use stays. In a state folder that does not have the
# kit's mark (.seawall-state) nothing is removed, nor what has another form than what the kit writes there.
#
#   --keep SIZE       the newest stay, up to so much: 10GB, 512MB
#   --older-than AGE  what was used since stays: 30m, 24h, 7d
#   --all             also what all builds on this engine share: its build cache and images without a name; asks twice
#   --yes             asks nothing, for scripts
#   -h, --help        this text
#
# Prints a table. Exit codes: 0 done, 1 the answer was no, 64 wrong call, 73 something could not be removed, 78 wrong setting.
set -euf
SEAWALL_LIB=$0
[ ! -L "$0" ] || SEAWALL_LIB=$(readlink -f -- "$0")
SEAWALL_LIB=$(CDPATH='' cd -P -- "${SEAWALL_LIB%"${SEAWALL_LIB##*/}"}lib" && pwd -P)
LOG_NAME=clean-caches
. "$SEAWALL_LIB/load.sh"
load base attempt host/settings host/machine host/bases host/engine host/upkeep

option_set() {
	case $1 in
		--keep) KEEP=$(sizes_read "$2") || die 64 "--keep: wanted a size as 10GB or 512MB, saw '$2'" ;;
		--older-than) AGE=$(sizes_read_age "$2") || die 64 "--older-than: wanted an age as 30m, 24h or 7d, saw '$2'" ;;
		--all) WHOSE=others ;;
		--yes) ASKS=no ;;
	esac
}

KEEP=0 AGE=0 WHOSE=ours ASKS=yes
options_take '--keep= --older-than= --all --yes' "$@"
shift "$OPTIONS_TAKEN"
[ $# -eq 0 ] || die 64 "wanted no arguments, saw '$1': see --help"
[ "$ASKS" = no ] || [ -t 0 ] || die 64 "wanted a terminal to ask on, or --yes: nothing was removed"
conf_places_load
settings_use_home
scratch_make
holdings_list "$WHOSE"
cleaning_choose "$KEEP" "$AGE"
cleaning_show
[ -s "$SCRATCH/chosen.tsv" ] || { log_info "nothing to remove" && exit 0; }
[ "$ASKS" = no ] || cleaning_ask || die 1 "nothing was removed"
cleaning_remove "$KEEP" "$AGE" || die 73 "not all could be removed: see above"
log_info "removed $(cleaning_count), $(sizes_show "$(cleaning_total)")"

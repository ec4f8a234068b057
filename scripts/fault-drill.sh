#!/bin/sh
# fault-drill.sh [-f DOCKERFILE] [CONTEXT] [--fault NAME,...] [--scenario NAME|FILE|all]... [--seed N] [--storm N]
#                [--shrink[=NAME]] [--against NAME,...]... [--image IMAGE=FOLDER]... [--report DIR] [--replay FILE]
#                [--record] [--resume] [--shard I/N] [--compare BOARD [--fail-on-regression]] [-- BUILDX ARGUMENTS]
#
# Shows what outages do to your build: records one healthy build of an unchanged Dockerfile, then replays it on a
# machine inside this machine while one host after the other fails, for `docker buildx build`, for blind retries and for
# the kit, which has a second source of each kind. Prints who survived, with the right image, politely and truthfully.
# Without arguments: this repository's own Dockerfile. Where no registry is reached, the images that
# SEAWALL_BASE_FALLBACKS replaces by base:NAME are made by build-base-image.sh. Needs root and the whole checkout; the
# first call makes .venv with the pinned requirements. Nothing outside the recording's folder and DIR is changed. Guide:
# docs/drills.md. Unless --fault, --scenario, --seed or --storm says what is played: at most 24 cells of all faults, all
# scenarios and the days of seed 1, each host and each fault equally often.
#
#   -f DOCKERFILE          as in docker buildx build
#   --fault NAME,...       refused, 503, 429, reset, silent, stalled, wrong-bytes, html, ids of the catalogue, or all
#   --scenario NAME|FILE   an incident of fixtures/scenarios, or a file of that form; all for every one
#   --seed N               four days of the seed N, on each of which several sources fail
#   --storm N              N builds, each under outages drawn from --seed (default 1), of a small Dockerfile with one
#                          upstream of each kind unless -f or CONTEXT names another; all contestants play the first 40,
#                          the kit plays all
#   --shrink[=NAME]        reduce each cell of several outages in which the kit (or NAME) fails to the smallest that
#                          fails, and save it as a scenario
#   --against NAME,...     contestants beside plain and kit: retry3, strategies, mirrors, kit-stage (default: all)
#   --against NAME=COMMAND one more contestant: a command that gets the arguments of buildx behind its own
#   --image IMAGE=FOLDER   an OCI layout in place of what the registry has as IMAGE, where no registry is reached;
#                          base:NAME in place of FOLDER is an image of build-base-image.sh
#   --report DIR           where board.html, board.json, board.md and junit.xml go (default: in SEAWALL_STATE)
#   --replay FILE          play one cell again: a file of DIR/cells
#   --record               record anew: the packages or the context have changed
#   --resume               go on after an interruption: cells that DIR has already are not played again
#   --shard I/N            play the cells I, I+N, I+2N, ... only: N machines share the work
#   --compare BOARD        say what is better and worse than in the board.json of an earlier drill, which must be of
#                          this machine and this recording
#   --fail-on-regression   exit with 1 if a grade is worse than there
#   -h, --help             this text
#   --version              the version
#
# Prints the board. Exit codes: 0 the kit survived every cell with the right image and told the truth, 1 it did not, a
# cell is INVALID, the healthy build fails or a grade is worse than asked for, 64 wrong call, 70 a bug of ours, 71 this
# machine lacks something, 73 no room left, 75 a source failed while the healthy build was recorded, 78 wrong setting.
set -euf
SEAWALL_LIB=$0
[ ! -L "$0" ] || SEAWALL_LIB=$(readlink -f -- "$0")
SEAWALL_LIB=$(CDPATH='' cd -P -- "${SEAWALL_LIB%"${SEAWALL_LIB##*/}"}lib" && pwd -P)
LOG_NAME=fault-drill
. "$SEAWALL_LIB/load.sh"
load base host/settings

option_set() { :; }

KNOWN='--fault= --scenario= --seed= --storm= --shrink --shrink= --against='
KNOWN="$KNOWN --image= --report= --replay= --record --resume --shard= --compare="
KNOWN="$KNOWN --fail-on-regression"

# check_options WORD...: exits with 64 for an unknown option; --help and --version end here too.
check_options() {
	local word
	for word in "$@"; do
		[ "$word" != -- ] || return 0
		case " $KNOWN -f " in *" ${word%%=*}= "* | *" $word "*) continue ;; esac
		case $word in -*) options_take "$KNOWN" "$word" ;; esac
	done
}

# is_own WORD...: whether no word is -f or CONTEXT.
is_own() {
	local is_value word
	is_value=no
	for word in "$@"; do
		case $is_value:$word in
			yes:*) is_value=no ;;
			no:--) return 0 ;;
			no:--?*=* | no:--record | no:--resume | no:--shrink | no:--fail-on-regression) ;;
			no:--?*) is_value=yes ;;
			*) return 1 ;;
		esac
	done
}

check_options "$@"
# It is this repository's own build, whose settings name what stands in for its base images.
if is_own "$@"; then conf_places_load kit; else conf_places_load; fi
settings_use_home
ROOT=${SEAWALL_LIB%/scripts/lib}
[ -f "$ROOT/tests/harness/drills/__main__.py" ] ||
	die 71 "wanted the whole checkout, found no tests/harness beside scripts: clone the repository"
[ "$(id -u)" -eq 0 ] || die 71 "wanted root, which namespaces and an engine in them need: call it with sudo"
"$ROOT/tests/run" --setup >&2 || die 71 "wanted the environment of the tests, could not make it: see above"
state_make "$SEAWALL_STATE" || die 73 "wanted to write in $SEAWALL_STATE, could not: make room or set SEAWALL_STATE"
PYTHONPATH=$ROOT/tests exec "$ROOT/.venv/bin/python" -m harness.drills --state "$SEAWALL_STATE/drills" \
	--fallbacks "${SEAWALL_BASE_FALLBACKS:-}" "$@"

#!/bin/sh
# diagnose.sh [--output FILE] [--record] [--] [ARGUMENTS OF docker buildx build]
#
# One archive with what a bug report needs: versions, settings, builders, disk, the end of the daemon's log, events and report of
# the last builds, what was built last, which sources answer (of the build whose arguments are given, else that of ./Dockerfile),
# and what the threads of a private engine do that runs and does not answer. Credentials in URLs, tokens and passwords are taken
# out, values of build arguments and labels too. Changes nothing. Only its owner can read the archive.
#
#   --output FILE  the archive (default ./seawall-diagnosis.tar.gz)
#   --record       the builder's own record of the last build too (.dockerbuild), which cannot be cleaned of secrets
#   -h, --help     this text
#
# Prints the archive's path. Exit codes: 0 done, 64 wrong call, 73 cannot write, 78 wrong setting.
set -euf
SEAWALL_LIB=$0
[ ! -L "$0" ] || SEAWALL_LIB=$(readlink -f -- "$0")
SEAWALL_LIB=$(CDPATH='' cd -P -- "${SEAWALL_LIB%"${SEAWALL_LIB##*/}"}lib" && pwd -P)
LOG_NAME=diagnose
. "$SEAWALL_LIB/load.sh"
load base attempt host/settings host/machine host/bases host/engine host/upkeep

option_set() {
	case $1 in
		--output) OUTPUT=$2 ;;
		--record) RECORD=yes ;;
	esac
}

remove_part() { [ -z "$PART" ] || rm -f "$PART"; }

# part NAME FUNCTION ARGUMENT...: what FUNCTION prints, redacted; the part says itself where it has nothing.
part() {
	local name filter
	name=$1 filter=diagnosis_redact
	shift
	case $name in *.json | *.jsonl) filter=diagnosis_redact_records ;; esac
	log_info "$name"
	"$@" 2>&1 | "$filter" >"$BUNDLE/$name" || :
}

connectivity() { "$SEAWALL_LIB/../preflight.sh" -- "$@" || :; }

cannot_write() { die 73 "wanted to write $OUTPUT, could not: give another --output"; }

umask 077
OUTPUT=seawall-diagnosis.tar.gz RECORD=no PART=''
options_take '--output= --record' "$@"
shift "$OPTIONS_TAKEN"
conf_places_load
settings_use_home
scratch_make
case $OUTPUT in */*) ARCHIVE=$OUTPUT ;; *) ARCHIVE=./$OUTPUT ;; esac
[ -d "${ARCHIVE%/*}/" ] && [ -w "${ARCHIVE%/*}/" ] && [ -n "${ARCHIVE##*/}" ] && [ ! -d "$ARCHIVE" ] || cannot_write
BUNDLE=$SCRATCH/seawall-diagnosis
mkdir "$BUNDLE"
part goroutines.txt diagnosis_goroutines
part versions.txt diagnosis_versions
part settings.txt diagnosis_settings
part builders.txt diagnosis_builders
part disk.txt diagnosis_disk
part daemon.txt diagnosis_daemon 500
part builds.txt diagnosis_builds
part events.jsonl tail -n 2000 "$SEAWALL_EVENTS"
part report.json cat "$SEAWALL_STATE/report.json"
[ $# -gt 0 ] || [ ! -f Dockerfile ] || set -- .
[ $# -eq 0 ] || part connectivity.txt connectivity "$@"
[ "$RECORD" = no ] || docker buildx history export --output "$BUNDLE/build.dockerbuild" "$(diagnosis_last_record)" 2>/dev/null || log_warn "the builder has no record to give"
exit_at_end remove_part
# Moved to its place, so that nothing is written through a link that somebody has put there.
PART=$(mktemp "${ARCHIVE%/*}/.seawall-diagnosis.XXXXXX" 2>/dev/null) && tar -czf "$PART" -C "$SCRATCH" seawall-diagnosis 2>/dev/null && mv -f "$PART" "$ARCHIVE" || cannot_write
printf '%s\n' "$OUTPUT"

#!/bin/sh
# diagnose.sh [--output FILE] [--record] [--] [ARGUMENTS OF docker buildx build]
#
# Writes one archive for a bug report: versions, settings, builders, disk usage, the end of the daemon's log, events and
# report of the last builds, log of the last build, the sources that answer (for the build with the given arguments, by
# default ./Dockerfile), and the stacks of a private engine that runs without answering. Credentials in URLs, tokens and
# passwords are removed, and so are values of build arguments and labels. Changes nothing. Only you can read the
# archive.
#
#   --output FILE  path of the archive (default ./seawall-diagnosis.tar.gz)
#   --record       include the builder's own record of the last build (.dockerbuild); secrets in it cannot be removed
#   -h, --help     this text
#   --version      the version
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

# part NAME FUNCTION ARGUMENT...: writes the output of FUNCTION, redacted, to the file NAME of the archive. Its failure
# is part of the output.
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
[ "$RECORD" = no ] ||
	docker buildx history export --output "$BUNDLE/build.dockerbuild" "$(diagnosis_last_record)" 2>/dev/null ||
	log_warn "wanted the builder's record of the last build, found none: the archive does not include it"
exit_at_end remove_part
# A move replaces a link at the target instead of writing through it.
PART=$(mktemp "${ARCHIVE%/*}/.seawall-diagnosis.XXXXXX" 2>/dev/null) &&
	tar -czf "$PART" -C "$SCRATCH" seawall-diagnosis 2>/dev/null && mv -f "$PART" "$ARCHIVE" || cannot_write
printf '%s\n' "$OUTPUT"

#!/bin/sh
# classify.sh [--tool T] [--exit-code N] < TEXT
#
# Classifies a failed build by the output of the failing step. Prints one line, separated by tabs: class, verdict
# (again, elsewhere, degrade, stop), upstream, transient or permanent. An unknown failure is `other`, permanent.
#
#   --tool T       the command that failed, such as apt-get, pip3, mvn, cargo or docker (lib/verdict/tool.tsv), or
#                  buildkit, gha-cache, oci-cache, registry-push or other
#   --exit-code N  the exit code of the tool, 0 to 255
#   -h, --help     this text
#   --version      the version
#
# Exit codes: 0 the text was classified, 64 wrong usage.
set -euf
SEAWALL_LIB=$0
[ ! -L "$0" ] || SEAWALL_LIB=$(readlink -f -- "$0")
SEAWALL_LIB=$(CDPATH='' cd -P -- "${SEAWALL_LIB%"${SEAWALL_LIB##*/}"}lib" && pwd -P)
LOG_NAME=classify
. "$SEAWALL_LIB/load.sh"
load base verdict

TOOL='' EXIT_CODE=''

option_set() {
	case $1 in
		--tool) TOOL=$2 ;;
		--exit-code) EXIT_CODE=$2 ;;
	esac
}

options_take '--tool= --exit-code=' "$@"
shift "$OPTIONS_TAKEN"
[ $# -eq 0 ] || die 64 "wanted no argument, saw '$1': the text comes on stdin, see --help"
case $TOOL in
	*[!a-z0-9._-]*) die 64 "--tool wants a name such as apt or docker, saw '$TOOL': see --help" ;;
esac
case ${EXIT_CODE:-0} in
	[0-9] | [0-9][0-9] | 1[0-9][0-9] | 2[0-4][0-9] | 25[0-5]) ;;
	*) die 64 "--exit-code wants a number from 0 to 255, saw '$EXIT_CODE': see --help" ;;
esac

classify_stream "$TOOL" "$EXIT_CODE"

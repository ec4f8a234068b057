#!/bin/sh
# fault-lab.sh up [--scenario FILE|NAME] [--upstream NAME --fault SCHEDULE]... [--relay NAME=URL]...
#                 [--record NAME=default|URL]... [--replay NAME]... [--seed TEXT] [--port N]
# fault-lab.sh status | journal [--follow | --json] | down
#
# Runs faulty upstreams on loopback: files, a Go module proxy, a Python package index, a container registry and more.
# `up` prints their addresses and commands to try; `journal` prints each request and its answer; `down` ends them. For
# containers: build-lab-image.sh, then `docker compose -f fixtures/lab/compose.yaml up`. Needs the whole checkout; the
# first call makes .venv with the pinned requirements.
#
#   --scenario FILE|NAME  an incident: a TOML file, or the name of one in fixtures/scenarios
#   --upstream NAME       upstream for the next --fault: files, go, pypi, registry, ...
#   --fault SCHEDULE      the answers to the requests in order, such as '503x2 -> rst@4096 -> ok'
#   --seed TEXT           seed for random shares such as 503%30 (default: 0)
#   --port N              first port to listen on (default: free ports)
#   --relay NAME=URL      adds the upstream real-NAME, which forwards requests to a real server of this machine
#   --record NAME=URL     adds the upstream recorded-NAME for real packages: asks a source once per file and keeps the
#                         answers in SEAWALL_STATE. NAME is files, go, pypi, apt, apk or npm; the URL `default` is the
#                         source in the tool's own configuration
#   --replay NAME         adds the upstream recorded-NAME from the kept answers; other requests get 504
#   --follow              prints the journal until the lab ends
#   --json                prints the journal as JSON, one object per line
#   -h, --help            this text
#   --version             the version
#
# Exit codes: 0 done, 1 no lab runs, 64 wrong call or scenario, 71 this machine lacks something, 78 wrong setting.
set -euf
SEAWALL_LIB=$0
[ ! -L "$0" ] || SEAWALL_LIB=$(readlink -f -- "$0")
SEAWALL_LIB=$(CDPATH='' cd -P -- "${SEAWALL_LIB%"${SEAWALL_LIB##*/}"}lib" && pwd -P)
LOG_NAME=fault-lab
. "$SEAWALL_LIB/load.sh"
load base host/settings

option_set() { :; }

[ "$#" -gt 0 ] || die 64 "wanted up, status, journal or down, saw nothing: see --help"
case $1 in -*) options_take '' "$@" ;; esac
conf_places_load
settings_use_home
ROOT=${SEAWALL_LIB%/scripts/lib}
[ -f "$ROOT/tests/harness/lab/__main__.py" ] ||
	die 71 "wanted the whole checkout, found no tests/harness beside scripts: clone the repository"
"$ROOT/tests/run" --setup >&2 || die 71 "wanted the environment of the tests, could not make it: see above"
PYTHONPATH=$ROOT/tests exec "$ROOT/.venv/bin/python" -m harness.lab --state "$SEAWALL_STATE/lab" "$@"

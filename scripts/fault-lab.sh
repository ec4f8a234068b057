#!/bin/sh
# fault-lab.sh up [--scenario FILE|NAME] [--upstream NAME --fault SCHEDULE]... [--relay NAME=URL]...
#                 [--record NAME=default|URL]... [--replay NAME]... [--seed TEXT] [--port N]
# fault-lab.sh status | journal [--follow | --json] | down
#
# Upstreams on loopback that misbehave as told: files, a Go module proxy, a Python package index, a container registry
# and more. `up` shows where they listen and what to try; `journal` shows each request that arrived and what it got;
# `down` ends them. In containers: build-lab-image.sh, then `docker compose -f fixtures/lab/compose.yaml up`. Needs the
# whole checkout, and makes .venv with the pinned requirements on the first call.
#
#   --scenario FILE|NAME  an incident: a TOML file, or one of fixtures/scenarios by its name
#   --upstream NAME       files, go, pypi, registry, ...: what the next --fault is for
#   --fault SCHEDULE      which request gets what, such as '503x2 -> rst@4096 -> ok'
#   --seed TEXT           what shares such as 503%30 are drawn from (default: 0)
#   --port N              the first of the ports to listen on (default: free ones)
#   --relay NAME=URL      a real server of this machine: the upstream real-NAME passes requests on to it
#   --record NAME=URL     real packages: the upstream recorded-NAME asks a source once (files, go, pypi, apt, apk or npm;
#                         `default` is what the tool's own configuration names) and keeps the answers in SEAWALL_STATE
#   --replay NAME         the upstream recorded-NAME from what was kept; what was not is 504
#   --follow              the journal until the lab ends
#   --json                the journal as it is kept, one JSON object a line
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
[ -f "$ROOT/tests/harness/lab/__main__.py" ] || die 71 "wanted the whole checkout, found no tests/harness beside scripts: clone the repository"
"$ROOT/tests/run" --setup >&2 || die 71 "wanted the environment of the tests, could not make it: see above"
PYTHONPATH=$ROOT/tests exec "$ROOT/.venv/bin/python" -m harness.lab --state "$SEAWALL_STATE/lab" "$@"

#!/bin/sh
# go-modules.sh [--dir DIR] [-- ARGUMENTS OF go mod download]
#
# Downloads the Go modules of the module in DIR (default: the working folder), from the first source of
# SEAWALL_GO_PROXIES that can: bounded attempts, go.sum and the checksum database in force.
# For a RUN step; reads settings from the secret /run/seawall.conf and certificates from /run/seawall.ca.
#
#   --dir DIR   the folder of go.mod
#   -h, --help  this text
#
# Exit codes: 0 done, 64 wrong call, 65 wrong bytes, 69 does not exist, 71 no go here, 75 outage, 78 wrong setting.
set -eu
SEAWALL_LIB=${0%/*}/../lib
LOG_NAME=go-modules
. "$SEAWALL_LIB/log.sh"
. "$SEAWALL_LIB/exit.sh"
. "$SEAWALL_LIB/options.sh"
. "$SEAWALL_LIB/settings.sh"
. "$SEAWALL_LIB/clock.sh"
. "$SEAWALL_LIB/json.sh"
. "$SEAWALL_LIB/events.sh"
. "$SEAWALL_LIB/scratch.sh"
. "$SEAWALL_LIB/trust.sh"
. "$SEAWALL_LIB/attempt.sh"
. "$SEAWALL_LIB/classify.sh"
. "$SEAWALL_LIB/backoff.sh"
. "$SEAWALL_LIB/retry-after.sh"
. "$SEAWALL_LIB/state.sh"
. "$SEAWALL_LIB/budget.sh"
. "$SEAWALL_LIB/breaker.sh"
. "$SEAWALL_LIB/judge.sh"
. "$SEAWALL_LIB/ladder.sh"
. "$SEAWALL_LIB/step.sh"

option_set() { MODULE_DIR=$2; }

# `default` leaves GOPROXY as it is: the user's own chain, with its own rules for private modules.
download_from() {
	GOPROXY=$1 && export GOPROXY
	# To go an empty variable is none: its own configuration counts.
	[ "$1" != default ] || GOPROXY=$OWN_GOPROXY
	shift
	step_run go mod download "$@"
}

MODULE_DIR=.
options_take '--dir=' "$@"
shift "$OPTIONS_TAKEN"
step_begin
step_need go
cd "$MODULE_DIR" || die 64 "--dir: wanted a folder with a go.mod, saw '$MODULE_DIR'"
[ -f go.mod ] || die 64 "wanted a go.mod in '$MODULE_DIR', found none: give --dir"
# go.sum decides what is right, whoever serves it.
GOFLAGS="${GOFLAGS:-} -mod=readonly" && export GOFLAGS
OWN_GOPROXY=${GOPROXY:-}
step_climb go go-proxy "$SEAWALL_GO_PROXIES" download_from "$@"

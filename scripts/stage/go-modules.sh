#!/bin/sh
# go-modules.sh [--dir DIR] [-- ARGUMENTS OF go mod download]
#
# Downloads the Go modules of the module or workspace in DIR (default: the working folder), and the toolchain that it asks
# for, from the first source of SEAWALL_GO_PROXIES that can: bounded attempts, go.sum and the checksum database in force.
# For a RUN step; reads settings from the secret /run/seawall.conf and certificates from /run/seawall.ca.
#
# `default` is the user's own GOPROXY, with its own rules (`,` and `|`) for private modules. No other source is asked for
# what GOPRIVATE names: that is fetched from where it lives.
#
#   --dir DIR   the folder of go.mod or go.work
#   -h, --help  this text
#
# Exit codes: 0 done, 64 wrong call, 65 wrong bytes, 69 does not exist, 71 no go here, 75 outage, 78 wrong setting.
set -euf
SEAWALL_LIB=${0%/*}/../lib
LOG_NAME=go-modules
. "$SEAWALL_LIB/log.sh"
. "$SEAWALL_LIB/exit.sh"
. "$SEAWALL_LIB/options.sh"
. "$SEAWALL_LIB/settings.sh"
. "$SEAWALL_LIB/handed.sh"
. "$SEAWALL_LIB/clock.sh"
. "$SEAWALL_LIB/process.sh"
. "$SEAWALL_LIB/json.sh"
. "$SEAWALL_LIB/events.sh"
. "$SEAWALL_LIB/scratch.sh"
. "$SEAWALL_LIB/trust.sh"
. "$SEAWALL_LIB/attempt.sh"
. "$SEAWALL_LIB/transcript.sh"
. "$SEAWALL_LIB/classify.sh"
. "$SEAWALL_LIB/backoff.sh"
. "$SEAWALL_LIB/retry-after.sh"
. "$SEAWALL_LIB/state.sh"
. "$SEAWALL_LIB/state-files.sh"
. "$SEAWALL_LIB/budget.sh"
. "$SEAWALL_LIB/breaker.sh"
. "$SEAWALL_LIB/judge.sh"
. "$SEAWALL_LIB/ladder.sh"
. "$SEAWALL_LIB/step.sh"

option_set() { MODULE_DIR=$2; }

download_from() {
	point_go_at "$1"
	shift
	step_run go mod download "$@"
}

# To go an empty variable is none: its own configuration counts. What only the user's own proxy may see, where GONOPROXY
# says so, is not for another one.
point_go_at() {
	GOPROXY=$1 GONOPROXY=$OWN_GONOPROXY
	case $1 in
		default) GOPROXY=$OWN_GOPROXY ;;
		*) [ -z "$PRIVATE" ] || GONOPROXY=$PRIVATE${OWN_GONOPROXY:+,$OWN_GONOPROXY} ;;
	esac
	# `none` is a pattern too, of a path that there is not.
	export GOPROXY GONOPROXY
}

# One request, for the first module that is not private; in a cache of its own, so that it is made, and without a word
# about the toolchain that the module wants.
probe_proxy() {
	[ -n "$PUBLIC_MODULE" ] && [ "$1" != direct ] || return 0
	point_go_at "$1"
	rm -rf "$SCRATCH/probe"
	step_ask env GOMODCACHE="$SCRATCH/probe" GOFLAGS=-modcacherw GOTOOLCHAIN=local GOWORK=off GO111MODULE=on \
		sh -c 'cd "$1" && exec go list -m "$2"' sh "$SCRATCH" "$PUBLIC_MODULE"
}

# go_says NAME: what go's environment or its own file says; asked away from the module, whose toolchain line would make
# go download before anything bounds it.
go_says() { (cd "$SCRATCH" && GOTOOLCHAIN=local GOWORK=off go env "$1") 2>/dev/null || :; }

# Prints MODULE@VERSION of the first requirement that no pattern of GOPRIVATE covers.
find_public_module() {
	local module version
	sed -n -E 's/^(require)?[[:blank:]]+([^[:blank:]()]+\.[^[:blank:]()]+)[[:blank:]]+(v[^[:blank:]]+).*/\2 \3/p' go.mod 2>/dev/null |
		while read -r module version; do
			is_private "$module" || { printf '%s@%s\n' "$module" "$version" && break; }
		done
}

is_private() {
	local pattern rest
	rest=$PRIVATE,
	while [ -n "$rest" ]; do
		pattern=${rest%%,*} rest=${rest#*,}
		# shellcheck disable=SC2254 # a pattern it is
		case $1/ in ${pattern:-//}/*) return 0 ;; esac
	done
	return 1
}

# keep_modules FOLDER ...: a module cache is laid out as a proxy is.
keep_modules() { cp -R "$(go_says GOMODCACHE)/cache/download/." "$1/"; }

# usable_proxies: without git nothing comes from where modules live.
usable_proxies() {
	local source kept
	kept=''
	for source in $SEAWALL_GO_PROXIES; do
		[ "$source" = direct ] && ! command -v git >/dev/null 2>&1 || kept="$kept $source"
	done
	printf '%s\n' "${kept:- $SEAWALL_GO_PROXIES}"
}

MODULE_DIR=.
options_take '--dir=' "$@"
shift "$OPTIONS_TAKEN"
step_begin
step_need go
cd "$MODULE_DIR" || die 64 "--dir: wanted a folder with a go.mod, saw '$MODULE_DIR'"
[ -f go.mod ] || [ -f go.work ] || die 64 "wanted a go.mod in '$MODULE_DIR', found none: give --dir"
# go.sum decides what is right, whoever serves it.
GOFLAGS="${GOFLAGS:-} -mod=readonly" && export GOFLAGS
OWN_GOPROXY=${GOPROXY:-} OWN_GONOPROXY=${GONOPROXY:-} PRIVATE=$(go_says GOPRIVATE)
PUBLIC_MODULE=$(find_public_module)
STEP_PROBE=probe_proxy STEP_KEEP=keep_modules
step_climb go go-proxy "$(usable_proxies)" download_from "$@"

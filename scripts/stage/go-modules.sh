#!/bin/sh
# go-modules.sh [--dir DIR] [-- ARGUMENTS OF go mod download]
#
# Runs `go mod download` for the module or workspace in DIR, and downloads the Go toolchain that it requires. If a proxy
# of SEAWALL_GO_PROXIES is unavailable, the next one is used. Every attempt has a time limit. go.sum and the checksum
# database verify the modules, whichever proxy serves them.
# For RUN steps; reads settings from the secret /run/seawall.conf and certificates from the secret /run/seawall.ca.
#
# The source `default` is the configured GOPROXY with its rules (`,` and `|`). Modules that match GOPRIVATE, GONOPROXY
# or GONOSUMDB (environment or `go env -w`) are downloaded from their origin, never from another proxy. Local modules
# (of a replace directive or the workspace) are not downloaded.
#
#   --dir DIR   folder with go.mod or go.work (default: the working folder)
#   -h, --help  this text
#   --version   the version
#
# Exit codes: 0 done, 64 wrong arguments, 65 wrong checksum, 69 not found, 71 no go in the image, 75 outage, 77 access
# denied, 78 invalid setting; the code of go for a mistake in the module or in the arguments of go.
set -euf
SEAWALL_LIB=$0
[ ! -L "$0" ] || SEAWALL_LIB=$(readlink -f -- "$0")
SEAWALL_LIB=$(CDPATH='' cd -P -- "${SEAWALL_LIB%"${SEAWALL_LIB##*/}"}../lib" && pwd -P)
LOG_NAME=go-modules
. "$SEAWALL_LIB/load.sh"
load base attempt verdict ladder fetch

option_set() { MODULE_DIR=$2; }

# download_from SOURCE ARGUMENT...: one attempt.
download_from() {
	local status
	status=0
	go_proxy_use "$1"
	shift
	step_run go mod download "$@" || status=$?
	case $status in
		0 | 124) ;;
		*) if go_failure_stays_offline "$@"; then go_failure_is_own "$status"; else go_failure_explain; fi ;;
	esac
	return "$status"
}

# keep_modules FOLDER ...: copies the module cache, which has the layout of a proxy, as the last known good copy.
keep_modules() {
	local cache
	cache=$(go_settings_value GOMODCACHE) && cp -R "$cache/cache/download/." "$1/"
}

# find_module COUNT: enters the folder above with the module. COUNT arguments name modules, which need no go.mod.
find_module() {
	local folder
	if folder=$(go_settings_folder); then
		CDPATH='' cd -- "$folder"
	elif [ "$1" -eq 0 ]; then
		die 64 "wanted a go.mod in '$MODULE_DIR' or above, found none: give --dir"
	fi
}

MODULE_DIR=.
options_take '--dir=' "$@"
shift "$OPTIONS_TAKEN"
step_begin
step_need go
CDPATH='' cd -- "$MODULE_DIR" || die 64 "--dir: wanted a folder with a go.mod, saw '$MODULE_DIR'"
REFUSED=no
go_proxy_begin "$SEAWALL_GO_PROXIES" || REFUSED=yes
[ -f go.mod ] || [ -f go.work ] || find_module "$#"
[ "$REFUSED" = no ] || die 78 "GOPROXY: wanted URLs, direct or off, saw a list that go refuses: see go env GOPROXY"
# -mod=readonly: go.sum must not change.
! OWN_GOFLAGS=$(go_settings_value GOFLAGS) || { GOFLAGS="$OWN_GOFLAGS -mod=readonly" && export GOFLAGS; }
! go_proxy_is_needed || step_use probe go_proxy_probe
step_use keep keep_modules
! go_proxy_is_pinned || go_proxy_knows_all || step_use pinned yes
step_climb go go-proxy "$(go_proxy_sources)" download_from "$@"

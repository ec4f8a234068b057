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

# A module version that every proxy knows and no project depends on: the oldest toolchain that go itself downloads.
NEUTRAL_MODULE=golang.org/toolchain@v0.0.1-go1.21.0.linux-amd64
# Seconds for `go mod download` without a network.
OFFLINE_SECONDS=30

option_set() { MODULE_DIR=$2; }

# download_from SOURCE ARGUMENT...: one attempt.
download_from() {
	local status
	status=0
	point_go_at "$1"
	shift
	step_run go mod download "$@" || status=$?
	case $status in 0 | 124) ;; *) explain_failure "$status" "$@" ;; esac
	return "$status"
}

# point_go_at SOURCE: exports GOPROXY and GONOPROXY. Go ignores an empty variable and reads its own configuration.
# Private modules bypass every proxy except the configured one.
point_go_at() {
	case $1 in
		default) GOPROXY=$OWN_GOPROXY GONOPROXY=$OWN_GONOPROXY ;;
		*) GOPROXY=$1 GONOPROXY=${PRIVATE:-$OWN_GONOPROXY} ;;
	esac
	export GOPROXY GONOPROXY
}

# explain_failure STATUS ARGUMENT...: sets the finding where go's words do not tell it.
explain_failure() {
	if fails_offline "$@"; then
		# A mistake in the module, the workspace or the call: no other proxy helps, and the code is that of go.
		finding_set build-command-failed
		finding_decide stop "$1"
	elif [ "$USABLE:$OWN_PROXY" = default:off ]; then
		finding_set proxy '' '' '' 'GOPROXY=off forbids downloads'
	elif grep -q 'toolchain not available' "$LADDER_TEXT"; then
		finding_set not-found '' '' '' 'the Go toolchain that go.mod requires'
	elif grep -q 'reading file:///.*: no such file or directory' "$LADDER_TEXT"; then
		finding_set not-found
	elif grep -q -E 'reading https?://.*: 4(04|10) ' "$LADDER_TEXT"; then
		IS_MISSING=yes
	elif [ "$IS_MISSING" = yes ] && grep -q 'unrecognized import path .*: no such host' "$LADDER_TEXT"; then
		# A proxy answered that the module is not there, and its origin does not exist either.
		finding_set not-found
	elif grep -q 'invalid proxy URL\|proxy URL uses file scheme' "$LADDER_TEXT"; then
		finding_set proxy '' '' '' 'GOPROXY holds an entry that go refuses'
		finding_decide elsewhere 78
	fi
}

# fails_offline STATUS ARGUMENT...: true if go fails without a network for another reason than the missing network.
fails_offline() {
	shift
	! attempt_run "$OFFLINE_SECONDS" env GOPROXY=off GONOPROXY=none GOSUMDB=off go mod download "$@" \
		>"$SCRATCH/offline" 2>&1 || return 1
	! grep -q -i -e 'GOPROXY=off' -e 'toolchain not available' -e 'mismatch' -e 'security error' "$SCRATCH/offline"
}

# probe_proxy SOURCE: requests a neutral module, so that no proxy learns a name of this project and none is blamed for a
# module that it need not have. An empty cache forces the request; GOTOOLCHAIN=local keeps go from downloading a
# toolchain.
probe_proxy() {
	local proxy status
	proxy=$1 status=0
	[ "$1" != default ] || proxy=$OWN_PROXY
	case $proxy:$USABLE in
		direct:* | off:* | '|':* | *'|:default direct ') return 0 ;;
	esac
	step_ask env GOPROXY="${proxy%'|'}" GONOPROXY=none GOMODCACHE="$SCRATCH/probe" GOFLAGS=-modcacherw \
		GOTOOLCHAIN=local GOWORK=off GO111MODULE=on \
		sh -c 'cd "$1" && exec go list -m "$2"' sh "$SCRATCH" "$NEUTRAL_MODULE" || status=$?
	# Behind `|` go leaves a proxy that fails, but waits for one that hangs.
	case $proxy:$status in *'|:124') ;; *'|:'*) return 0 ;; esac
	return "$status"
}

# has_public_module: false if go.mod requires no module, or only private ones: then no listed proxy is asked for one.
has_public_module() {
	local line section
	[ ! -f go.work ] && [ -f go.mod ] || return 0
	# Without private modules go need not parse the file, which takes 10 ms.
	[ -n "$PRIVATE" ] || { grep -q '^[[:space:]]*require' go.mod && return || return 1; }
	section=''
	while IFS= read -r line; do
		case $line in
			'	"'*) section=${line#*'"'} section=${section%%'"'*} ;;
			*'"Path": "'*)
				line=${line#*'": "'}
				[ "$section" != Require ] || is_private "${line%%'"'*}" || return 0
				;;
		esac
	done <<-JSON
		$(go_settings_ask mod edit -json)
	JSON
	return 1
}

# is_private MODULE: true if a pattern of PRIVATE matches. Go matches path elements one by one (path.Match); here `*`
# also matches a slash, and a pattern that a shell reads differently matches every module. At worst no probe is made.
is_private() {
	local pattern rest
	rest=$PRIVATE,
	while [ -n "$rest" ]; do
		pattern=${rest%%,*} rest=${rest#*,}
		case $pattern in *[!A-Za-z0-9._~/*?-]*) return 0 ;; esac
		# shellcheck disable=SC2254 # the variable holds a pattern
		case $1/ in ${pattern:-//}/*) return 0 ;; esac
	done
	return 1
}

# keep_modules FOLDER ...: copies the module cache, which has the layout of a proxy, as the last known good copy.
keep_modules() {
	local cache
	cache=$(go_settings_value GOMODCACHE) && cp -R "$cache/cache/download/." "$1/"
}

# usable_proxies: prints the sources, without `direct` if git is missing, which it needs, and without `default` if go
# refuses its list. GOPROXY=off forbids all others, unless the list of sources does without `default`.
usable_proxies() {
	local source
	case "$OWN_PROXY: $SEAWALL_GO_PROXIES " in "off:"*" default "*) printf 'default\n' && return ;; esac
	for source in $SEAWALL_GO_PROXIES; do
		case $source:$OWN_PROXY in
			direct:*) command -v git >/dev/null 2>&1 || continue ;;
			default:) continue ;;
		esac
		printf '%s ' "$source"
	done
}

# knows_all: true if `default` has `direct` in its list: the source `direct` cannot tell more about a missing module.
knows_all() {
	[ "$USABLE" = 'default direct ' ] || return
	case ,$(go_settings_value GOPROXY | tr '| ' ',,'), in *,direct,*) ;; *) return 1 ;; esac
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

# is_pinned: true if go.sum or the checksum database verifies what a proxy serves.
is_pinned() { [ -s go.sum ] || [ -s go.work.sum ] || [ "$(go_settings_value GOSUMDB)" != off ]; }

MODULE_DIR=. IS_MISSING=no
options_take '--dir=' "$@"
shift "$OPTIONS_TAKEN"
step_begin
step_need go
CDPATH='' cd -- "$MODULE_DIR" || die 64 "--dir: wanted a folder with a go.mod, saw '$MODULE_DIR'"
OWN_GOPROXY=${GOPROXY:-} OWN_GONOPROXY=${GONOPROXY:-}
go_settings_read
[ -f go.mod ] || [ -f go.work ] || find_module "$#"
PRIVATE=$(go_settings_private)
OWN_PROXY=$(go_settings_proxy)
USABLE=$(usable_proxies)
[ -n "$USABLE" ] || die 78 "GOPROXY: wanted URLs, direct or off, saw a list that go refuses: see go env GOPROXY"
# -mod=readonly: go.sum must not change.
! OWN_GOFLAGS=$(go_settings_value GOFLAGS) || { GOFLAGS="$OWN_GOFLAGS -mod=readonly" && export GOFLAGS; }
! has_public_module || step_use probe probe_proxy
step_use keep keep_modules
! is_pinned || knows_all || step_use pinned yes
step_climb go go-proxy "$USABLE" download_from "$@"

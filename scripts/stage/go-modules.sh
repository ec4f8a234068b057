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
# Exit codes: 0 done, 64 wrong arguments, 65 wrong checksum, 69 not found, 71 no go in the image, 75 outage, 78 invalid
# setting.
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
	point_go_at "$1"
	shift
	step_run go mod download "$@"
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

# probe_proxy SOURCE: requests the first public module. An empty cache forces the request; GOTOOLCHAIN=local keeps go
# from downloading a toolchain.
probe_proxy() {
	[ -n "$PUBLIC_MODULE" ] && [ "$1" != direct ] || return 0
	point_go_at "$1"
	rm -rf "$SCRATCH/probe"
	step_ask env GOMODCACHE="$SCRATCH/probe" GOFLAGS=-modcacherw GOTOOLCHAIN=local GOWORK=off GO111MODULE=on \
		sh -c 'cd "$1" && exec go list -m "$2"' sh "$SCRATCH" "$PUBLIC_MODULE"
}

# read_go_settings: sets PRIVATE (patterns of private modules), OWN_GOFLAGS and WORKSPACE (the path of go.work) from `go
# env`. GOTOOLCHAIN=local: otherwise go downloads the toolchain here, without a time limit. If `go env` fails, all
# modules are private.
read_go_settings() {
	local private noproxy nosumdb
	private='*' noproxy='' nosumdb='' OWN_GOFLAGS='' WORKSPACE='' PRIVATE=''
	{
		read -r private
		read -r noproxy
		read -r nosumdb
		read -r OWN_GOFLAGS
		read -r WORKSPACE
	} <<-SAID || :
		$(GOTOOLCHAIN=local go env GOPRIVATE GONOPROXY GONOSUMDB GOFLAGS GOWORK 2>/dev/null || printf '*\n')
	SAID
	[ "$WORKSPACE" != off ] || WORKSPACE=''
	# GONOSUMDB=* switches the checksum database off and does not mean that all modules are private. `none` needs no
	# special case: it is a pattern that matches no module.
	[ "$nosumdb" != '*' ] || nosumdb=''
	for noproxy in "$private" "$noproxy" "$nosumdb"; do
		case ,$PRIVATE, in *",$noproxy,"*) ;; *) PRIVATE=${PRIVATE:+$PRIVATE,}$noproxy ;; esac
	done
}

# find_public_module: sets MODULES and prints MODULE@VERSION of the first requirement that is neither private nor local.
find_public_module() {
	local kind name version
	MODULES=$(go_files | list_modules "${WORKSPACE%/*}")
	printf '%s\n' "$MODULES" | while read -r kind name version; do
		[ "$kind" = require ] || continue
		is_private "$name" || is_local "$name" || { printf '%s@%s\n' "$name" "$version" && break; }
	done
}

# go_files: prints go.mod and go.work as JSON. go itself parses them.
go_files() {
	(
		GOTOOLCHAIN=local && export GOTOOLCHAIN
		[ ! -f go.mod ] || go mod edit -json
		[ -z "$WORKSPACE" ] || go work edit -json "$WORKSPACE" || printf '"DiskPath": ""\n'
	) 2>/dev/null
}

# is_local MODULE: true if MODULES lists it as local, or lists a folder whose module is unknown.
is_local() {
	case "
$MODULES
" in *"
local $1
"* | *"
unclear
"*) return 0 ;; esac
	return 1
}

# list_modules FOLDER < JSON of `go mod edit` and `go work edit`: prints lines `require MODULE VERSION` and `local
# MODULE`. FOLDER is the folder of go.work.
list_modules() {
	local line section value name
	section='' name=''
	while IFS= read -r line; do
		value=${line#*'": "'}
		value=${value%%'"'*}
		case $line in
			'	"'*) section=${line#*'"'} section=${section%%'"'*} ;;
			*'"Path": "'*) [ "$section" = Replace ] && printf 'local %s\n' "$value" || name=$value ;;
			*'"Version": "'*)
				case $section:$name@$value in
					Require:*[!A-Za-z0-9._~/@+-]*) ;;
					Require:*.*) printf 'require %s %s\n' "$name" "$value" ;;
				esac
				;;
			*'"DiskPath": "'*) name_used_module "$1" "$value" ;;
		esac
	done
}

# name_used_module FOLDER DISK_PATH: prints `local MODULE` for a module of the workspace; `unclear` if its go.mod cannot
# be read.
name_used_module() {
	local file word name
	file=$1/$2/go.mod
	case $2 in /*) file=$2/go.mod ;; esac
	while read -r word name; do
		[ "$word" = module ] || continue
		name=${name%%//*} name=${name%%[[:space:]]*}
		case $name in '' | *[!A-Za-z0-9._~/-]*) break ;; esac
		printf 'local %s\n' "$name"
		return 0
	done 2>/dev/null <"$file" || :
	printf 'unclear\n'
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
	cache=$(cd "$SCRATCH" && GOTOOLCHAIN=local go env GOMODCACHE) && cp -R "$cache/cache/download/." "$1/"
}

# usable_proxies: prints the sources; without git `direct` is left out, because it needs git.
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
OWN_GOPROXY=${GOPROXY:-} OWN_GONOPROXY=${GONOPROXY:-}
read_go_settings
PUBLIC_MODULE=$(find_public_module)
# -mod=readonly: go.sum must not change.
GOFLAGS="$OWN_GOFLAGS -mod=readonly" && export GOFLAGS
step_use probe probe_proxy
step_use keep keep_modules
step_climb go go-proxy "$(usable_proxies)" download_from "$@"

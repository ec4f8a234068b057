#!/bin/sh
# go-modules.sh [--dir DIR] [-- ARGUMENTS OF go mod download]
#
# Downloads the Go modules of the module or workspace in DIR (default: the working folder), and the toolchain that it asks
# for, from the first source of SEAWALL_GO_PROXIES that can: bounded attempts, go.sum and the checksum database in force.
# For a RUN step; reads settings from the secret /run/seawall.conf and certificates from /run/seawall.ca.
#
# `default` is the user's own GOPROXY with its rules (`,` and `|`). Modules of GOPRIVATE, GONOPROXY and GONOSUMDB (environment
# or go's own files) come only from their origin; local modules (a replace directive, a workspace) are not requested.
#
#   --dir DIR   the folder of go.mod or go.work
#   -h, --help  this text
#   --version   the version
#
# Exit codes: 0 done, 64 wrong call, 65 wrong bytes, 69 does not exist, 71 no go here, 75 outage, 78 wrong setting.
set -euf
SEAWALL_LIB=$0
[ ! -L "$0" ] || SEAWALL_LIB=$(readlink -f -- "$0")
SEAWALL_LIB=$(CDPATH='' cd -P -- "${SEAWALL_LIB%"${SEAWALL_LIB##*/}"}../lib" && pwd -P)
LOG_NAME=go-modules
. "$SEAWALL_LIB/load.sh"
load base attempt verdict ladder fetch

option_set() { MODULE_DIR=$2; }

download_from() {
	point_go_at "$1"
	shift
	step_run go mod download "$@"
}

# To go an empty variable is none: its own configuration counts. What only the user's own proxy may see is for no other.
point_go_at() {
	case $1 in
		default) GOPROXY=$OWN_GOPROXY GONOPROXY=$OWN_GONOPROXY ;;
		*) GOPROXY=$1 GONOPROXY=${PRIVATE:-$OWN_GONOPROXY} ;;
	esac
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

# Sets PRIVATE, OWN_GOFLAGS and WORKSPACE to what go's environment and its own files say. GOTOOLCHAIN: the module's toolchain
# line would make go download before anything bounds it. Where go does not answer, all is private.
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
	# `none` is a pattern too, of a path that there is not; a lone `*` is no name, it turns the checksum database off.
	[ "$nosumdb" != '*' ] || nosumdb=''
	for noproxy in "$private" "$noproxy" "$nosumdb"; do
		case ,$PRIVATE, in *",$noproxy,"*) ;; *) PRIVATE=${PRIVATE:+$PRIVATE,}$noproxy ;; esac
	done
}

# find_public_module: prints MODULE@VERSION of the first requirement that is neither private nor local.
find_public_module() {
	local kind name version
	MODULES=$(go_files | list_modules "${WORKSPACE%/*}")
	printf '%s\n' "$MODULES" | while read -r kind name version; do
		[ "$kind" = require ] || continue
		is_private "$name" || is_local "$name" || { printf '%s@%s\n' "$name" "$version" && break; }
	done
}

# go_files: prints go.mod and go.work as JSON; only go knows its own grammar.
go_files() {
	(
		GOTOOLCHAIN=local && export GOTOOLCHAIN
		[ ! -f go.mod ] || go mod edit -json
		[ -z "$WORKSPACE" ] || go work edit -json "$WORKSPACE" || printf '"DiskPath": ""\n'
	) 2>/dev/null
}

# is_local MODULE: in the list of list_modules.
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

# list_modules FOLDER < JSON of `go mod edit` and `go work edit`: prints `require MODULE VERSION` and `local MODULE`; FOLDER is
# what the paths of a workspace are relative to.
list_modules() {
	local line section value name
	section='' name=''
	while IFS= read -r line; do
		value=${line#*'": "'}
		value=${value%%'"'*}
		case $line in
			'	"'*) section=${line#*'"'} section=${section%%'"'*} ;;
			*'"Path": "'*) [ "$section" = Replace ] && printf 'local %s\n' "$value" || name=$value ;;
			*'"Version": "'*) case $section:$name@$value in Require:*[!A-Za-z0-9._~/@+-]*) ;; Require:*.*) printf 'require %s %s\n' "$name" "$value" ;; esac ;;
			*'"DiskPath": "'*) name_used_module "$1" "$value" ;;
		esac
	done
}

# name_used_module FOLDER DISK_PATH: prints `local MODULE`, or that this is not clear.
name_used_module() {
	local file word name
	file=$1/$2/go.mod
	case $2 in /*) file=$2/go.mod ;; esac
	while read -r word name; do
		[ "$word" = module ] || continue
		name=${name%%//*} name=${name%%[[:space:]]*}
		case $name in '' | *[!A-Za-z0-9._~/-]*) break ;; esac
		printf 'local %s\n' "$name" && return 0
	done 2>/dev/null <"$file" || :
	printf 'unclear\n'
}

# is_private MODULE: go matches patterns element by element (path.Match). Here `*` goes beyond a slash, and what a shell reads
# in another way than go counts for every module: at worst there is no probe.
is_private() {
	local pattern rest
	rest=$PRIVATE,
	while [ -n "$rest" ]; do
		pattern=${rest%%,*} rest=${rest#*,}
		case $pattern in *[!A-Za-z0-9._~/*?-]*) return 0 ;; esac
		# shellcheck disable=SC2254 # a pattern it is
		case $1/ in ${pattern:-//}/*) return 0 ;; esac
	done
	return 1
}

# keep_modules FOLDER ...: a module cache is laid out as a proxy is.
keep_modules() {
	local cache
	cache=$(cd "$SCRATCH" && GOTOOLCHAIN=local go env GOMODCACHE) && cp -R "$cache/cache/download/." "$1/"
}

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
OWN_GOPROXY=${GOPROXY:-} OWN_GONOPROXY=${GONOPROXY:-}
read_go_settings
PUBLIC_MODULE=$(find_public_module)
# go.sum decides what is right, whoever serves it.
GOFLAGS="$OWN_GOFLAGS -mod=readonly" && export GOFLAGS
STEP_PROBE=probe_proxy STEP_KEEP=keep_modules
step_climb go go-proxy "$(usable_proxies)" download_from "$@"

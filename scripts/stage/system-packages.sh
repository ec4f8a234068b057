#!/bin/sh
# system-packages.sh PACKAGE... [--or PACKAGE...]
#
# Installs distribution packages with apt-get or apk, whichever the image has, from the first source of
# SEAWALL_APT_MIRRORS or SEAWALL_APK_MIRRORS that can: an update that fails is a failure, retries inside the tool off,
# signatures in force, one mirror at a time for lists and packages, lists and caches removed afterwards.
# A package may be NAME=VERSION. For a RUN step, as root; settings come from the secret /run/seawall.conf.
#
#   --or PACKAGE...  what will do in an outage: tried when no source has all of the first, and said (degraded)
#   -h, --help       this text
#   --version        the version
#
# Calls of apt-get inside a package's scripts follow the chosen mirror; those of apk do not.
# Exit codes: 0 done, 64 wrong call, 65 wrong bytes, 69 does not exist, 71 neither apt-get nor apk or not root, 75 outage,
# 78 wrong setting.
set -euf
SEAWALL_LIB=$0
[ ! -L "$0" ] || SEAWALL_LIB=$(readlink -f -- "$0")
SEAWALL_LIB=$(CDPATH='' cd -P -- "${SEAWALL_LIB%"${SEAWALL_LIB##*/}"}../lib" && pwd -P)
LOG_NAME=system-packages
. "$SEAWALL_LIB/load.sh"
load base attempt verdict ladder fetch

option_set() { :; }
# An update that fails must fail: without Error-Mode=any it exits 0 when a mirror is down (apt 2.6).
run_apt() {
	"$RUNNER" apt-get -o Acquire::Retries=0 -o APT::Update::Error-Mode=any -o "Acquire::http::Timeout=$SEAWALL_SILENCE" \
		-o "Acquire::https::Timeout=$SEAWALL_SILENCE" "$@"
}

# One attempt is both halves on one mirror: lists of one and packages of another need not fit. What unpacks is never
# ended for a silent mirror.
apt_install_from() {
	local source
	source=$1
	shift
	(set +f && rm -rf /var/lib/apt/lists/*)
	mkdir -p "$STEP_FOLDER/archives/partial"
	case $source in
		file://*) fetch_kept "${source#file://}" "$@" || return ;;
		*)
			APT_MIRROR=$source
			apt_sources_point "$STEP_FOLDER" "$source"
			[ "$source" = default ] && source='' || source=$STEP_FOLDER
			point_apt_at "$source" "$STEP_FOLDER/archives"
			RUNNER=step_run
			run_apt update || return
			run_apt install -y --no-install-recommends --download-only "$@" || return
			;;
	esac
	RUNNER=step_local
	run_apt install -y --no-install-recommends --no-download "$@"
}

# fetch_kept STORE PACKAGE...: from a copy that nobody else can change, by apt, which verifies lists and packages as those of
# a mirror; sources and keys are the image's.
fetch_kept() {
	local store tree
	store=$1 tree=$STEP_FOLDER/kept
	shift
	apt_sources_point "$STEP_FOLDER" "kept:$tree"
	apt_lists_make_tree "$store" "$tree" "$(sort -u "$STEP_FOLDER/urls")"
	point_apt_at "$STEP_FOLDER" "$STEP_FOLDER/archives"
	RUNNER=step_local
	run_apt -o Acquire::By-Hash=no -o Acquire::Languages=none update || return
	RUNNER='env'
	run_apt install -y --no-install-recommends --print-uris "$@" 2>/dev/null | apt_lists_place_packages "$store/archives" "$tree"
	RUNNER=step_local
	run_apt install -y --no-install-recommends --download-only "$@"
}

# point_apt_at SOURCES ARCHIVES: folders, the first one empty for the image's own; by the environment, so that every apt-get
# follows.
point_apt_at() {
	APT_CONFIG=$SCRATCH/apt.conf && export APT_CONFIG
	{
		[ -z "$OWN_APT_CONFIG" ] || printf '#include "%s";\n' "$OWN_APT_CONFIG"
		[ -z "$1" ] || printf 'Dir::Etc::sourcelist "%s/etc/sources.list";\nDir::Etc::sourceparts "%s/etc/sources.list.d";\n' "$1" "$1"
		printf 'Dir::Cache::archives "%s";\n' "$2"
	} >"$APT_CONFIG"
}

# The smallest signed thing that each archive has; a page of a portal is told by what it does not begin with.
apt_probe() {
	local url status
	apt_sources_point "$STEP_FOLDER" "$1"
	url=$(apt_lists_release_file "$STEP_FOLDER")
	[ -n "$url" ] && [ -x /usr/lib/apt/apt-helper ] || return 0
	status=0
	step_ask /usr/lib/apt/apt-helper -o Acquire::Retries=0 -o Debug::Acquire::http=true download-file "$url" "$SCRATCH/release" || status=$?
	if [ "$status" -eq 0 ] && ! grep -q -e '^-----BEGIN PGP' "$SCRATCH/release"; then
		printf "E: Clearsigned file isn't valid, got 'NOSPLIT' (does the network require authentication?)\n" >"$LADDER_TEXT"
		status=100
	fi
	rm -f "$SCRATCH/release"
	return "$status"
}

# apt_keep FOLDER ...: as apt keeps them, and the mirror that the lists are named after.
apt_keep() {
	rm -rf "$1/lists" "$1/archives" "$1/mirror" "${1:?}/etc"
	cp -R /var/lib/apt/lists "$STEP_FOLDER/archives" "$1/" && printf '%s\n' "$APT_MIRROR" >"$1/mirror"
}

# take_packages WORD...: sets PACKAGES and INSTEAD, which --or begins.
take_packages() {
	local word list
	PACKAGES='' INSTEAD='' list=first
	for word in "$@"; do
		case $list:$word in
			first:--or) list=instead ;;
			*:-*) die 64 "unknown option $word: wanted names of packages and --or: see --help" ;;
			*:*[!A-Za-z0-9.+:=~@_/-]* | *:) die 64 "wanted the name of a package, saw '$word': see --help" ;;
			first:*) PACKAGES="$PACKAGES $word" ;;
			*) INSTEAD="$INSTEAD $word" ;;
		esac
	done
	[ -n "$PACKAGES" ] || die 64 "wanted the names of packages, saw none: see --help"
	[ "$list" = first ] || [ -n "$INSTEAD" ] || die 64 "--or: wanted the names of packages behind it, saw none: see --help"
}

# The user's other set is for an outage only.
install_all() {
	local status
	status=0
	# shellcheck disable=SC2086 # names of packages hold no blanks
	step_try "$@" $PACKAGES || status=$?
	[ "$status" -eq 75 ] && [ -n "$INSTEAD" ] || return "$status"
	# shellcheck disable=SC2086
	step_try "$@" $INSTEAD || return
	last_good_tell_degraded "no source has all of$PACKAGES; installed instead:$INSTEAD"
}

options_show_info "${1:-}"
take_packages "$@"
step_begin
TOOL=apt
command -v apt-get >/dev/null 2>&1 || TOOL=apk
[ "$TOOL" = apt ] || command -v apk >/dev/null 2>&1 ||
	die 71 "wanted apt-get or apk in this image, found neither: use an image of Debian, Ubuntu or Alpine"
[ "$(id -u)" -eq 0 ] || die 71 "wanted root to install packages, saw uid $(id -u): put the step before USER"
DEBIAN_FRONTEND=noninteractive && export DEBIAN_FRONTEND
# To apt an empty variable is none.
OWN_APT_CONFIG=${APT_CONFIG:-}
step_make_folder
# The user who downloads for apt looks in.
chmod 755 "$STEP_FOLDER"
STEP_PROBE=${TOOL}_probe STEP_WAIT_PROBE=${TOOL}_probe STEP_KEEP=${TOOL}_keep
if [ "$TOOL" = apt ]; then SOURCES=$(apt_sources_usable "$STEP_FOLDER" "$SEAWALL_APT_MIRRORS"); else SOURCES=$SEAWALL_APK_MIRRORS; fi
status=0
install_all "$TOOL" "$TOOL" "$SOURCES" "${TOOL}_install_from" || status=$?
[ "$TOOL" = apk ] || (set +f && rm -rf /var/lib/apt/lists/*)
[ "$status" -eq 0 ] || step_fail "$status" "$TOOL"

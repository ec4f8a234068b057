#!/bin/sh
# system-packages.sh PACKAGE... [--or PACKAGE...]
#
# Installs packages of the distribution with apt-get or apk. If a mirror of SEAWALL_APT_MIRRORS or SEAWALL_APK_MIRRORS
# is unavailable, the next one is used; indexes and packages always come from the same mirror. A failed index update is
# an error, signatures are verified, the retries of apt-get are off, and indexes and caches are deleted at the end.
# PACKAGE is NAME or NAME=VERSION.
# For RUN steps, as root; reads settings from the secret /run/seawall.conf and certificates from the secret
# /run/seawall.ca.
#
#   --or PACKAGE...  install these packages if no mirror can serve the first ones (reported as degraded)
#   -h, --help       this text
#   --version        the version
#
# apt-get in the scripts of a package uses the chosen mirror; apk in such scripts uses the repositories of the image.
# Exit codes: 0 done, 64 wrong arguments, 65 wrong checksum or signature, 69 not found, 71 not root, or neither apt-get
# nor apk in the image, 75 outage, 78 invalid setting.
set -euf
SEAWALL_LIB=$0
[ ! -L "$0" ] || SEAWALL_LIB=$(readlink -f -- "$0")
SEAWALL_LIB=$(CDPATH='' cd -P -- "${SEAWALL_LIB%"${SEAWALL_LIB##*/}"}../lib" && pwd -P)
LOG_NAME=system-packages
. "$SEAWALL_LIB/load.sh"
load base attempt verdict ladder fetch

option_set() { :; }

# run_apt ARGUMENT...: runs apt-get by RUNNER. Without Error-Mode=any `apt-get update` exits 0 if a mirror is down (apt
# 2.6).
run_apt() {
	"$RUNNER" apt-get -o Acquire::Retries=0 -o APT::Update::Error-Mode=any \
		-o "Acquire::http::Timeout=$SEAWALL_SILENCE" -o "Acquire::https::Timeout=$SEAWALL_SILENCE" "$@"
}

# apt_install_from SOURCE PACKAGE...: one attempt. Lists and packages come from the same mirror, because the lists of
# one mirror may name packages that another does not have. Unpacking has no silence limit.
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

# fetch_kept STORE PACKAGE...: fetches packages from the last known good copy. apt reads a private copy of it and
# verifies lists and packages like those of a mirror, with the sources and keys of the image.
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
	run_apt install -y --no-install-recommends --print-uris "$@" 2>/dev/null |
		apt_lists_place_packages "$store/archives" "$tree"
	RUNNER=step_local
	run_apt install -y --no-install-recommends --download-only "$@"
}

# point_apt_at SOURCES ARCHIVES: makes apt use these folders; empty SOURCES are those of the image. It is set by
# APT_CONFIG, which every apt-get of this step reads.
point_apt_at() {
	APT_CONFIG=$SCRATCH/apt.conf && export APT_CONFIG
	{
		[ -z "$OWN_APT_CONFIG" ] || printf '#include "%s";\n' "$OWN_APT_CONFIG"
		if [ -n "$1" ]; then
			printf 'Dir::Etc::sourcelist "%s/etc/sources.list";\n' "$1"
			printf 'Dir::Etc::sourceparts "%s/etc/sources.list.d";\n' "$1"
		fi
		printf 'Dir::Cache::archives "%s";\n' "$2"
	} >"$APT_CONFIG"
}

# apt_probe SOURCE: requests the InRelease file, the smallest signed file of an archive. The page of a login portal does
# not begin with a signature.
apt_probe() {
	local url status
	apt_sources_point "$STEP_FOLDER" "$1"
	url=$(apt_lists_release_file "$STEP_FOLDER")
	[ -n "$url" ] && [ -x /usr/lib/apt/apt-helper ] || return 0
	status=0
	step_ask /usr/lib/apt/apt-helper -o Acquire::Retries=0 -o Debug::Acquire::http=true \
		download-file "$url" "$SCRATCH/release" || status=$?
	if [ "$status" -eq 0 ] && ! grep -q -e '^-----BEGIN PGP' "$SCRATCH/release"; then
		printf "E: Clearsigned file isn't valid, got 'NOSPLIT' (does the network require authentication?)\n" \
			>"$LADDER_TEXT"
		status=100
	fi
	rm -f "$SCRATCH/release"
	return "$status"
}

# apt_keep FOLDER ...: copies lists and packages as the last known good copy, with the name of the mirror that served
# them.
apt_keep() {
	rm -rf "$1/lists" "$1/archives" "$1/mirror" "${1:?}/etc"
	cp -R /var/lib/apt/lists "$STEP_FOLDER/archives" "$1/" && printf '%s\n' "$APT_MIRROR" >"$1/mirror"
}

# take_packages WORD...: sets PACKAGES, and FALLBACK to the packages after --or.
take_packages() {
	local word list
	PACKAGES='' FALLBACK='' list=first
	for word in "$@"; do
		case $list:$word in
			first:--or) list=instead ;;
			*:-*) die 64 "unknown option $word: wanted names of packages and --or: see --help" ;;
			*:*[!A-Za-z0-9.+:=~@_/-]* | *:) die 64 "wanted the name of a package, saw '$word': see --help" ;;
			first:*) PACKAGES="$PACKAGES $word" ;;
			*) FALLBACK="$FALLBACK $word" ;;
		esac
	done
	[ -n "$PACKAGES" ] || die 64 "wanted the names of packages, saw none: see --help"
	[ "$list" = first ] || [ -n "$FALLBACK" ] || die 64 "--or: wanted the names of packages, saw none: see --help"
}

# install_all TOOL UPSTREAM "SOURCE..." FUNCTION: installs PACKAGES, or FALLBACK in an outage.
install_all() {
	local status
	status=0
	# shellcheck disable=SC2086 # names of packages hold no blanks
	step_try "$@" $PACKAGES || status=$?
	[ "$status" -eq 75 ] && [ -n "$FALLBACK" ] || return "$status"
	# shellcheck disable=SC2086
	step_try "$@" $FALLBACK || return
	last_good_tell_degraded "no mirror can serve all of$PACKAGES; installed instead:$FALLBACK"
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
# apt ignores an empty APT_CONFIG.
OWN_APT_CONFIG=${APT_CONFIG:-}
step_make_folder
# apt downloads as the user _apt, who must be able to enter the folder.
chmod 755 "$STEP_FOLDER"
step_use probe "${TOOL}_probe"
step_use wait-probe "${TOOL}_probe"
step_use keep "${TOOL}_keep"
SOURCES=$SEAWALL_APK_MIRRORS
[ "$TOOL" = apk ] || SOURCES=$(apt_sources_usable "$STEP_FOLDER" "$SEAWALL_APT_MIRRORS")
status=0
install_all "$TOOL" "$TOOL" "$SOURCES" "${TOOL}_install_from" || status=$?
[ "$TOOL" = apk ] || (set +f && rm -rf /var/lib/apt/lists/*)
[ "$status" -eq 0 ] || step_fail "$status" "$TOOL"

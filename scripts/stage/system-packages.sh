#!/bin/sh
# system-packages.sh [OPTIONS OF apt-get install OR apk add] PACKAGE... [--or PACKAGE...]
#
# Installs packages of the distribution with apt-get or apk. If a mirror of SEAWALL_APT_MIRRORS or SEAWALL_APK_MIRRORS
# is unavailable, the next one is used; indexes and packages always come from the same mirror. A failed index update is
# an error, signatures are verified, the retries of apt-get are off, and indexes and caches are deleted at the end.
# PACKAGE is what apt-get install or apk add accepts: NAME, NAME=VERSION, NAME/SUITE, NAME:ARCH, 'NAME=1.2.*', 'NAME<3'.
# Their options are passed on (-t SUITE, --virtual NAME), and `update` gets -o, -c, -X and --keys-dir, too. A repository
# of apk's -X is an addition that no mirror replaces. An option that accepts unsigned packages excludes other mirrors.
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

# install_all: installs the packages, or those behind --or in an outage.
install_all() {
	local status
	status=0
	install_packages first || status=$?
	[ "$status" -eq 75 ] && package_words_have_or || return "$status"
	install_packages or || return
	last_good_tell_degraded "no mirror can serve all of $(package_words_pass first shown):" \
		"installed instead: $(package_words_pass or shown)"
}

shown() { printf '%s\n' "$*"; }

# install_packages first|or: installs these packages from the first mirror that serves them.
install_packages() {
	[ -z "$SEAWALL_LAST_GOOD" ] ||
		last_good_name_part "$(package_words_pass "$1" shown)" "$("${TOOL}_describe_sources")"
	package_words_pass "$1" step_try "$TOOL" "$TOOL" "$SOURCES" "${TOOL}_install_from"
}

# usable_sources "SOURCE...": prints the mirrors; only the first if an option accepts packages without a signature,
# because another mirror could then serve anything.
usable_sources() {
	if package_words_are_signed || [ "$1" = "${1%% *}" ]; then
		printf '%s\n' "$1"
	else
		log_warn "wanted signed packages, saw an option that accepts others: only the first mirror is used"
		printf '%s\n' "${1%% *}"
	fi
}

options_show_info "${1:-}"
TOOL=apt
command -v apt-get >/dev/null 2>&1 || TOOL=apk
package_words_read "$TOOL" "$@"
step_begin
[ "$TOOL" = apt ] || command -v apk >/dev/null 2>&1 ||
	die 71 "wanted apt-get or apk in this image, found neither: use an image of Debian, Ubuntu or Alpine"
[ "$(id -u)" -eq 0 ] || die 71 "wanted root to install packages, saw uid $(id -u): put the step before USER"
DEBIAN_FRONTEND=noninteractive && export DEBIAN_FRONTEND
step_make_folder
step_use probe "${TOOL}_probe"
step_use wait-probe "${TOOL}_probe"
step_use keep "${TOOL}_keep"
SOURCES=$SEAWALL_APK_MIRRORS
[ "$TOOL" = apk ] || { apt_begin "$SEAWALL_APT_MIRRORS" && SOURCES=$(apt_sources_usable "$SEAWALL_APT_MIRRORS"); }
SOURCES=$(usable_sources "$SOURCES")
status=0
install_all || status=$?
[ "$TOOL" = apk ] || (set +f && rm -rf /var/lib/apt/lists/*)
[ "$status" -eq 0 ] || step_fail "$status" "$TOOL"
[ "$TOOL" = apk ] || apt_tell_left_out

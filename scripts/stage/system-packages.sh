#!/bin/sh
# system-packages.sh PACKAGE...
#
# Installs distribution packages with apt-get, from the first source of SEAWALL_APT_MIRRORS that can: an
# update that fails is a failure, apt's own retries off, signatures in force, lists removed afterwards.
# A package may be NAME=VERSION. For a RUN step, as root; settings come from the secret /run/seawall.conf.
#
#   -h, --help  this text
#
# Exit codes: 0 done, 64 wrong call, 65 wrong bytes, 69 does not exist, 71 no apt-get or not root, 75 outage,
# 78 wrong setting.
set -eu
SEAWALL_LIB=${0%/*}/../lib
LOG_NAME=system-packages
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

option_set() { :; }

# One attempt is both halves on one mirror: lists of one and packages of another need not fit.
# Without Error-Mode=any, update exits 0 when a mirror is down (apt 2.6).
install_from() {
	APT_CONFIG=$OWN_APT_CONFIG && export APT_CONFIG
	[ "$1" = default ] || point_apt_at "$1"
	shift
	rm -rf /var/lib/apt/lists/*
	step_run sh -c 'apt-get -o Acquire::Retries=0 -o APT::Update::Error-Mode=any update &&
		exec apt-get -o Acquire::Retries=0 install -y --no-install-recommends "$@"' apt "$@"
}

# The URLs of an archive in both formats of sources; the security archive is another one.
ARCHIVE_URL='https?://[^ ]*/(debian|ubuntu)/?( |$)'

# Another mirror of the same archive: the image's own sources, its keys in force, with another base URL.
point_apt_at() {
	mkdir -p "$SCRATCH/apt"
	cp -R /etc/apt/sources.list* "$SCRATCH/apt/" 2>/dev/null || :
	find "$SCRATCH/apt" -type f -exec sed -i -E "s#$ARCHIVE_URL#${1%/}/\\2#g" {} +
	APT_CONFIG=$SCRATCH/apt.conf
	{
		[ -z "$OWN_APT_CONFIG" ] || printf '#include "%s";\n' "$OWN_APT_CONFIG"
		printf 'Dir::Etc::sourcelist "%s/apt/sources.list";\n' "$SCRATCH"
		printf 'Dir::Etc::sourceparts "%s/apt/sources.list.d";\n' "$SCRATCH"
	} >"$APT_CONFIG"
}

# Where no source of the image can be pointed elsewhere, only the image's own are left.
usable_mirrors() {
	if [ "$SEAWALL_APT_MIRRORS" = default ] || grep -r -s -q -E -e "$ARCHIVE_URL" /etc/apt/sources.list*; then
		printf '%s\n' "$SEAWALL_APT_MIRRORS"
	else
		log_warn "wanted sources with URLs that end in /debian or /ubuntu, saw none in /etc/apt: SEAWALL_APT_MIRRORS is left unused"
		printf 'default\n'
	fi
}

options_take '' "$@"
shift "$OPTIONS_TAKEN"
[ $# -gt 0 ] || die 64 "wanted the names of packages, saw none: see --help"
step_begin
step_need apt-get
[ "$(id -u)" -eq 0 ] || die 71 "wanted root to install packages, saw uid $(id -u): put the step before USER"
DEBIAN_FRONTEND=noninteractive && export DEBIAN_FRONTEND
# To apt an empty variable is none.
OWN_APT_CONFIG=${APT_CONFIG:-}
step_climb apt apt "$(usable_mirrors)" install_from "$@"
rm -rf /var/lib/apt/lists/*

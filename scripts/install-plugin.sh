#!/bin/sh
# install-plugin.sh [--uninstall] [--folder DIR]
#
# Makes `docker build`, `docker buildx bake` and `docker compose build` use the kit for every caller on this machine:
# installs a plugin named like the real one, which hands builds to docker-build.sh and docker-bake.sh, and all other
# commands to the real plugin.
#
#   --uninstall   remove the plugin and restore the one that it replaced
#   --folder DIR  Docker's plugin folder (default: cli-plugins in DOCKER_CONFIG, or in ~/.docker)
#   -h, --help    this text
#   --version     the version
#
# Only you or root may be able to change the kit, because every build will run it: its folder, all files in it and all
# folders above it must belong to you or root.
# Exit codes: 0 done, 64 wrong call, 71 docker does not find it or lacks buildx, 73 cannot write, 77 others may change
# the kit.
set -euf
SEAWALL_LIB=$0
[ ! -L "$0" ] || SEAWALL_LIB=$(readlink -f -- "$0")
SEAWALL_LIB=$(CDPATH='' cd -P -- "${SEAWALL_LIB%"${SEAWALL_LIB##*/}"}lib" && pwd -P)
LOG_NAME=install-plugin
KIT=${SEAWALL_LIB%/lib}
. "$SEAWALL_LIB/load.sh"
load base attempt host/machine

option_set() {
	case $1 in
		--uninstall) INSTALL=no ;;
		--folder) FOLDER=$2 ;;
	esac
}

# is_ours FILE: whether FILE is a plugin that this command installed.
is_ours() { [ -f "$1" ] && [ "$(sed -n '2s/=.*//p;2q' "$1" 2>/dev/null | tr -d '\0')" = SEAWALL_KIT ]; }

# list_unsafe: prints the files of the kit that others can change: by permission, by owner, through a link, or through a
# folder above the kit that is not sticky.
list_unsafe() {
	local folder owner
	owner=$(id -u) folder=$KIT
	find "$KIT" \( -type l -o -perm -020 -o -perm -002 -o ! -user 0 ! -user "$owner" \) || printf '%s\n' "$KIT"
	while [ -n "$folder" ]; do
		folder=${folder%/*}
		find "${folder:-/}" -prune \( \( -perm -020 -o -perm -002 \) ! -perm -1000 -o ! -user 0 ! -user "$owner" \)
	done
}

check_kit() {
	local unsafe
	unsafe=$(list_unsafe 2>/dev/null)
	[ -z "$unsafe" ] ||
		die 77 'wanted a kit without links that only you or root can change,' \
			"saw $(printf '%s\n' "$unsafe" | head -n 1): run chmod go-w or chown, or move the kit"
}

# plugin_in_use: prints the path of the plugin that docker calls.
plugin_in_use() {
	docker info --format '{{range .ClientInfo.Plugins}}{{if eq .Name "buildx"}}{{.Path}}{{end}}{{end}}' 2>/dev/null
}

write_plugin() {
	printf '#!/bin/sh\nSEAWALL_KIT=%s\n' "'$(printf '%s' "$KIT" | sed "s/'/'\\\\''/g")'"
	cat "$SEAWALL_LIB/host/plugin/plugin.sh"
}

install_plugin() {
	[ -n "$(plugin_in_use)" ] || die 71 "wanted docker with its buildx plugin, found none: install docker-buildx first"
	mkdir -p "$FOLDER" 2>/dev/null && NEW=$(mktemp "$FOLDER/.seawall.XXXXXX" 2>/dev/null) &&
		write_plugin 2>/dev/null >"$NEW" && chmod 755 "$NEW" ||
		die 73 "wanted to write in $FOLDER, could not: give another --folder"
	if [ -e "$FOLDER/docker-buildx" ] && ! is_ours "$FOLDER/docker-buildx"; then
		mkdir -p "$FOLDER/.seawall" && mv "$FOLDER/docker-buildx" "$FOLDER/.seawall/docker-buildx"
	fi
	mv "$NEW" "$FOLDER/docker-buildx"
	IN_USE=$(plugin_in_use)
	# shellcheck disable=SC3013 # not in POSIX, but in all five shells; either path may be a link
	[ "$IN_USE" -ef "$FOLDER/docker-buildx" ] || {
		uninstall_plugin
		die 71 "wanted docker to call $FOLDER/docker-buildx, it calls $IN_USE: give --folder ${IN_USE%/*}"
	}
	log_info "docker build, docker buildx bake and docker compose build now use the kit in $KIT"
}

uninstall_plugin() {
	is_ours "$FOLDER/docker-buildx" || return 0
	rm -f "$FOLDER/docker-buildx" || die 73 "wanted to remove $FOLDER/docker-buildx, could not: run it as its owner"
	[ ! -e "$FOLDER/.seawall/docker-buildx" ] || mv "$FOLDER/.seawall/docker-buildx" "$FOLDER/docker-buildx"
	[ ! -d "$FOLDER/.seawall" ] || rmdir "$FOLDER/.seawall"
}

INSTALL=yes FOLDER=$(docker_config_folder)/cli-plugins
options_take '--uninstall --folder=' "$@"
shift "$OPTIONS_TAKEN"
[ $# -eq 0 ] || die 64 "wanted no arguments, saw '$1': see --help"
if [ "$INSTALL" = yes ]; then
	check_kit
	install_plugin
else
	uninstall_plugin
fi

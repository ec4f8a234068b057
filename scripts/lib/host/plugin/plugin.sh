# Room plugin: How does `docker build` reach the kit? install-plugin.sh copies this file; no command loads it.
# Plugin: install-plugin.sh puts it in front of the real docker-buildx. `build` runs docker-build.sh if the kit works;
# every other command, and every call by the kit itself, is passed on to the real plugin with exec.
# Uses no other module. install-plugin.sh writes SEAWALL_KIT, the folder of docker-build.sh, in front of this text.
# shellcheck shell=sh

# plugin_find_real: sets PLUGIN_REAL to the plugin that was here before, else to the next one in docker's order
# (cli-plugins/manager). Folders that need no process to find come first.
plugin_find_real() {
	plugin__take_from "${0%/*}/.seawall" /usr/local/lib/docker/cli-plugins /usr/local/libexec/docker/cli-plugins \
		/usr/lib/docker/cli-plugins /usr/libexec/docker/cli-plugins && return
	plugin__take_from "${DOCKER_CONFIG:-${HOME:-/root}/.docker}/cli-plugins" && return
	plugin__take_from_extra && return
	printf 'docker-buildx: error: wanted the real plugin behind %s, found none: %s\n' "$0" \
		'install docker-buildx, or run install-plugin.sh --uninstall' >&2
	exit 71
}

# plugin__take_from FOLDER...: sets PLUGIN_REAL to the first plugin that is not this file.
plugin__take_from() {
	local folder
	for folder in "$@"; do
		# shellcheck disable=SC3013 # not in POSIX, but in all five shells
		if [ -x "$folder/docker-buildx" ] && ! [ "$folder/docker-buildx" -ef "$0" ]; then
			PLUGIN_REAL=$folder/docker-buildx
			return 0
		fi
	done
	return 1
}

# plugin__take_from_extra: the folders in docker's configuration. A name may contain blanks.
plugin__take_from_extra() {
	local blanks
	blanks=$IFS
	IFS='
'
	# shellcheck disable=SC2046 # one folder a line
	set -- $(plugin__extra_folders)
	IFS=$blanks
	plugin__take_from "$@"
}

plugin__extra_folders() {
	tr -d '\n' 2>/dev/null <"${DOCKER_CONFIG:-${HOME:-/root}/.docker}/config.json" |
		sed -n 's/.*"cliPluginsExtraDirs": *\[\([^]]*\)\].*/\1/p' | tr '"' '\n' | sed -n 'n;p'
}

# plugin_take_globals WORD...: reads docker's own flags before `buildx` and `build`, which become environment variables.
# Sets PLUGIN_TAKEN to the number of words before the arguments of the build, 0 for another command or an unknown flag.
plugin_take_globals() {
	local words
	words=0 PLUGIN_TAKEN=0
	while [ $# -gt 0 ]; do
		case $1 in
			buildx) ;;
			build | b) PLUGIN_TAKEN=$((words + 1)) && return 0 ;;
			--context | -c) PLUGIN_CONTEXT=${2:-} ;;
			--host | -H) PLUGIN_HOST=${2:-} ;;
			--config) PLUGIN_CONFIG=${2:-} ;;
			--builder) PLUGIN_BUILDER=${2:-} ;;
			--builder=*) PLUGIN_BUILDER=${1#*=} ;;
			*) return 0 ;;
		esac
		case $1 in
			buildx | *=*) shift && words=$((words + 1)) ;;
			*) [ $# -gt 1 ] || return 0 && shift 2 && words=$((words + 2)) ;;
		esac
	done
}

# plugin_has_kit: whether the kit is on and works. The check costs 20 ms, for builds only.
# shellcheck disable=SC2153 # set by install-plugin.sh
plugin_has_kit() { [ "${SEAWALL:-on}" != off ] && "$SEAWALL_KIT/docker-build.sh" --version >/dev/null 2>&1; }

plugin_build() {
	shift "$PLUGIN_TAKEN"
	[ -z "${PLUGIN_CONTEXT:-}" ] || export DOCKER_CONTEXT="$PLUGIN_CONTEXT"
	[ -z "${PLUGIN_HOST:-}" ] || export DOCKER_HOST="$PLUGIN_HOST"
	[ -z "${PLUGIN_CONFIG:-}" ] || export DOCKER_CONFIG="$PLUGIN_CONFIG"
	[ -z "${PLUGIN_BUILDER:-}" ] || export BUILDX_BUILDER="$PLUGIN_BUILDER"
	# The seawall.conf of a folder must not stop the builds of a machine (conf-places.sh).
	export SEAWALL_THROUGH=plugin
	exec "$SEAWALL_KIT/docker-build.sh" -- "$@"
}

set -f
if [ -z "${SEAWALL_INSIDE:-}" ]; then
	plugin_take_globals "$@"
	if [ "$PLUGIN_TAKEN" -gt 0 ] && plugin_has_kit; then plugin_build "$@"; fi
fi
plugin_find_real
exec "$PLUGIN_REAL" "$@"

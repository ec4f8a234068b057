# Room plugin: How does `docker build` reach the kit? install-plugin.sh copies this file; no command loads it.
# Plugin: install-plugin.sh puts it in front of the real docker-buildx. `build` and `bake` run docker-build.sh and
# docker-bake.sh if the kit works; all else, and every call by the kit itself, goes to the real plugin with exec.
# Uses no other module. install-plugin.sh writes SEAWALL_KIT, the folder of these commands, in front of this text.
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
		[ -x "$folder/docker-buildx" ] && ! [ "$folder/docker-buildx" -ef "$0" ] || continue
		PLUGIN_REAL=$folder/docker-buildx && return
	done
	return 1
}

# plugin__take_from_extra: the folders in docker's configuration. A name may contain blanks.
plugin__take_from_extra() {
	IFS='
'
	# shellcheck disable=SC2046 # one folder a line
	set -- $(plugin__extra_folders)
	unset IFS
	plugin__take_from "$@"
}

plugin__extra_folders() {
	tr -d '\n' 2>/dev/null <"${DOCKER_CONFIG:-${HOME:-/root}/.docker}/config.json" |
		sed -n 's/.*"cliPluginsExtraDirs": *\[\([^]]*\)\].*/\1/p' | tr '"' '\n' | sed -n 'n;p'
}

# plugin_take_globals WORD...: reads docker's own flags before `buildx` and buildx's own before `build`, as their flag
# library does: `--flag value`, `--flag=value`, `-fvalue`, `-Df value`. Sets PLUGIN_TAKEN to the number of words before
# the arguments of the build, 0 for another command or an unknown flag, and PLUGIN_PROGRAM to the kit's command. Docker
# Compose calls the plugin with `bake` as the first word.
plugin_take_globals() {
	local words
	words=0 PLUGIN_PLACE=docker
	unset PLUGIN_CONTEXT PLUGIN_HOST PLUGIN_CONFIG PLUGIN_BUILDER PLUGIN_DEBUG
	unset PLUGIN_LOG_LEVEL PLUGIN_TLS PLUGIN_TLSVERIFY PLUGIN_TLSCACERT PLUGIN_TLSCERT PLUGIN_TLSKEY
	while [ $# -gt 0 ]; do
		PLUGIN_WORDS=1
		case $PLUGIN_PLACE:$1 in
			docker:--) PLUGIN_PLACE=words ;;
			docker:buildx | words:buildx) PLUGIN_PLACE=buildx ;;
			*:build | *:b) PLUGIN_TAKEN=$((words + 1)) PLUGIN_PROGRAM=docker-build.sh && return 0 ;;
			*:bake | buildx:f) PLUGIN_TAKEN=$((words + 1)) PLUGIN_PROGRAM=docker-bake.sh && return 0 ;;
			words:*) return 0 ;;
			*:--*=*) plugin__take "${1%%=*}" "${1#*=}" || return 0 ;;
			*:--?*) plugin__take_with_next "$@" || return 0 ;;
			*:-[!-]*) plugin__take_letters "$@" || return 0 ;;
			*) return 0 ;;
		esac
		words=$((words + PLUGIN_WORDS))
		shift "$PLUGIN_WORDS"
	done
}

# plugin__take FLAG VALUE: false for a flag that does not exist in this place.
plugin__take() {
	case $PLUGIN_PLACE:$1 in
		*:--builder) PLUGIN_BUILDER=$2 ;;
		*:--debug | *:-D) PLUGIN_DEBUG=$2 ;;
		buildx:*) return 1 ;;
		*:--context | *:-c) PLUGIN_CONTEXT=$2 ;;
		*:--host | *:-H) PLUGIN_HOST=$2 ;;
		*:--config) PLUGIN_CONFIG=$2 ;;
		*:--log-level | *:-l) PLUGIN_LOG_LEVEL=$2 ;;
		*:--tls) PLUGIN_TLS=$2 ;;
		*:--tlsverify) PLUGIN_TLSVERIFY=$2 ;;
		*:--tlscacert) PLUGIN_TLSCACERT=$2 ;;
		*:--tlscert) PLUGIN_TLSCERT=$2 ;;
		*:--tlskey) PLUGIN_TLSKEY=$2 ;;
		*) return 1 ;;
	esac
}

# plugin__take_with_next FLAG [NEXT...]: the next word is the value of a flag that takes one.
plugin__take_with_next() {
	case $1 in --debug | -D | --tls | --tlsverify) plugin__take "$1" true && return ;; esac
	[ $# -gt 1 ] || return
	PLUGIN_WORDS=2
	plugin__take "$1" "$2"
}

# plugin__take_letters WORD [NEXT...]
plugin__take_letters() {
	local rest letter
	rest=${1#-}
	shift
	while :; do
		letter=${rest%"${rest#?}"} rest=${rest#?}
		case $letter:$rest in
			*:=?*) plugin__take "-$letter" "${rest#=}" && return ;;
			*:) plugin__take_with_next "-$letter" "$@" && return ;;
			D:*) plugin__take -D true && continue ;;
			*) plugin__take "-$letter" "$rest" && return ;;
		esac
		return 1
	done
}

# plugin_has_kit: whether the kit is on and works: 20 ms, for builds only. A standalone Compose may be without docker.
# shellcheck disable=SC2153 # set by install-plugin.sh
plugin_has_kit() {
	[ "${SEAWALL:-on}" != off ] && command -v docker >/dev/null && "$SEAWALL_KIT/$PLUGIN_PROGRAM" --version >/dev/null
} 2>/dev/null

plugin_build() {
	shift "$PLUGIN_TAKEN"
	set -- -- "$@"
	# --context takes precedence over DOCKER_HOST, which is the host of the context `default`.
	case ${PLUGIN_CONTEXT:-default} in default) ;; *) unset DOCKER_HOST ;; esac
	[ -z "${PLUGIN_CONTEXT:-}" ] || export DOCKER_CONTEXT="$PLUGIN_CONTEXT"
	[ -z "${PLUGIN_HOST:-}" ] || export DOCKER_HOST="$PLUGIN_HOST"
	[ -z "${PLUGIN_CONFIG:-}" ] || export DOCKER_CONFIG="$PLUGIN_CONFIG"
	[ -z "${PLUGIN_BUILDER:-}" ] || export BUILDX_BUILDER="$PLUGIN_BUILDER"
	case ${PLUGIN_DEBUG:-} in 1 | t | T | true | TRUE | True) export DEBUG=1 ;; esac
	# No variable stands for these.
	[ -z "${PLUGIN_LOG_LEVEL+set}" ] || set -- --docker-flag "--log-level=$PLUGIN_LOG_LEVEL" "$@"
	[ -z "${PLUGIN_TLS+set}" ] || set -- --docker-flag "--tls=$PLUGIN_TLS" "$@"
	[ -z "${PLUGIN_TLSVERIFY+set}" ] || set -- --docker-flag "--tlsverify=$PLUGIN_TLSVERIFY" "$@"
	[ -z "${PLUGIN_TLSCACERT+set}" ] || set -- --docker-flag "--tlscacert=$PLUGIN_TLSCACERT" "$@"
	[ -z "${PLUGIN_TLSCERT+set}" ] || set -- --docker-flag "--tlscert=$PLUGIN_TLSCERT" "$@"
	[ -z "${PLUGIN_TLSKEY+set}" ] || set -- --docker-flag "--tlskey=$PLUGIN_TLSKEY" "$@"
	# The seawall.conf of a folder must not stop the builds of a machine (conf-places.sh).
	export SEAWALL_THROUGH=plugin
	exec "$SEAWALL_KIT/$PLUGIN_PROGRAM" "$@"
}

set -f
PLUGIN_TAKEN=0 PLUGIN_PROGRAM=''
[ -n "${SEAWALL_INSIDE:-}" ] || plugin_take_globals "$@"
# A bake without arguments builds the default targets; a build without arguments is an error.
case $PLUGIN_TAKEN:$PLUGIN_PROGRAM in 0:* | "$#":docker-build.sh) ;; *) ! plugin_has_kit || plugin_build "$@" ;; esac
plugin_find_real
exec "$PLUGIN_REAL" "$@"

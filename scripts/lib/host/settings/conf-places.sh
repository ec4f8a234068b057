# Room settings: Which settings files does a command on a host read, and what may each of them set?
# Face: conf_places_load settings_show_*
# Conf places: the files of a host's settings: the user's, the system's and the folder's, or the one that SEAWALL_CONF names.
# SEAWALL_THROUGH: `plugin` where `docker build` was called: whoever did
# so need not know that a folder has settings.
# shellcheck shell=sh

CONF_SYSTEM=/etc/seawall/seawall.conf
CONF_FOLDER=./seawall.conf

# conf_places_load [kit]: sets and checks every setting; 78 with the place of what is wrong. `kit`: the file beside the kit
# itself is believed as its commands are.
conf_places_load() {
	settings_begin
	conf_places__find_user
	if [ -n "${SEAWALL_CONF:-}" ]; then
		settings_read_file conf "$SEAWALL_CONF"
	else
		conf_places__read_trusted user "$CONF_USER"
		conf_places__read_trusted system "$CONF_SYSTEM"
		conf_places__read_folder "${1:-}"
	fi
	unset SEAWALL_THROUGH
	settings_fill_defaults
}

# A place that is no absolute path would be one of the folder.
conf_places__find_user() {
	CONF_USER=''
	case ${HOME:-/root} in /*) CONF_USER=${HOME:-/root}/.config/seawall/seawall.conf ;; esac
	case ${XDG_CONFIG_HOME:-} in /*) CONF_USER=$XDG_CONFIG_HOME/seawall/seawall.conf ;; esac
}

conf_places__read_trusted() {
	[ -n "$2" ] && [ -e "$2" ] || return 0
	conf_places__is_safe "${2%/*}" || conf_places__refuse "${2%/*}"
	conf_places__is_safe "$2" || conf_places__refuse "$2"
	settings_read_file "$1" "$2"
}

conf_places__refuse() {
	die 78 "$1: wanted it to be yours or root's and nobody else's to write: run chmod go-w, or chown"
}

# conf_places__is_safe PATH: whether it belongs to the caller or root, and neither group nor others may write.
conf_places__is_safe() {
	# shellcheck disable=SC2046 # the first words of ls: mode, links, owner
	set -- $(ls -ldnL -- "$1" 2>/dev/null)
	case ${1:-?????w} in ?????w* | ????????w*) return 1 ;; esac
	[ "$3" = 0 ] || [ "$3" = "$(id -u)" ]
}

conf_places__read_folder() {
	[ -e "$CONF_FOLDER" ] || [ -h "$CONF_FOLDER" ] || return 0
	if [ "${SEAWALL_THROUGH:-}" = plugin ]; then
		log_warn "$CONF_FOLDER is not read by docker build: use docker-build.sh, or move it to ${CONF_USER:-SEAWALL_CONF}"
		return 0
	fi
	folder_conf_check "$CONF_FOLDER"
	folder_conf_find_own "$CONF_FOLDER"
	case $1:$FOLDER_CONF_OWN in kit:yes) ;; *) SETTINGS_FILTER=folder_conf_filter ;; esac
	settings_read_file folder "$CONF_FOLDER"
	SETTINGS_FILTER=:
}

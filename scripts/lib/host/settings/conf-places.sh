# Room settings: Which settings files does a command on a host read, and what may each of them set?
# Face: conf_places_load settings_show_* settings_print_set
# Conf places: loads the settings of a host from the user's, the system's and the folder's file, or from SEAWALL_CONF
# alone. SEAWALL_THROUGH is `plugin` if the user called `docker build`; the folder's file is then ignored.
# shellcheck shell=sh

CONF_SYSTEM=/etc/seawall/seawall.conf
CONF_FOLDER=./seawall.conf

# conf_places_load [kit]: sets and checks every setting; exits with 78 and names file and line of a wrong one. With
# `kit`, the seawall.conf beside the kit may set everything, like the kit's own commands.
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

# conf_places__find_user: sets CONF_USER, empty without a home. A relative path would name a file of the current folder.
conf_places__find_user() {
	CONF_USER=''
	case ${HOME:-/root} in /*) CONF_USER=${HOME:-/root}/.config/seawall/seawall.conf ;; esac
	case ${XDG_CONFIG_HOME:-} in /*) CONF_USER=$XDG_CONFIG_HOME/seawall/seawall.conf ;; esac
}

# conf_places__read_trusted PLACE FILE: reads FILE if it exists; exits with 78 if other users can write it or its
# folder.
conf_places__read_trusted() {
	[ -n "$2" ] && [ -e "$2" ] || return 0
	conf_places__is_safe "${2%/*}" || conf_places__refuse "${2%/*}"
	conf_places__is_safe "$2" || conf_places__refuse "$2"
	settings_read_file "$1" "$2"
}

conf_places__refuse() {
	die 78 "$1: wanted a path that only you or root can write, saw one that others can: run chmod go-w, or chown"
}

# conf_places__is_safe PATH: whether PATH belongs to the caller or root, and neither group nor others can write it.
conf_places__is_safe() {
	# shellcheck disable=SC2046 # the first words of ls: mode, links, owner
	set -- $(ls -ldnL -- "$1" 2>/dev/null)
	case ${1:-?????w} in ?????w* | ????????w*) return 1 ;; esac
	[ "$3" = 0 ] || [ "$3" = "$(id -u)" ]
}

# conf_places__read_folder [kit]: reads ./seawall.conf through the filter for files that come with a repository.
conf_places__read_folder() {
	[ -e "$CONF_FOLDER" ] || [ -h "$CONF_FOLDER" ] || return 0
	if [ "${SEAWALL_THROUGH:-}" = plugin ]; then
		log_warn "docker build ignores $CONF_FOLDER: use docker-build.sh, or move it to ${CONF_USER:-SEAWALL_CONF}"
		return 0
	fi
	folder_conf_check "$CONF_FOLDER"
	folder_conf_find_own "$CONF_FOLDER"
	case $1:$FOLDER_CONF_OWN in kit:yes) ;; *) settings_filter_by folder_conf_filter ;; esac
	settings_read_file folder "$CONF_FOLDER"
	settings_filter_by :
}

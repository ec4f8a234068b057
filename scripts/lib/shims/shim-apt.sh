# Shim apt: apt-get and apt read their lists and packages from a mirror if the archive of the image fails, with the keys
# of the image. Afterwards the lists have the names of the sources of the image, so that later calls find them.
# Repositories of others stay as they are.
# shellcheck shell=sh

SHIM_APT_LISTS=/var/lib/apt/lists

# shim_apt ARGUMENT...: apt-get or apt.
shim_apt() {
	local sources
	shim_apt__find_command "$@"
	case $SHIM_APT_COMMAND in
		update | install | reinstall | satisfy | build-dep | download | source) ;;
		upgrade | dist-upgrade | full-upgrade) ;;
		*) shims_exec "$@" ;;
	esac
	[ -w "${TMPDIR:-/tmp}" ] && [ -w "$SHIM_APT_LISTS" ] || shims_exec "$@"
	shims_begin "$@"
	shims_own APT_CONFIG
	SHIM_APT_REFRESHED=no sources=$SEAWALL_APT_MIRRORS
	# An option that accepts unsigned packages would accept any from another mirror.
	case $* in
		*--allow-un* | *--allow-insecure* | *--force-yes*) sources=default ;;
		*[Aa]llow[Uu]nauth* | *[Aa]llow[Ii]nsecure*) sources=default ;;
	esac
	step_use probe shim_apt_probe
	step_use wait-probe shim_apt_probe
	step_use pinned yes
	if [ "$SHIM_APT_COMMAND" = update ]; then
		shim_apt__update "$sources" "$@"
	else
		shims_climb apt apt "$sources" shim_apt__install_from "$@"
	fi
}

# shim_apt__find_command ARGUMENT...: sets SHIM_APT_COMMAND to the first word that is no option and no value of one.
shim_apt__find_command() {
	local word before
	before=''
	for word in "$@"; do
		case $before:$word in
			-*) before='' ;;
			:-[octa] | :--option | :--config-file | :--target-release | :--host-architecture) before=$word ;;
			:-*) ;;
			*) SHIM_APT_COMMAND=$word && return ;;
		esac
	done
	SHIM_APT_COMMAND=''
}

# shim_apt__update "SOURCE..." ARGUMENT...: plain `apt-get update` exits 0 if only some indexes cannot be fetched, and
# the step may need none of them. Without any list the packages cannot be found, so that is an outage.
shim_apt__update() {
	local sources status
	sources=$1 status=0
	shift
	step_try apt apt "$sources" shim_apt__update_from "$@" || status=$?
	case $status in
		75)
			if shim_apt__is_partial; then
				last_good_tell_degraded "some package lists are unavailable: apt-get ignores them or uses old ones"
				exit 0
			fi
			;;
	esac
	shims_end "$status"
}

# shim_apt__is_partial: whether apt has told of no other error, and there are lists.
shim_apt__is_partial() {
	! grep -o -E '(^|[^A-Za-z])E: .*' "$LADDER_TEXT" |
		grep -q -v -e 'Some index files failed to download' -e 'Failed to fetch' || return 1
	set +f
	set -- "$SHIM_APT_LISTS"/*Packages*
	set -f
	[ -e "$1" ]
}

# shim_apt__update_from SOURCE ARGUMENT...: one attempt.
shim_apt__update_from() {
	local source status
	source=$1 status=0
	shift
	shim_apt_point "$source" || return
	shim_apt__run "$@" || status=$?
	# An old apt has no Error-Mode.
	[ "$status" -ne 0 ] || ! grep -q '^W: Some index files failed to download' "$LADDER_TEXT" || status=100
	if [ "$status" -ne 0 ]; then
		shim_apt_judge "$status"
	elif [ "$source" != default ]; then
		apt_lists_name_back "$SHIM_APT_LISTS" || return
	fi
	return "$status"
}

# shim_apt__install_from SOURCE ARGUMENT...: one attempt. A mirror has lists of its own. A 404 for a package says that
# the lists are older than the archive: they are refreshed once.
shim_apt__install_from() {
	local source status
	source=$1 status=0
	shift
	if [ "$source" = default ]; then
		shim_apt_point default
		shim_apt__run "$@" || status=$?
		if [ "$status" -ne 0 ] && [ "$SHIM_APT_REFRESHED" = no ] && grep -q '\.deb  404 ' "$LADDER_TEXT"; then
			SHIM_APT_REFRESHED=yes status=0
			shim_apt__run update >&2 && shim_apt__run "$@" || status=$?
		fi
	else
		shim_apt_prepare
		rm -rf "${STEP_FOLDER:?}/lists"
		mkdir -p "$STEP_FOLDER/lists/partial"
		shim_apt_point "$source" "Dir::State::lists \"$STEP_FOLDER/lists\"" 'Dir::Cache::pkgcache ""' \
			'Dir::Cache::srcpkgcache ""' || return
		shim_apt__run update >&2 && shim_apt__run "$@" || status=$?
	fi
	[ "$status" -eq 0 ] || shim_apt_judge "$status"
	return "$status"
}

shim_apt__run() {
	apt_use "$SHIMS_REAL" shims_run
	apt_run "$@"
}

# Shim apk: the archive of the image is read from a mirror if it fails, with the keys of the image; other repositories
# stay as they are.
# shellcheck shell=sh

# shim_apk ARGUMENT...
shim_apk() {
	case " $* " in
		*' add '* | *' fetch '* | *' fix '* | *' update '* | *' upgrade '*) ;;
		*) shims_exec "$@" ;;
	esac
	# Another root, other repositories or no network: nothing to choose from.
	case " $*" in *' -p'* | *' --root'* | *' --repositories-file'* | *' --no-network'*) shims_exec "$@" ;; esac
	[ -w "${TMPDIR:-/tmp}" ] && [ -w /etc/apk/world ] || shims_exec "$@"
	shims_begin "$@"
	SHIM_APK_SOURCES=$SEAWALL_APK_MIRRORS SHIM_APK_READY=no
	# An option that accepts unsigned packages would accept any from another mirror.
	case $* in *--allow-untrusted*) SHIM_APK_SOURCES=default ;; esac
	step_use probe shim_apk__probe
	step_use wait-probe shim_apk__probe
	step_use pinned yes
	shims_climb apk apk "$SHIM_APK_SOURCES" shim_apk__from "$@"
}

# shim_apk__from SOURCE ARGUMENT...: one attempt. From a mirror `apk update` runs first: its index is none of the image.
shim_apk__from() {
	local source status
	source=$1 status=0
	shift
	apk_note_world
	if [ "$source" = default ]; then
		shims_run "$SHIMS_REAL" "$@" || status=$?
	else
		shim_apk__prepare
		apk_repositories "$source" >"$STEP_FOLDER/repositories"
		mkdir -p "$STEP_FOLDER/cache"
		shim_apk__from_mirror "$@" || status=$?
	fi
	case $status in
		0 | 124) ;;
		*)
			shim_apk__prepare
			apk_repositories "$source" >"$STEP_FOLDER/repositories"
			apk_after_failure
			;;
	esac
	return "$status"
}

# shim_apk__from_mirror ARGUMENT...: the cache of this call is deleted at its end, so --no-cache is left out: `add`
# would fetch the index a second time.
shim_apk__from_mirror() {
	local word
	for word in "$@"; do
		shift
		[ "$word" = --no-cache ] || set -- "$@" "$word"
	done
	set -- --cache-dir "$STEP_FOLDER/cache" --repositories-file "$STEP_FOLDER/repositories" "$@"
	shims_run "$SHIMS_REAL" "$1" "$2" "$3" "$4" update >&2 && shims_run "$SHIMS_REAL" "$@"
}

# shim_apk__prepare: makes STEP_FOLDER, once, when the first attempt has failed: a healthy step leaves no trace in /tmp.
shim_apk__prepare() {
	[ "$SHIM_APK_READY" = no ] || return 0
	SHIM_APK_READY=yes
	step_make_folder
}

shim_apk__probe() { [ "$SHIM_APK_READY" = no ] || apk_probe "$1"; }

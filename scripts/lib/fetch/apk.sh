# Apk: one attempt of an installation from one mirror, what it asks before, and what it keeps.
# works in STEP_FOLDER.
# shellcheck shell=sh

# apk_install_from SOURCE PACKAGE...: a dead index only warns in `add`, and is an error in `update`. No package is asked for at another mirror than its index.
apk_install_from() {
	local source store status mirror
	source=$1 store=$STEP_FOLDER status=0 mirror=default
	shift
	case $source in
		file://*)
			store=${source#file://}
			[ ! -f "$store/mirror" ] || IFS= read -r mirror <"$store/mirror" || :
			;;
		*) mirror=$source APK_MIRROR=$source ;;
	esac
	# Repositories are always the image's, and so are the keys.
	apk_sources_point "$mirror" </etc/apk/repositories >"$STEP_FOLDER/repositories"
	mkdir -p "$store/cache"
	cp /etc/apk/world "$STEP_FOLDER/world"
	set -- --cache-dir "$store/cache" --repositories-file "$STEP_FOLDER/repositories" --timeout "$SEAWALL_SILENCE" "$@"
	case $source in
		file://*) step_local apk --no-network add "$@" || status=$? ;;
		*) step_run sh -c 'apk --cache-dir "$2" --repositories-file "$4" --timeout "$6" update && exec apk add "$@"' apk "$@" || status=$? ;;
	esac
	[ "$status" -eq 0 ] || apk__after_failure
	return "$status"
}

# apk goes on wanting what it failed to install, so another set would fail for it.
apk__after_failure() {
	local words
	cp "$STEP_FOLDER/world" /etc/apk/world
	words=$(apk_sources_translate <"$LADDER_TEXT")
	printf '%s\n' "$words" >>"$LADDER_TEXT"
}

apk_probe() {
	local url
	url=$(apk_sources_point "$1" </etc/apk/repositories | apk_sources_first)
	[ -n "$url" ] && command -v wget >/dev/null 2>&1 || return 0
	step_ask wget -S --spider -t 1 "$url/$(apk --print-arch)/APKINDEX.tar.gz" || return
	! grep -q -i 'content-type: *text/html' "$LADDER_TEXT" || { printf 'Content-Type text/html: unexpected content\n' >"$LADDER_TEXT" && return 1; }
}

apk_keep() { rm -rf "$1/cache" "$1/repositories" "$1/mirror" && cp -R "$STEP_FOLDER/cache" "$1/" && printf '%s\n' "$APK_MIRROR" >"$1/mirror"; }

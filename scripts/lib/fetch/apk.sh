# Apk: installs packages from one mirror, probes a mirror, and saves packages as the last known good. Uses STEP_FOLDER.
# shellcheck shell=sh

# apk_install_from SOURCE PACKAGE...: one attempt; gives apk's status. `apk add` only warns about a dead index, so
# `apk update` runs first and fails. Index and packages come from the same mirror.
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
	# Repositories and keys are always those of the image.
	apk_repositories "$mirror" >"$STEP_FOLDER/repositories"
	mkdir -p "$store/cache"
	apk_note_world
	APK_WORDS=''
	list_add APK_WORDS --cache-dir "$store/cache" --repositories-file "$STEP_FOLDER/repositories" \
		--timeout "$SEAWALL_SILENCE"
	eval "set -- $APK_WORDS \"\$@\""
	case $source in
		file://*) step_local apk --no-network add "$@" || status=$? ;;
		*) step_run sh -c "apk$APK_WORDS$PACKAGE_WORDS_UPDATE update"' && exec apk add "$@"' apk "$@" || status=$? ;;
	esac
	[ "$status" -eq 0 ] || apk_after_failure
	return "$status"
}

# apk_repositories MIRROR: prints the repositories of the image with its archive at MIRROR.
apk_repositories() {
	apk_sources_print >"$STEP_FOLDER/own"
	apk_sources_find <"$STEP_FOLDER/own"
	apk_sources_point "$1" <"$STEP_FOLDER/own"
}

# apk_note_world: call it before an attempt.
apk_note_world() { cp /etc/apk/world "$SCRATCH/world"; }

# apk_after_failure: restores /etc/apk/world, because apk keeps packages there that it failed to install, and would
# fail again with another set. Adds the translated messages for the classifier. Another mirror may have what this one
# does not have.
apk_after_failure() {
	local words
	cp "$SCRATCH/world" /etc/apk/world
	words=$(apk_sources_translate <"$LADDER_TEXT")
	printf '%s\n' "$words" >>"$LADDER_TEXT"
	if grep -q -i 'UNTRUSTED signature' "$LADDER_TEXT"; then
		finding_set integrity '' '' '' 'signed with a key that this image does not trust'
	elif apk__is_tampered; then
		finding_set integrity
	elif grep -q -E '://[^ ]*: (No such file or directory|HTTP 4(04|10)( .*|:.*)?)$' "$LADDER_TEXT"; then
		finding_set not-found && finding_decide elsewhere
	fi
}

# apk__is_tampered: true if apk reports an I/O error for a file that arrives whole: apk says the same for a broken
# transfer and for wrong bytes. The file is fetched again and verified.
apk__is_tampered() {
	local name arch url file
	name=$(sed -n -E 's,^ERROR: ([^ /]*-r[0-9]+): IO ERROR$,\1.apk,p
		s,^(WARNING|ERROR): [^:]*https?://[^ ]*: IO ERROR$,APKINDEX.tar.gz,p' "$LADDER_TEXT" | sed 1q)
	[ -n "$name" ] && command -v wget >/dev/null 2>&1 && arch=$(apk --print-arch) || return
	file=$STEP_FOLDER/$name
	for url in $(apk_sources_urls <"$STEP_FOLDER/repositories"); do
		rm -f "$file"
		attempt_run "$(values_min "$SEAWALL_SILENCE" "$(clock_left "$LADDER_DEADLINE")")" \
			wget -q -O "$file" "$url/$arch/$name" >/dev/null 2>&1 || continue
		apk__is_valid "$file" || return 0
	done
	return 1
}

# apk__is_valid FILE: true if its compression is intact, and, for a package, its signature and its content.
apk__is_valid() {
	case $(od -A n -N 2 -t x1 "$1" | tr -d ' ') in 1f8b) gzip -t <"$1" 2>/dev/null || return ;; esac
	case $1 in *.apk) apk verify "$1" >/dev/null 2>&1 ;; esac
}

# apk_probe SOURCE: true if the first repository at SOURCE serves its index, or if there is no wget to ask with.
apk_probe() {
	local url
	url=$(apk_repositories "$1" | apk_sources_urls | sed 1q)
	[ -n "$url" ] && command -v wget >/dev/null 2>&1 || return 0
	step_ask wget -S --spider -t 1 "$url/$(apk --print-arch)/APKINDEX.tar.gz" || return
	if grep -q -i 'content-type: *text/html' "$LADDER_TEXT"; then
		printf 'Content-Type text/html: unexpected content\n' >"$LADDER_TEXT"
		return 1
	fi
}

# apk_describe_sources: prints what tells one image from another: its repositories and its architecture.
apk_describe_sources() { apk_sources_print && apk --print-arch; }

# apk_keep FOLDER ...: copies apk's cache to FOLDER, with the name of the mirror that served it.
apk_keep() {
	rm -rf "$1/cache" "$1/repositories" "$1/mirror" && cp -R "$STEP_FOLDER/cache" "$1/" || return
	printf '%s\n' "$APK_MIRROR" >"$1/mirror"
}

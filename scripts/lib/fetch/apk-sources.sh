# Apk sources: points the repositories of an image at a mirror, and translates apk's messages for the classifier.
# Text from a repositories file is compared and printed, never made part of a program.
# shellcheck shell=sh

APK_SOURCES_SYSTEM=/etc/os-release

# apk_sources_print [ROOT]: prints the repositories of the image, as apk reads them without --repositories-file.
apk_sources_print() {
	local file
	set +f
	set -- "${1:-}/etc/apk/repositories" "${1:-}"/etc/apk/repositories.d/*.list
	set -f
	for file in "$@"; do
		# grep ends the last line of each file. A file may be empty.
		[ ! -r "$file" ] || grep '' "$file" || :
	done
}

# apk_sources_find < REPOSITORIES: sets APK_SOURCES_HOST to the host of the distribution's archive: in the domain of its
# home page (os-release), else that of the first URL with a release. Repositories of others can have the same paths.
apk_sources_find() {
	local line home first host
	home=$(sed -n -E 's,^HOME_URL=.*://([^/"]*\.)?([^./"]+\.[^./":]+).*,\2,p' "$APK_SOURCES_SYSTEM" 2>/dev/null) || :
	first='' APK_SOURCES_HOST=''
	while IFS= read -r line || [ -n "$line" ]; do
		apk_sources__parse "$line" || continue
		host=${APK_SOURCES_URL#*://} host=${host%%/*} host=${host##*@}
		first=${first:-$host}
		case ${home:-/}:.${host%:*} in "$home":*".$home") APK_SOURCES_HOST=$host && return ;; esac
	done
	APK_SOURCES_HOST=$first
}

# apk_sources_point MIRROR < REPOSITORIES: prints the repositories. A MIRROR other than `default` replaces the part of
# each URL of the archive before the release (v3.22, edge, latest-stable). Other lines are copied.
apk_sources_point() {
	local line host
	while IFS= read -r line || [ -n "$line" ]; do
		if apk_sources__is_mirror "$1" && apk_sources__parse "$line"; then
			host=${APK_SOURCES_URL#*://} host=${host%%/*}
			[ "${host##*@}" != "$APK_SOURCES_HOST" ] || line=$APK_SOURCES_TAG${1%/}/$APK_SOURCES_PART
		fi
		printf '%s\n' "$line"
	done
}

apk_sources__is_mirror() {
	case $1 in
		*[[:space:]]*) return 1 ;;
		http://?* | https://?*) ;;
		*) return 1 ;;
	esac
}

# apk_sources__parse LINE: true for `[@TAG] URL` with a release in its path; sets APK_SOURCES_TAG (with a blank, or
# empty), APK_SOURCES_URL and APK_SOURCES_PART.
apk_sources__parse() {
	APK_SOURCES_TAG='' APK_SOURCES_URL=$1
	case $1 in
		@*[\ \	]*)
			APK_SOURCES_TAG="${1%%[ 	]*} " APK_SOURCES_URL=${1#*[ 	]}
			APK_SOURCES_URL=${APK_SOURCES_URL#"${APK_SOURCES_URL%%[! 	]*}"}
			;;
	esac
	case $APK_SOURCES_URL in
		*[[:space:]]*) return 1 ;;
		http://?*/* | https://?*/* | ftp://?*/*) apk_sources__release "$APK_SOURCES_URL" ;;
		*) return 1 ;;
	esac
}

# apk_sources__release URL: sets APK_SOURCES_PART to the path from its last release on (v3.22/main); false without one.
apk_sources__release() {
	local rest first
	rest=${1#*://} APK_SOURCES_PART=''
	while :; do
		case $rest in */*) rest=${rest#*/} ;; *) break ;; esac
		first=${rest%%/*}
		case $first:$rest in
			edge:edge/* | latest-stable:latest-stable/*) APK_SOURCES_PART=$rest ;;
			v[0-9]*:v*/*) case ${first#v} in *[!0-9.]*) ;; *) APK_SOURCES_PART=$rest ;; esac ;;
		esac
	done
	[ -n "$APK_SOURCES_PART" ]
}

# apk_sources_urls < REPOSITORIES: prints the http and https URLs.
apk_sources_urls() { sed -n -E 's#^(@[^[:space:]]*[[:space:]]+)?(https?://[^[:space:]]*)$#\2#p'; }

# apk_sources_translate < OUTPUT: prints apk's messages about a mirror as other clients word them. apk reports HTTP
# errors as file errors, or in words of its own (apk-tools 2.14, src/print.c).
apk_sources_translate() {
	sed -n -E -e '/:SSL routines:/{s/.*/TLS handshake failure/p;q;}' \
		-e 's/^.*: could not connect to server .*/Connection refused/p' \
		-e 's/^.*: remote server returned error .*/502 Bad Gateway/p' \
		-e 's,^.*(://[^ ]*|-r[0-9]+): Permission denied$,403 Forbidden,p' \
		-e 's,^.*://[^ ]*: No such file or directory$,404 Not Found,p' \
		-e 's,^.*(://[^ ]*|-r[0-9]+): IO ERROR$,unexpected end of file,p' \
		-e 's/^.*: (archive does not contain expected data|package file format error)$/BAD archive/p'
}

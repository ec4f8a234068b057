# Apk sources: points the repositories of an image at a mirror, and translates apk's messages for the classifier.
# Text from a repositories file is compared and printed, never made part of a program.
# shellcheck shell=sh

# apk_sources_point MIRROR < /etc/apk/repositories: prints the repositories. A MIRROR other than `default` replaces the
# part of each URL before the release (v3.22, edge, latest-stable). A line that is not such a URL is copied.
apk_sources_point() {
	local line tag url part
	while IFS= read -r line || [ -n "$line" ]; do
		url=$line tag=''
		case $line in
			@*[\ \	]*) tag=${line%%[ 	]*} url=${line#"$tag"} url=${url#"${url%%[! 	]*}"} ;;
		esac
		part=''
		case $1:$url in
			*[[:space:]]*:*) ;;
			http://?*:[a-z]*://?*/* | https://?*:[a-z]*://?*/*)
				apk_sources__release "$url" && part=$APK_SOURCES_PART
				;;
		esac
		if [ -z "$part" ]; then printf '%s\n' "$line"; else printf '%s%s%s/%s\n' "$tag" "${tag:+ }" "${1%/}" "$part"; fi
	done
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

# apk_sources_first < REPOSITORIES: prints the first http or https URL.
apk_sources_first() { sed -n 's#^\(@[^ ]* \)\{0,1\}\(https\{0,1\}://[^ ]*\)$#\2#p' | sed 1q; }

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

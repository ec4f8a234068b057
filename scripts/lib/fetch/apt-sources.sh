# Apt sources: points the apt sources of an image at a mirror of the same archive. The keys of the image stay in force.
# Formats: sources.list(5), one-line and deb822. Text from a source is compared and printed, never made part of a
# program.
# shellcheck shell=sh

# A larger file of sources is copied unchanged.
APT_SOURCES_MAX_BYTES=65536

# apt_sources_point FOLDER MIRROR: writes the image's sources to FOLDER and replaces the URLs of the archive by MIRROR.
# Sets
# APT_SOURCES_POINTED to the number of replaced sources.
# A source is the archive if it has the component `main` and its path ends as archives' paths do (/debian, /ubuntu); if
# no path does, if its suites are those of this release. Security updates stay as they are, because mirrors do not have
# them, and so do packages of third parties.
# MIRROR `default` replaces nothing. MIRROR `kept:TREE` points each http and https URL at a folder in TREE, named by
# apt_lists_name, and writes the original URLs to FOLDER/urls.
apt_sources_point() {
	local how
	for how in path suite; do
		APT_SOURCES_POINTED=0 APT_SOURCES_FOLDER=$1
		rm -rf "${1:?}/etc"
		mkdir -p "$1/etc/sources.list.d"
		: >"$1/urls"
		apt_sources__each "$1/etc" "$2" "$how"
		[ "$APT_SOURCES_POINTED" -eq 0 ] || return 0
	done
}

# apt_sources_usable FOLDER "MIRROR...": prints the mirrors; only `default` if no source of the image can be replaced.
apt_sources_usable() {
	apt_sources_point "$1" http://mirror.invalid/
	if [ "$2" = default ] || [ "$APT_SOURCES_POINTED" -gt 0 ]; then
		printf '%s\n' "$2"
	else
		log_warn "wanted an apt source with a URL that ends in /debian or /ubuntu, or with suites of this release," \
			"saw none in /etc/apt: SEAWALL_APT_MIRRORS is not used"
		printf 'default\n'
	fi
}

# apt_sources__each FOLDER MIRROR HOW: writes each file of sources; HOW as for apt_lists_are_of_archive.
apt_sources__each() {
	local folder mirror how file
	folder=$1 mirror=$2 how=$3
	set +f
	set -- /etc/apt/sources.list /etc/apt/sources.list.d/*.list /etc/apt/sources.list.d/*.sources
	set -f
	for file in "$@"; do
		[ -f "$file" ] && [ -r "$file" ] || continue
		case $(head -c "$((APT_SOURCES_MAX_BYTES + 1))" "$file" | wc -c):$file in
			*"$((APT_SOURCES_MAX_BYTES + 1)):"*) cat "$file" ;;
			*.sources) apt_sources__stanzas "$mirror" "$how" <"$file" ;;
			*) apt_sources__lines "$mirror" "$how" <"$file" ;;
		esac >"$folder/${file#/etc/apt/}"
	done
}

# apt_sources__lines MIRROR HOW: `deb [options] URL SUITE COMPONENT...`
apt_sources__lines() {
	local line rest url
	while IFS= read -r line || [ -n "$line" ]; do
		apt_sources__behind_options "$line"
		rest=$APT_SOURCES_REST url=${APT_SOURCES_REST%%[ 	]*}
		if [ -n "$rest" ]; then
			# shellcheck disable=SC2086 # the words of the line
			apt_sources__place "$1" "$2" "$url" ${rest#"$url"}
			line="${line%"$rest"}$APT_SOURCES_PLACE${rest#"$url"}"
			case $1:$line in kept:*:*deb-src*) line="# $line" ;; esac
		fi
		printf '%s\n' "$line"
	done
}

# apt_sources__behind_options LINE: sets APT_SOURCES_REST to the line from its URL on; empty if it is not a source.
apt_sources__behind_options() {
	APT_SOURCES_REST=${1#"${1%%[! 	]*}"}
	case $APT_SOURCES_REST in
		deb[\ \	]*) APT_SOURCES_REST=${APT_SOURCES_REST#deb} ;;
		deb-src[\ \	]*) APT_SOURCES_REST=${APT_SOURCES_REST#deb-src} ;;
		*) APT_SOURCES_REST='' ;;
	esac
	APT_SOURCES_REST=${APT_SOURCES_REST#"${APT_SOURCES_REST%%[! 	]*}"}
	case $APT_SOURCES_REST in '['*']'*) APT_SOURCES_REST=${APT_SOURCES_REST#*']'} ;; esac
	APT_SOURCES_REST=${APT_SOURCES_REST#"${APT_SOURCES_REST%%[! 	]*}"}
}

# apt_sources__stanzas MIRROR HOW: deb822, stanzas separated by empty lines.
apt_sources__stanzas() {
	local line stanza
	stanza=''
	while IFS= read -r line || [ -n "$line" ]; do
		stanza="$stanza$line
"
		[ -n "$line" ] || { apt_sources__stanza "$1" "$2" "$stanza" && stanza=''; }
	done
	apt_sources__stanza "$1" "$2" "$stanza"
}

# apt_sources__stanza MIRROR HOW STANZA: prints it with the URLs replaced, including those in continuation lines.
apt_sources__stanza() {
	local words line url field kept
	[ -n "$3" ] || return 0
	words="$(apt_sources__field Suites "$3") $(apt_sources__field Components "$3")" field=''
	while IFS= read -r line; do
		case $line in '#'* | [\ \	]*) ;; *) field=${line%%:*} ;; esac
		case $line:$field:$1 in
			'#'*) ;;
			[Tt]ypes:*:kept:*) line='Types: deb' ;;
			*:[Uu][Rr][Ii]s:*)
				kept=''
				for url in ${line#[Uu][Rr][Ii]s:}; do
					# shellcheck disable=SC2086 # suites and components
					apt_sources__place "$1" "$2" "$url" $words
					kept="$kept $APT_SOURCES_PLACE"
				done
				case $line in [\ \	]*) line=$kept ;; *) line=URIs:$kept ;; esac
				;;
		esac
		printf '%s\n' "$line"
	done <<-STANZA
		${3%?}
	STANZA
}

# apt_sources__field NAME STANZA: prints the words of a field and of its continuation lines.
apt_sources__field() {
	local line field
	field=''
	printf '%s' "$2" | while IFS= read -r line; do
		case $line in '#'*) continue ;; [\ \	]*) ;; *) field=${line%%:*} line=${line#*:} ;; esac
		[ "$field" != "$1" ] || printf '%s ' "$line"
	done
}

# apt_sources__place MIRROR HOW URL SUITE_OR_COMPONENT...: sets APT_SOURCES_PLACE to the URL to use instead of URL.
apt_sources__place() {
	APT_SOURCES_PLACE=$3
	case $1:$3 in
		kept:*:http://* | kept:*:https://*)
			printf '%s\n' "$3" >>"$APT_SOURCES_FOLDER/urls"
			APT_SOURCES_POINTED=$((APT_SOURCES_POINTED + 1))
			APT_SOURCES_PLACE=copy:${1#kept:}/$(apt_lists_name "$3" | tr % +)/
			;;
		kept:*) ;;
		*)
			apt_lists_are_of_archive "$@" || return 0
			APT_SOURCES_POINTED=$((APT_SOURCES_POINTED + 1)) APT_SOURCES_PLACE=${1%/}/
			;;
	esac
}

# Apt sources: another place of the same archive for an image's own sources, its keys in force.
# Formats: sources.list(5), one line and deb822. What a source says is compared and printed, and is part of no
# program.
# shellcheck shell=sh

# Bytes of a file of sources that are read; a longer one is left as it is.
APT_SOURCES_BOUND=65536

# apt_sources_point FOLDER MIRROR: writes the image's sources to FOLDER with the archive's URLs replaced. The archive is
# where `main` comes from, at a path that archives have; where no path is like that, where the release's own suites come
# from. What is left as it is: security updates, which mirrors do not have, and everybody else's packages.
# The MIRROR `default` leaves all as it is; `kept:TREE` points each URL of a web server at a folder of that tree, by
# apt_lists_name, and lists the URLs in FOLDER/urls. Gives the number of sources replaced in APT_SOURCES_POINTED.
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

# apt_sources_usable FOLDER "MIRROR...": prints the mirrors; where no source of the image can be pointed elsewhere, only the
# image's own are left.
apt_sources_usable() {
	apt_sources_point "$1" http://mirror.invalid/
	if [ "$2" = default ] || [ "$APT_SOURCES_POINTED" -gt 0 ]; then
		printf '%s\n' "$2"
	else
		log_warn "wanted sources with URLs that end in /debian or /ubuntu, or of this release, saw none in /etc/apt: SEAWALL_APT_MIRRORS is left unused"
		printf 'default\n'
	fi
}

# apt_sources__each FOLDER MIRROR HOW
apt_sources__each() {
	local folder mirror how file
	folder=$1 mirror=$2 how=$3
	set +f
	set -- /etc/apt/sources.list /etc/apt/sources.list.d/*.list /etc/apt/sources.list.d/*.sources
	set -f
	for file in "$@"; do
		[ -f "$file" ] && [ -r "$file" ] || continue
		case $(head -c "$((APT_SOURCES_BOUND + 1))" "$file" | wc -c):$file in
			*65537:*) cat "$file" ;;
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

# apt_sources__behind_options LINE: sets APT_SOURCES_REST to what begins with the URL, empty where the line has none.
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

# apt_sources__stanzas MIRROR HOW
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

# apt_sources__stanza MIRROR HOW STANZA: prints it with the URLs replaced, also those in further lines of the field.
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

# apt_sources__field NAME STANZA: prints the words of a field, all lines of it.
apt_sources__field() {
	local line field
	field=''
	printf '%s' "$2" | while IFS= read -r line; do
		case $line in '#'*) continue ;; [\ \	]*) ;; *) field=${line%%:*} line=${line#*:} ;; esac
		[ "$field" != "$1" ] || printf '%s ' "$line"
	done
}

# apt_sources__place MIRROR HOW URL SUITE_OR_COMPONENT...: sets APT_SOURCES_PLACE to what stands for the URL.
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

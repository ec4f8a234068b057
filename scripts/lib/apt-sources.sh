# Apt sources: another mirror of the same archive for an image's own sources, its keys in force.
# Needs log.sh. Formats: sources.list(5), one line and deb822.
# shellcheck shell=sh

# apt_sources_point FOLDER MIRROR: writes the image's sources to FOLDER with the archive's URLs replaced. The archive is
# where `main` comes from, at a path that archives have; where no path is like that, where the release's own suites come
# from. What is left as it is: security updates, which mirrors do not have, and everybody else's packages.
# The MIRROR `default` leaves all as it is. Gives the number of sources replaced in APT_SOURCES_POINTED.
apt_sources_point() {
	local how
	for how in path suite; do
		APT_SOURCES_POINTED=0
		rm -rf "${1:?}/etc"
		mkdir -p "$1/etc/sources.list.d"
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
		[ -r "$file" ] || continue
		case $file in
			*.sources) apt_sources__stanzas "$mirror" "$how" <"$file" >"$folder/${file#/etc/apt/}" ;;
			*) apt_sources__lines "$mirror" "$how" <"$file" >"$folder/${file#/etc/apt/}" ;;
		esac
	done
}

# apt_sources__lines MIRROR HOW: `deb [options] URL SUITE COMPONENT...`
apt_sources__lines() {
	local line rest url
	while IFS= read -r line || [ -n "$line" ]; do
		rest=$(printf '%s\n' "$line" | sed -n 's/^[[:blank:]]*deb\(-src\)\{0,1\}[[:blank:]]\{1,\}\(\[[^]]*\]\)\{0,1\}[[:blank:]]*//p')
		url=${rest%%[ 	]*}
		# shellcheck disable=SC2086 # the words of the line
		if [ -n "$rest" ] && apt_sources__is_archive "$1" "$2" "$url" ${rest#"$url"}; then
			line="${line%%"$url"*}${1%/}/${line#*"$url"}"
		fi
		printf '%s\n' "$line"
	done
}

# apt_sources__stanzas MIRROR HOW: fields of several lines keep theirs.
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

apt_sources__stanza() {
	local urls url kept words
	urls=$(apt_sources__field URIs "$3") kept=''
	words="$(apt_sources__field Suites "$3") $(apt_sources__field Components "$3")"
	for url in $urls; do
		# shellcheck disable=SC2086 # suites and components
		if apt_sources__is_archive "$1" "$2" "$url" $words; then url=${1%/}/; fi
		kept="$kept $url"
	done
	printf '%s' "$3" | sed "s#^URIs:.*#URIs:$kept#"
}

apt_sources__field() { printf '%s' "$2" | sed -n "s/^$1:[[:blank:]]*//p"; }

# apt_sources__is_archive MIRROR HOW URL SUITE_OR_COMPONENT...: counts those that are.
apt_sources__is_archive() {
	local mirror how url
	mirror=$1 how=$2 url=$3
	shift 3
	case $mirror:$url in default:* | *:cdrom:* | *:file:* | *:mirror* | *security*) return 1 ;; esac
	case " $* " in *security*) return 1 ;; *' main '*) ;; *) return 1 ;; esac
	case $how:${url%/} in
		path:*/debian | path:*/ubuntu | path:*/ubuntu-ports | path:*/raspbian | path:*/devuan/merged | path:*/kali) ;;
		suite:*) case " $* " in *" ${VERSION_CODENAME:-$(apt_sources__release)}"[\ -]*) ;; *) return 1 ;; esac ;;
		*) return 1 ;;
	esac
	APT_SOURCES_POINTED=$((APT_SOURCES_POINTED + 1))
}

apt_sources__release() { sed -n 's/^VERSION_CODENAME=//p' /etc/os-release 2>/dev/null || :; }

# apt_sources_release_file FOLDER: prints the URL of the first signed release file that those sources name.
apt_sources_release_file() {
	local folder stanza file
	folder=$1
	set +f
	set -- "$1"/etc/sources.list "$1"/etc/sources.list.d/*.list
	file=$(sed -n 's/^[[:blank:]]*deb[[:blank:]]\{1,\}\(\[[^]]*\]\)\{0,1\}[[:blank:]]*\(https\{0,1\}:[^[:blank:]]*[^/[:blank:]]\)\/\{0,1\}[[:blank:]]\{1,\}\([^/[:blank:]]*\)[[:blank:]].*/\2\/dists\/\3\/InRelease/p' \
		"$@" 2>/dev/null | sed 1q) || :
	set -- "$folder"/etc/sources.list.d/*.sources
	set -f
	for stanza in "$@"; do
		[ -z "$file" ] && [ -r "$stanza" ] || continue
		file=$(sed -n 's/^URIs:[[:blank:]]*\(https\{0,1\}:[^[:blank:]]*[^/[:blank:]]\)\/\{0,1\}\([[:blank:]].*\)\{0,1\}$/\1/p' "$stanza" | sed 1q)
		[ -z "$file" ] || file=$file/dists/$(sed -n 's/^Suites:[[:blank:]]*\([^[:blank:]]*\).*/\1/p' "$stanza" | sed 1q)/InRelease
	done
	printf '%s\n' "$file"
}

# Apt lists: how apt names what it fetched, where a release file is, and what was kept of an archive as an archive again.
# shellcheck shell=sh

# Most files of a store that are looked at.
APT_LISTS_MOST=1000

# apt_lists_name URL: prints what the names of its lists begin with (URItoFileName in apt's strutl.cc).
apt_lists_name() {
	local url
	url=${1#*://}
	case ${url%%/*} in *@*) url=${url#*@} ;; esac
	printf '%s\n' "${url%/}" | sed -e 's/%/%25/g' -e 's/_/%5f/g' -e 's/~/%7e/g' -e 's/=/%3d/g' -e 's/!/%21/g' -e 's/@/%40/g' \
		-e 's/#/%23/g' -e 's/\$/%24/g' -e 's/&/%26/g' -e 's/\*/%2a/g' -e 's/\^/%5e/g' -e 's#/#_#g'
}

# apt_lists_release_file FOLDER: prints the URL of the first signed release file that those sources name.
apt_lists_release_file() {
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

# apt_lists_make_tree STORE TREE "URL...": puts the lists of the store into TREE, as archives that apt can read with the method
# `copy`: apt verifies their signatures again, with the image's own keys. The store's `mirror` names the URL that served
# them instead of the archive's own; a wrong one there only means that nothing is found.
apt_lists_make_tree() {
	local url place mirror
	mirror=''
	[ ! -f "$1/mirror" ] || IFS= read -r mirror <"$1/mirror" || :
	for url in $3; do
		place=$2/$(apt_lists_name "$url" | tr % +)
		mkdir -p "$place"
		apt_lists__unpack "$1/lists" "$(apt_lists_name "$url")" "$place"
		[ -d "$place/dists" ] || [ -z "$mirror" ] || apt_lists__unpack "$1/lists" "$(apt_lists_name "$mirror")" "$place"
	done
}

# apt_lists__unpack LISTS NAME PLACE: apt has lists plain or packed, and a Release names both.
apt_lists__unpack() {
	local lists name place file path most
	lists=$1 name=$2 place=$3 most=$APT_LISTS_MOST
	set +f
	set -- "$lists"/*_dists_*
	set -f
	for file in "$@"; do
		most=$((most - 1))
		case ${file##*/} in "$name"_dists_*) [ "$most" -gt 0 ] && [ -f "$file" ] && [ ! -L "$file" ] || continue ;; *) continue ;; esac
		path=$(printf '%s\n' "${file#"$lists/${name}_dists_"}" | sed -e 's#_#/#g' -e 's/%5f/_/g' -e 's/%7e/~/g' -e 's/%25/%/g')
		case /$path/ in */../*) continue ;; esac
		path=$place/dists/$path
		mkdir -p "${path%/*}"
		case $path in
			*Release | *.gpg) cp "$file" "$path" ;;
			*) /usr/lib/apt/apt-helper cat-file "$file" >"${path%.[glx]z*}" ;;
		esac
	done
}

# apt_lists_place_packages ARCHIVES TREE < `apt-get --print-uris`: puts the packages of the folder where apt will look for them.
apt_lists_place_packages() {
	local path name rest
	while read -r path name rest; do
		case $path in "'copy:$2/"*) path=${path#"'copy:"} path=${path%"'"} ;; *) continue ;; esac
		path=$(printf '%s\n' "$path" | sed -e 's/%2b/+/g' -e 's/%7e/~/g' -e 's/%3a/:/g' -e 's/%5f/_/g')
		case $name in */* | .*) continue ;; esac
		case $path in */../*) continue ;; esac
		[ -f "$1/$name" ] && [ ! -L "$1/$name" ] || continue
		mkdir -p "${path%/*}" && cp "$1/$name" "$path"
	done
}

# apt_lists_are_of_archive MIRROR HOW URL SUITE_OR_COMPONENT...: whether that source is the archive.
apt_lists_are_of_archive() {
	local mirror how url
	mirror=$1 how=$2 url=$3
	shift 3
	case $mirror:$url in default:* | *:cdrom:* | *:file:* | *:mirror* | *security*) return 1 ;; esac
	case " $* " in *security*) return 1 ;; *' main '*) ;; *) return 1 ;; esac
	case $how:${url%/} in
		path:*/debian | path:*/ubuntu | path:*/ubuntu-ports | path:*/raspbian | path:*/devuan/merged | path:*/kali) ;;
		suite:*) case " $* " in *" ${VERSION_CODENAME:-$(apt_lists__release)}"[\ -]*) ;; *) return 1 ;; esac ;;
		*) return 1 ;;
	esac
}

apt_lists__release() { sed -n 's/^VERSION_CODENAME=//p' /etc/os-release 2>/dev/null || :; }

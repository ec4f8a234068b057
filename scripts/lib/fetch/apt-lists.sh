# Apt lists: finds the release file of a source, and turns stored lists and packages into an archive that apt can read.
# shellcheck shell=sh

# At most this many files of a store are read.
APT_LISTS_MAX_FILES=1000
APT_LISTS_NEWLINE='
'

# apt_lists_name URL: prints the file name prefix of the lists that apt fetches from URL (URItoFileName in apt's
# strutl.cc).
apt_lists_name() {
	local url
	url=${1#*://}
	case ${url%%/*} in *@*) url=${url#*@} ;; esac
	printf '%s\n' "${url%/}" | sed -e 's/%/%25/g' -e 's/_/%5f/g' -e 's/~/%7e/g' -e 's/=/%3d/g' -e 's/!/%21/g' \
		-e 's/@/%40/g' -e 's/#/%23/g' -e 's/\$/%24/g' -e 's/&/%26/g' -e 's/\*/%2a/g' -e 's/\^/%5e/g' -e 's#/#_#g'
}

# apt_lists_release_file FOLDER: prints the URL of the InRelease file of the first source in FOLDER/etc; nothing if no
# source has an http or https URL.
apt_lists_release_file() {
	local folder file
	folder=$1
	set +f
	set -- "$1"/etc/sources.list "$1"/etc/sources.list.d/*.list
	set -f
	file=$(apt_lists__release_of_lines "$@")
	if [ -z "$file" ]; then
		set +f
		set -- "$folder"/etc/sources.list.d/*.sources
		set -f
		file=$(apt_lists__release_of_stanzas "$@")
	fi
	printf '%s\n' "$file"
}

# apt_lists__release_of_lines FILE...: the same for lines `deb [OPTIONS] URL SUITE COMPONENT...`. FILE may not exist.
apt_lists__release_of_lines() {
	sed -n -E -e '/^[[:blank:]]*deb[[:blank:]]/!d' -e 's/^[[:blank:]]*deb[[:blank:]]+(\[[^]]*\])?[[:blank:]]*//' \
		-e 's!^(https?:[^[:blank:]]*[^/[:blank:]])/?[[:blank:]]+([^/[:blank:]]*)[[:blank:]].*!\1/dists/\2/InRelease!p' \
		"$@" 2>/dev/null | sed 1q
}

# apt_lists__release_of_stanzas FILE...: the same for deb822.
apt_lists__release_of_stanzas() {
	local file url suite
	for file in "$@"; do
		[ -r "$file" ] || continue
		url=$(sed -n -E 's!^URIs:[[:blank:]]*(https?:[^[:blank:]]*[^/[:blank:]])/?([[:blank:]].*)?$!\1!p' "$file")
		suite=$(sed -n 's/^Suites:[[:blank:]]*\([^[:blank:]]*\).*/\1/p' "$file")
		[ -n "$url" ] || continue
		printf '%s/dists/%s/InRelease\n' "${url%%"$APT_LISTS_NEWLINE"*}" "${suite%%"$APT_LISTS_NEWLINE"*}"
		return 0
	done
}

# apt_lists_make_tree STORE TREE "URL...": makes an archive in TREE from the stored lists of each URL. apt reads it by
# the method `copy` and verifies the signatures again with the keys of the image. The file `mirror` of the store holds
# the URL that served the lists; if it is wrong, no list is found.
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

# apt_lists__unpack LISTS NAME PLACE: copies the lists that begin with NAME to PLACE. apt stores them plain or
# compressed; a Release file names both, so all are written plain.
apt_lists__unpack() {
	local lists name place file path left
	lists=$1 name=$2 place=$3 left=$APT_LISTS_MAX_FILES
	set +f
	set -- "$lists"/*_dists_*
	set -f
	for file in "$@"; do
		left=$((left - 1))
		case ${file##*/} in "$name"_dists_*) ;; *) continue ;; esac
		[ "$left" -gt 0 ] && [ -f "$file" ] && [ ! -L "$file" ] || continue
		path=${file#"$lists/${name}_dists_"}
		path=$(printf '%s\n' "$path" | sed -e 's#_#/#g' -e 's/%5f/_/g' -e 's/%7e/~/g' -e 's/%25/%/g')
		case /$path/ in */../*) continue ;; esac
		path=$place/dists/$path
		mkdir -p "${path%/*}"
		case $path in
			*Release | *.gpg) cp "$file" "$path" ;;
			*) /usr/lib/apt/apt-helper cat-file "$file" >"${path%.[glx]z*}" ;;
		esac
	done
}

# apt_lists_place_packages ARCHIVES TREE < OUTPUT OF apt-get --print-uris: copies the packages from ARCHIVES to the
# places in TREE from which apt fetches them.
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

# apt_lists_are_of_archive MIRROR HOW URL SUITE_OR_COMPONENT...: true if that source is the main archive of the
# distribution, and so can be served by MIRROR. HOW: `path` looks at the end of the URL, `suite` at the names of the
# suites.
apt_lists_are_of_archive() {
	local mirror how url
	mirror=$1 how=$2 url=$3
	shift 3
	case $mirror:$url in default:* | *:cdrom:* | *:file:* | *:mirror* | *security*) return 1 ;; esac
	case " $* " in *security*) return 1 ;; *' main '*) ;; *) return 1 ;; esac
	case $how:${url%/} in
		path:*/debian | path:*/ubuntu | path:*/ubuntu-ports | path:*/raspbian | path:*/devuan/merged | path:*/kali) ;;
		suite:*)
			case " $* " in *" ${VERSION_CODENAME:-$(apt_lists__release)}"[\ -]*) ;; *) return 1 ;; esac
			;;
		*) return 1 ;;
	esac
}

apt_lists__release() { sed -n 's/^VERSION_CODENAME=//p' /etc/os-release 2>/dev/null || :; }

# Apt lists: stores package lists, and turns stored lists and packages into an archive that apt can read.
# shellcheck shell=sh

# At most this many files of a store are read.
APT_LISTS_MAX_FILES=1000

# apt_lists_name URL: prints the file name prefix of the lists that apt fetches from URL (URItoFileName in apt's
# strutl.cc).
apt_lists_name() {
	local url
	url=${1#*://}
	case ${url%%/*} in *@*) url=${url#*@} ;; esac
	printf '%s\n' "${url%/}" | sed -e 's/%/%25/g' -e 's/_/%5f/g' -e 's/~/%7e/g' -e 's/=/%3d/g' -e 's/!/%21/g' \
		-e 's/@/%40/g' -e 's/#/%23/g' -e 's/\$/%24/g' -e 's/&/%26/g' -e 's/\*/%2a/g' -e 's/\^/%5e/g' -e 's#/#_#g'
}

# apt_lists_make_tree STORE TREE: makes an archive in TREE from the stored lists of each http and https source of the
# image. apt reads it by the method `copy` and verifies the signatures again with the keys of the image.
apt_lists_make_tree() {
	local url place
	cut -f 2 "$STEP_FOLDER/sources" | sort -u | while IFS= read -r url; do
		case $url in http:* | https:*) ;; *) continue ;; esac
		place=$2/$(apt_lists_name "$url" | tr % +)
		mkdir -p "$place"
		apt_lists__unpack "$1/lists" "$(apt_lists_name "$url")" "$place"
	done
}

# apt_lists_keep STORE: copies the lists to STORE, under the names of the sources of the image.
apt_lists_keep() { cp -R /var/lib/apt/lists "$1/" && apt_lists_name_back "$1/lists"; }

# apt_lists_name_back FOLDER: names the lists in FOLDER after the sources of the image, whatever mirror served them
# (STEP_FOLDER/plan).
apt_lists_name_back() {
	local uri suite new from to file
	while IFS=$APT_SOURCES_TAB read -r uri suite new; do
		[ "$new" != - ] && [ "$new" != "$uri" ] || continue
		from=$(apt_lists_name "${new}dists/$suite")_ to=$(apt_lists_name "${uri}dists/$suite")_
		set +f
		set -- "$1" "$1/$from"*
		set -f
		for file in "$@"; do
			[ "$file" != "$1" ] && [ -f "$file" ] || continue
			mv -f "$file" "$1/$to${file#"$1/$from"}" || return
		done
	done <"$STEP_FOLDER/plan"
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

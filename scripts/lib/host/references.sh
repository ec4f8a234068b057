# References: names of images.
# shellcheck shell=sh

reference_is_digest() {
	case $1 in sha256:*[!0-9a-f]*) return 1 ;; sha256:*) [ "${#1}" -eq 71 ] ;; *) return 1 ;; esac
}

# reference_is_valid IMAGE: whether it can be the name of an image.
reference_is_valid() {
	case $1 in '' | [!A-Za-z0-9[]* | *[!][A-Za-z0-9._:/@-]* | *//* | *[:/@]) return 1 ;; esac
	[ "${#1}" -le 1024 ]
}

# reference_full IMAGE: with its registry; a name is one of Docker Hub where its first part is no host.
reference_full() {
	local host path
	host=docker.io path=$1
	case $1 in
		localhost/* | *.*/* | *:*/* | *[A-Z]*/*) case ${1%%/*} in localhost | *[.:A-Z]*) host=${1%%/*} path=${1#*/} ;; esac ;;
	esac
	[ "$host" != index.docker.io ] || host=docker.io
	case $host:$path in docker.io:*/*) ;; docker.io:*) path=library/$path ;; esac
	printf '%s/%s\n' "$host" "$path"
}

# reference_canonical IMAGE: the same with the tag that is meant where it has neither tag nor digest.
reference_canonical() {
	local full
	full=$(reference_full "$1")
	case ${full#*/} in *[:@]*) printf '%s\n' "$full" ;; *) printf '%s:latest\n' "$full" ;; esac
}

# reference_host IMAGE: the registry.
reference_host() {
	local full
	full=$(reference_full "$1")
	printf '%s\n' "${full%%/*}"
}

# reference_url IMAGE: where its manifest is, without the scheme (OCI distribution specification 1.1); of a tag and a digest
# the digest counts.
reference_url() {
	local full host path which
	full=$(reference_full "$1") which=latest
	host=${full%%/*} path=${full#*/}
	case $path in *:*) which=${path##*:} ;; esac
	case $path in *@*) which=${path#*@} path=${path%%@*} ;; esac
	case ${path##*/} in *:*) path=${path%:*} ;; esac
	[ "$host" != docker.io ] || host=registry-1.docker.io
	printf '%s/v2/%s/manifests/%s\n' "$host" "$path" "$which"
}

# reference_key IMAGE: sets REFERENCE_KEY to a name for a file, without a process where that can be.
reference_key() {
	case $1 in *[!A-Za-z0-9._:@/-]*) set -- "$(reference__sum "$1")" ;; esac
	[ "${#1}" -le 200 ] || set -- "$(reference__sum "$1")"
	REFERENCE_KEY=''
	while :; do
		case $1 in */*) ;; *) break ;; esac
		REFERENCE_KEY=$REFERENCE_KEY${1%%/*}+
		set -- "${1#*/}"
	done
	REFERENCE_KEY=$REFERENCE_KEY$1
}

reference__sum() { printf '%s' "$1" | cksum | tr ' ' _; }

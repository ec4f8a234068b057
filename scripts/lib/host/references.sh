# References: names of images, and the names of the same image elsewhere. SEAWALL_REGISTRY_MIRRORS says where,
# SEAWALL_IMAGE_LOCK which digest is meant.
# Needs log.sh and exit.sh.
# shellcheck shell=sh

# reference_places IMAGE: its own name, then that behind each mirror of its registry, in order; with the digest that the
# lock file gives, so that nobody can serve another one.
reference_places() {
	local image pair full
	image=$(reference_pinned "$1") || return
	printf '%s\n' "$image"
	full=$(reference_full "$image")
	for pair in $SEAWALL_REGISTRY_MIRRORS; do
		case $full in
			"${pair%%=*}"/*) printf '%s\n' "${pair#*=}/${full#"${pair%%=*}"/}" ;;
		esac
	done
}

# reference_pinned IMAGE: with the digest of the lock file where it has none of its own.
reference_pinned() {
	local digest
	digest=''
	case $1 in
		*@*) ;;
		*) [ -z "${SEAWALL_IMAGE_LOCK:-}" ] || digest=$(reference__locked "$1") || return ;;
	esac
	printf '%s%s\n' "$1" "${digest:+@$digest}"
}

# The lock file has lines `IMAGE sha256:...`; an image that stands there twice must be the same.
reference__locked() {
	local name digest rest found full
	found='' full=$(reference_full "$1")
	while read -r name digest rest; do
		case $name in '' | '#'*) continue ;; esac
		[ "$(reference_full "$name")" = "$full" ] || continue
		reference_is_digest "$digest" || die 78 "$SEAWALL_IMAGE_LOCK: wanted '$name sha256:' and 64 hexadecimal digits, saw '$digest': correct the line"
		[ -z "$found" ] || [ "$found" = "$digest" ] || die 78 "$SEAWALL_IMAGE_LOCK: wanted one digest for $name, saw $found and $digest: remove one line"
		found=$digest
	done <"$SEAWALL_IMAGE_LOCK"
	printf '%s\n' "$found"
}

reference_is_digest() {
	case $1 in sha256:*[!0-9a-f]*) return 1 ;; sha256:*) [ "${#1}" -eq 71 ] ;; *) return 1 ;; esac
}

# reference_full IMAGE: with its registry; a name is one of Docker Hub where its first part is no host.
reference_full() {
	case $1 in
		*/*) ;;
		*) printf 'docker.io/library/%s\n' "$1" && return 0 ;;
	esac
	case ${1%%/*} in
		*.* | *:* | localhost) printf '%s\n' "$1" ;;
		*) printf 'docker.io/%s\n' "$1" ;;
	esac
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

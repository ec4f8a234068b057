# References: names of images, by the grammar and the normalisation of github.com/distribution/reference 0.6, which
# BuildKit and the Docker client use (tests/security/references.tsv has its answers). What is no reference is used for
# nothing.
# shellcheck shell=sh

# Written out, because a range such as a-z holds other letters in some locales.
REFERENCE_LOWER=abcdefghijklmnopqrstuvwxyz0123456789
REFERENCE_LETTERS=ABCDEFGHIJKLMNOPQRSTUVWXYZ$REFERENCE_LOWER
# The longest name is below it: a host of 253 characters (DNS), a port, a path of 255, a tag of 128, a sha512 digest.
REFERENCE_LONGEST=1024

# reference_read IMAGE: sets REFERENCE_HOST, REFERENCE_PATH, REFERENCE_TAG and REFERENCE_DIGEST (empty where it has
# none), REFERENCE_FULL and REFERENCE_CANONICAL, as reference_full and reference_canonical print them; false for what is
# no reference. Starts no process.
reference_read() {
	local rest name
	REFERENCE_HOST='' REFERENCE_PATH='' REFERENCE_TAG='' REFERENCE_DIGEST='' REFERENCE_FULL='' REFERENCE_CANONICAL=''
	case $1 in '' | *[!][$REFERENCE_LETTERS._:/@-]*) return 1 ;; esac
	[ "${#1}" -le "$REFERENCE_LONGEST" ] && ! reference__is_identifier "$1" || return 1
	reference__split_host "$1"
	rest=${REFERENCE_PATH#"${REFERENCE_PATH%%[:@]*}"} REFERENCE_PATH=${REFERENCE_PATH%%[:@]*}
	case $rest in *@*) REFERENCE_DIGEST=${rest#*@} rest=${rest%%@*} && reference__is_digest "$REFERENCE_DIGEST" || return 1 ;; esac
	[ -z "$rest" ] || { REFERENCE_TAG=${rest#:} && reference__is_tag "$REFERENCE_TAG"; } || return 1
	# A first part such as a_b.example is no domain, but may be the first part of a path.
	name=$REFERENCE_PATH
	reference__is_domain "$REFERENCE_HOST" || name=$REFERENCE_HOST/$REFERENCE_PATH
	reference__is_path "$REFERENCE_PATH" && reference__is_path "$name" && [ "${#name}" -le 255 ] || return 1
	REFERENCE_FULL=$REFERENCE_HOST/$REFERENCE_PATH${REFERENCE_TAG:+:$REFERENCE_TAG}${REFERENCE_DIGEST:+@$REFERENCE_DIGEST}
	REFERENCE_CANONICAL=$REFERENCE_FULL
	[ -n "$rest$REFERENCE_DIGEST" ] || REFERENCE_CANONICAL=$REFERENCE_FULL:latest
}

# A bare id of an image.
reference__is_identifier() { case $1 in *[!0123456789abcdef]*) return 1 ;; *) [ "${#1}" -eq 64 ] ;; esac }

# reference__split_host IMAGE: the first part is a registry where it cannot be the name of somebody at Docker Hub.
reference__split_host() {
	REFERENCE_HOST=docker.io REFERENCE_PATH=$1
	case $1 in
		localhost/*) REFERENCE_HOST=localhost REFERENCE_PATH=${1#*/} ;;
		index.docker.io/*) REFERENCE_PATH=${1#*/} ;;
		*/*) case ${1%%/*} in *[.:ABCDEFGHIJKLMNOPQRSTUVWXYZ]*) REFERENCE_HOST=${1%%/*} REFERENCE_PATH=${1#*/} ;; esac ;;
	esac
	case $REFERENCE_HOST:$REFERENCE_PATH in docker.io:*/*) ;; docker.io:*) REFERENCE_PATH=library/$REFERENCE_PATH ;; esac
}

# reference__is_domain HOST: names of letters, digits and dashes with dots between, or [IPv6], and a port.
reference__is_domain() {
	local port
	case $1 in '['*']'*) port=${1#*]} ;; *) port=${1#"${1%%:*}"} ;; esac
	case .${1%"$port"}. in
		.'['*[!0123456789abcdefABCDEF:]*']'. | .'[]'.) return 1 ;;
		.'['*']'.) ;;
		*[!$REFERENCE_LETTERS.-]* | *..* | *.-* | *-.*) return 1 ;;
	esac
	case $port in '') ;; : | :*[!0123456789]* | [!:]*) return 1 ;; esac
}

# reference__is_path PATH: parts of small letters and digits, between them a dot, one or two underscores, or dashes.
reference__is_path() {
	case /$1/ in
		*[!$REFERENCE_LOWER/._-]* | *//* | */[._-]* | *[._-]/*) return 1 ;;
		*..* | *___* | *._* | *_.* | *.-* | *-.* | *-_* | *_-*) return 1 ;;
	esac
}

reference__is_tag() { case $1 in '' | [.-]* | *[!${REFERENCE_LETTERS}_.-]*) return 1 ;; *) [ "${#1}" -le 128 ] ;; esac }

reference__is_digest() {
	case $1 in
		*:*[!0123456789abcdef]*) return 1 ;;
		sha256:*) [ "${#1}" -eq 71 ] ;;
		sha384:*) [ "${#1}" -eq 103 ] ;;
		sha512:*) [ "${#1}" -eq 135 ] ;;
		*) return 1 ;;
	esac
}

# The same as commands, for one IMAGE each: whether it is a reference; its name with the registry, docker.io where it
# has none, tag and digest as they are given; and with the tag latest where it has neither; its registry.
reference_is_valid() { reference_read "$1"; }
reference_full() { reference_read "$1" && printf '%s\n' "$REFERENCE_FULL"; }
reference_canonical() { reference_read "$1" && printf '%s\n' "$REFERENCE_CANONICAL"; }
reference_host() { reference_read "$1" && printf '%s\n' "$REFERENCE_HOST"; }

# reference_url IMAGE: where its manifest is, without the scheme (OCI distribution specification 1.1); of a tag and a
# digest the digest counts.
reference_url() {
	reference_read "$1" || return
	[ "$REFERENCE_HOST" != docker.io ] || REFERENCE_HOST=registry-1.docker.io
	printf '%s/v2/%s/manifests/%s\n' "$REFERENCE_HOST" "$REFERENCE_PATH" "${REFERENCE_DIGEST:-${REFERENCE_TAG:-latest}}"
}

# reference_key TEXT: sets REFERENCE_KEY to a name for a file, without a process where that can be.
reference_key() {
	case $1 in *[!${REFERENCE_LETTERS}._:@/-]*) set -- "$(reference__sum "$1")" ;; esac
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

# reference_is_digest TEXT: of the kind that registries answer with.
reference_is_digest() { case $1 in sha256:*) reference__is_digest "$1" ;; *) return 1 ;; esac }

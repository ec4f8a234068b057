# Reference: names of images, by the grammar and the normalisation of github.com/distribution/reference 0.6, which
# BuildKit and the Docker client use (tests/security/references.tsv has its results). The kit never uses an invalid
# reference.
# shellcheck shell=sh

# Written out, because a range such as a-z contains other letters in some locales.
REFERENCE_LOWER=abcdefghijklmnopqrstuvwxyz0123456789
REFERENCE_LETTERS=ABCDEFGHIJKLMNOPQRSTUVWXYZ$REFERENCE_LOWER
# Characters; a host has at most 253 (DNS), a path 255, a tag 128, a sha512 digest 135.
REFERENCE_MAX_LENGTH=1024

# reference_read IMAGE: sets the record REFERENCE_HOST, REFERENCE_PATH, REFERENCE_TAG and REFERENCE_DIGEST (empty if not
# given), REFERENCE_FULL and REFERENCE_CANONICAL (see reference_full and reference_canonical); false for an invalid
# reference. Starts no process.
reference_read() {
	local rest name
	REFERENCE_HOST='' REFERENCE_PATH='' REFERENCE_TAG='' REFERENCE_DIGEST='' REFERENCE_FULL='' REFERENCE_CANONICAL=''
	case $1 in '' | *[!][$REFERENCE_LETTERS._:/@-]*) return 1 ;; esac
	[ "${#1}" -le "$REFERENCE_MAX_LENGTH" ] && ! reference__is_identifier "$1" || return 1
	reference__split_host "$1"
	rest=${REFERENCE_PATH#"${REFERENCE_PATH%%[:@]*}"} REFERENCE_PATH=${REFERENCE_PATH%%[:@]*}
	case $rest in
		*@*)
			REFERENCE_DIGEST=${rest#*@} rest=${rest%%@*}
			reference__is_digest "$REFERENCE_DIGEST" || return 1
			;;
	esac
	[ -z "$rest" ] || { REFERENCE_TAG=${rest#:} && reference__is_tag "$REFERENCE_TAG"; } || return 1
	# A first component such as a_b.example is not a valid domain, but may be the first component of a path.
	name=$REFERENCE_PATH
	reference__is_domain "$REFERENCE_HOST" || name=$REFERENCE_HOST/$REFERENCE_PATH
	reference__is_path "$REFERENCE_PATH" && reference__is_path "$name" && [ "${#name}" -le 255 ] || return 1
	name=$REFERENCE_HOST/$REFERENCE_PATH
	REFERENCE_FULL=$name${REFERENCE_TAG:+:$REFERENCE_TAG}${REFERENCE_DIGEST:+@$REFERENCE_DIGEST}
	REFERENCE_CANONICAL=$REFERENCE_FULL
	[ -n "$rest$REFERENCE_DIGEST" ] || REFERENCE_CANONICAL=$REFERENCE_FULL:latest
}

# The id of an image is not a reference.
reference__is_identifier() { case $1 in *[!0123456789abcdef]*) return 1 ;; *) [ "${#1}" -eq 64 ] ;; esac }

# reference__split_host IMAGE: the first component is a registry unless it may be a namespace of Docker Hub.
reference__split_host() {
	REFERENCE_HOST=docker.io REFERENCE_PATH=$1
	case $1 in
		localhost/*) REFERENCE_HOST=localhost REFERENCE_PATH=${1#*/} ;;
		index.docker.io/*) REFERENCE_PATH=${1#*/} ;;
		*/*)
			case ${1%%/*} in
				*[.:ABCDEFGHIJKLMNOPQRSTUVWXYZ]*) REFERENCE_HOST=${1%%/*} REFERENCE_PATH=${1#*/} ;;
			esac
			;;
	esac
	case $REFERENCE_HOST:$REFERENCE_PATH in
		docker.io:*/*) ;;
		docker.io:*) REFERENCE_PATH=library/$REFERENCE_PATH ;;
	esac
}

# reference__is_domain HOST: labels of letters, digits and dashes, separated by dots, or [IPv6]; then an optional port.
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

# reference__is_path PATH: components of lower-case letters and digits, separated by a dot, one or two underscores, or
# dashes.
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

# For one IMAGE each: whether it is valid; prints the name with its registry (docker.io by default); the same with
# the tag `latest` if it has neither tag nor digest; the registry.
reference_is_valid() { reference_read "$1"; }
reference_full() { reference_read "$1" && printf '%s\n' "$REFERENCE_FULL"; }
reference_canonical() { reference_read "$1" && printf '%s\n' "$REFERENCE_CANONICAL"; }
reference_host() { reference_read "$1" && printf '%s\n' "$REFERENCE_HOST"; }

# reference_url IMAGE: prints the URL of its manifest without the scheme (OCI distribution specification 1.1). A digest
# takes precedence over a tag.
reference_url() {
	reference_read "$1" || return
	[ "$REFERENCE_HOST" != docker.io ] || REFERENCE_HOST=registry-1.docker.io
	printf '%s/v2/%s/manifests/%s\n' "$REFERENCE_HOST" "$REFERENCE_PATH" "${REFERENCE_DIGEST:-${REFERENCE_TAG:-latest}}"
}

# reference_key TEXT: sets REFERENCE_KEY to a file name for TEXT; starts a process only for unusual characters.
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

# reference_is_digest TEXT: whether it is a sha256 digest, the kind that registries return.
reference_is_digest() { case $1 in sha256:*) reference__is_digest "$1" ;; *) return 1 ;; esac }

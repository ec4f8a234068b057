# Mirror: what a shim of curl or wget knows about a URL before it uses a mirror.
# shellcheck shell=sh

# mirror_host URL: sets MIRROR_HOST to its scheme, host and port, without a login.
mirror_host() {
	MIRROR_HOST=${1#*://}
	MIRROR_HOST=${MIRROR_HOST%%[/?#]*}
	MIRROR_HOST=${MIRROR_HOST##*@}
	case $1 in *://*) MIRROR_HOST=${1%%://*}://$MIRROR_HOST ;; esac
}

# mirror_is_local URL: true for a server on this machine, which a RUN step has started itself. A loop that waits for it
# repeats the call, and the retry budget of the build is not for it.
mirror_is_local() {
	mirror_host "$1"
	case ${MIRROR_HOST#*://} in
		localhost | localhost:* | *.localhost | *.localhost:* | 127.* | 0.0.0.0 | 0.0.0.0:* | '[::1]'*) ;;
		*) return 1 ;;
	esac
}

# mirror_file URL: prints the last part of its path, as curl -O and wget name the file; nothing if the name depends on
# more than plain characters.
mirror_file() {
	local name
	name=${1#*://}
	case $name in *[?#]* | */) return 0 ;; */*) name=${name##*/} ;; *) return 0 ;; esac
	case $name in *[!A-Za-z0-9._+-]* | . | ..) ;; *) printf '%s\n' "$name" ;; esac
}

# Wget pieces: a call of wget with several URLs is a call for each, one after the other: each has its own attempts and
# mirrors. GNU Wget prints a summary in the end, unless it is quiet: there the call runs as it is, and only if it fails,
# what it wrote is deleted, and each URL gets its call.
# shellcheck shell=sh

# wget_pieces_read WORD...: wget_options_read; false if a URL of the call is no plain download.
wget_pieces_read() {
	wget_options_read "$@" && [ -n "$WGET_URL" ] || return
	if pieces_are_wanted "$WGET_URLS"; then wget_pieces__are_downloads; else wget_call_is_download; fi
}

# wget_pieces__is_download WORD...: whether the words of one URL are a plain download.
wget_pieces__is_download() { wget_options_read "$@" && wget_call_is_download; }

# wget_pieces__are_downloads: whether each URL of the call is a plain download of its own: to stdout without any
# message, or to a new file with a name that is known.
wget_pieces__are_downloads() {
	! wget_options_have spider save-cookies || return 1
	WGET_PIECES_FILES='' WGET_PIECES_NAMES=''
	(wget_pieces__each wget_pieces__is_download) || return
	wget_pieces__each wget_pieces__find_file
}

# wget_pieces__each FUNCTION: calls FUNCTION WORD... with the words of a call for each URL; returns the first status
# that is not 0. FUNCTION may read these words.
wget_pieces__each() { pieces_each "$1" "$WGET_COMMON" "$WGET_URLS" ''; }

# wget_pieces__find_file WORD... URL: adds the file to WGET_PIECES_FILES; false if it is there before the call, has no
# certain name, or two URLs have the same.
wget_pieces__find_file() {
	local name
	case $WGET_OUTPUT in
		- | /dev/stdout | /proc/self/fd/1 | /dev/fd/1) wget_options_have quiet && return || return ;;
		?*) return 1 ;;
	esac
	while [ $# -gt 1 ]; do shift; done
	name=$(mirror_file "$1")
	[ -n "$name" ] && [ ! -e "$WGET_FOLDER$name" ] || return
	! values_has "$name" "$WGET_PIECES_NAMES" || return
	WGET_PIECES_NAMES="$WGET_PIECES_NAMES $name"
	list_add WGET_PIECES_FILES "$WGET_FOLDER$name"
}

# wget_pieces_run FUNCTION ARGUMENT...: FUNCTION WORD... downloads one URL. Sets WGET_STATUS.
wget_pieces_run() {
	WGET_PIECE=$1 WGET_STATUS=0
	shift
	if [ "$WGET_KIND" = gnu ] && ! wget_options_have quiet; then
		! wget_pieces__run_whole "$@" || return 0
		eval "rm -f -- $WGET_PIECES_FILES"
	fi
	wget_pieces__each wget_pieces__run || :
}

# wget_pieces__run_whole ARGUMENT...: one attempt.
wget_pieces__run_whole() {
	wget_options_have tries || set -- --tries=1 "$@"
	net_run "$@"
}

# wget_pieces__run WORD...: false if wget does not go on with the next URL, as that of BusyBox. GNU Wget ends with the
# lowest code but 1.
wget_pieces__run() {
	local status
	status=0
	wget_options_read "$@"
	"$WGET_PIECE" "$@" || status=$?
	case $WGET_STATUS:$status in
		*:0) return 0 ;;
		0:* | 1:*) WGET_STATUS=$status ;;
		*:1) ;;
		*) WGET_STATUS=$(values_min "$WGET_STATUS" "$status") ;;
	esac
	[ "$WGET_KIND" = gnu ]
}

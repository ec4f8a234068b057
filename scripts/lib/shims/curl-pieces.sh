# Curl pieces: a call of curl with several URLs is a call for each, one after the other, as curl itself does it: each has
# its own attempts and mirrors. curl ends with the code of the last transfer.
# shellcheck shell=sh

# curl_pieces_are_wanted: whether the call that was read last has several URLs.
curl_pieces_are_wanted() {
	eval "set -- $CURL_URLS"
	[ $# -gt 1 ]
}

# curl_pieces_are_downloads: whether each URL of the call is a plain download of its own.
curl_pieces_are_downloads() {
	[ "$CURL_PIECES" = yes ] && ! curl_pieces__lack_urls || return
	(curl_pieces_each curl_options_read)
}

# curl_pieces__lack_urls: whether the call has more outputs than URLs, which is a mistake.
curl_pieces__lack_urls() {
	local urls
	eval "set -- $CURL_URLS"
	urls=$#
	eval "set -- $CURL_OUTPUTS"
	[ $# -gt "$urls" ]
}

# curl_pieces_each FUNCTION: calls FUNCTION WORD... with the words of a call for each URL; returns the first status that
# is not 0. The n-th output is that of the n-th URL; FUNCTION may read these words.
curl_pieces_each() {
	local function common outputs url output
	function=$1 common=$CURL_COMMON outputs=$CURL_OUTPUTS
	eval "set -- $CURL_URLS"
	for url in "$@"; do
		eval "set -- $outputs"
		output=${1-}
		[ $# -eq 0 ] || shift
		list_quote "$@"
		outputs=$LIST_QUOTED
		eval "set -- $common"
		case $output in
			remote) set -- "$@" --remote-name ;;
			=*) set -- "$@" --output "${output#=}" ;;
		esac
		"$function" "$@" --url "$url" || return
	done
}

# curl_pieces_run FUNCTION: FUNCTION WORD... downloads one. Sets CURL_STATUS.
curl_pieces_run() {
	CURL_PIECE=$1 CURL_STATUS=0
	curl_pieces_each curl_pieces__run || :
}

# curl_pieces__run WORD...: false if curl does not go on with the next URL.
curl_pieces__run() {
	curl_options_read "$@"
	CURL_STATUS=0
	"$CURL_PIECE" "$@" || CURL_STATUS=$?
	case $CURL_STATUS in
		0) ;;
		2 | 27 | 41 | 43 | 48) return 1 ;;
		*) ! curl_call_has fail-early ;;
	esac
}

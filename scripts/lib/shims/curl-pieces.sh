# Curl pieces: a call of curl with several URLs is a call for each, one after the other, as curl itself does it: each
# has its own attempts and mirrors. curl ends with the code of the last transfer.
# shellcheck shell=sh

# curl_pieces_read WORD...: curl_options_read; false if a URL of the call is no plain download.
curl_pieces_read() {
	curl_options_read "$@" && [ -n "$CURL_URL" ] || return
	if pieces_are_wanted "$CURL_URLS"; then curl_pieces__are_downloads; else curl_call_is_download; fi
}

# curl_pieces__is_download WORD...: whether the words of one URL are a plain download.
curl_pieces__is_download() { curl_options_read "$@" && curl_call_is_download; }

# curl_pieces__are_downloads: whether each URL of the call is a plain download of its own.
curl_pieces__are_downloads() {
	[ "$CURL_PIECES" = yes ] && ! curl_pieces__lack_urls "$CURL_URLS" "$CURL_OUTPUTS" || return
	(curl_pieces_each curl_pieces__is_download)
}

# curl_pieces__lack_urls URLS OUTPUTS: whether the call has more outputs than URLs, which is a mistake.
curl_pieces__lack_urls() {
	local outputs urls
	outputs=$2
	eval "set -- $1"
	urls=$#
	eval "set -- $outputs"
	[ $# -gt "$urls" ]
}

# curl_pieces_each FUNCTION: calls FUNCTION WORD... with the words of a call for each URL; returns the first status that
# is not 0. The n-th output is that of the n-th URL; FUNCTION may read these words.
curl_pieces_each() { pieces_each "$1" "$CURL_COMMON" "$CURL_URLS" "$CURL_OUTPUTS"; }

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

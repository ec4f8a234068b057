# Curl: a call of curl that downloads URLs. Any other call is curl's own.
# shellcheck shell=sh

# curl_shim ARGUMENT...: ends as curl does.
curl_shim() {
	curl_pieces_read "$@" && ! curl__has_config || shims_exec "$@"
	shims_begin "$@"
	net_begin 28
	CURL_STATUS=0
	if pieces_are_wanted "$CURL_URLS"; then
		curl_pieces_run curl__download
	else
		curl__download "$@" || CURL_STATUS=$?
	fi
	exit "$CURL_STATUS"
}

# curl__download ARGUMENT...: gets one URL, and returns the code of curl.
curl__download() {
	local status rounds
	CURL_SPOOLS=no
	[ -n "$CURL_OUTPUT" ] && ! curl_call_has write-out || { CURL_SPOOLS=yes && spool_begin; }
	rounds=3 status=0
	# The user's own retries are the retries at this host.
	! curl_call_has retry || rounds=1
	! curl_call_has max-time speed-limit speed-time || net_leave_limits all
	! curl_call_has connect-timeout || net_leave_limits stall
	CURL_ONCE=''
	! curl_call_has remote-header-name no-clobber || CURL_ONCE=1
	CURL_FIRST=$CURL_URL
	case $CURL_URL in *://*) ;; *) CURL_FIRST=http://$CURL_URL ;; esac
	curl__find_file
	curl__find_mirrors
	net_sources "$CURL_FIRST" "$MIRROR_URLS"
	net_climb --tool curl --attempts "$CURL_ONCE" "$rounds" url "$NET_SOURCES" curl__try "$@" || status=$?
	curl__end "$status"
}

# curl__has_config: true if curl reads options from a file.
curl__has_config() {
	local file
	! curl_call_has disable || return 1
	for file in "${CURL_HOME:+$CURL_HOME/.curlrc}" "${HOME:-/root}/.curlrc" \
		"${XDG_CONFIG_HOME:-${HOME:-/root}/.config}/curlrc"; do
		[ -z "$file" ] || [ ! -e "$file" ] || return 0
	done
	return 1
}

# curl__find_file: sets CURL_FILE to the file that curl writes, empty for stdout or if its name is not known, and
# CURL_IS_NEW to `no` if it exists before the call.
curl__find_file() {
	CURL_FILE=$CURL_OUTPUT CURL_IS_NEW=yes
	[ "$CURL_OUTPUT" != remote ] || CURL_FILE=$(mirror_file "$CURL_FIRST")
	[ -z "$CURL_FILE" ] || CURL_FILE=$CURL_FOLDER$CURL_FILE
	[ -z "$CURL_FILE" ] || [ ! -e "$CURL_FILE" ] || CURL_IS_NEW=no
}

# curl__find_mirrors: sets MIRROR_URLS. With -O the name of the file is that of the URL.
curl__find_mirrors() {
	local url name kept
	# shellcheck disable=SC2086 # a list of pairs
	MIRROR_URLS=$(mirror_urls "$CURL_FIRST" $SEAWALL_URL_MIRRORS)
	[ "$CURL_OUTPUT" = remote ] || return 0
	name=$(mirror_file "$CURL_FIRST") kept=''
	for url in $MIRROR_URLS; do
		[ -z "$name" ] || [ "$(mirror_file "$url")" != "$name" ] || kept="$kept $url"
	done
	MIRROR_URLS=$kept
}

# curl__try SOURCE ARGUMENT...: one attempt. A mirror on another host gets no credentials, and its URL may hold a login,
# so it travels in a file.
curl__try() {
	local source status
	source=$1 status=0
	shift
	if [ "$source" != "$CURL_FIRST" ]; then
		printf 'url = "%s"\n' "$source" >"$SCRATCH/url"
		eval "set -- $CURL_MIRROR"
		set -- "$@" --config "$SCRATCH/url"
	fi
	[ ! -e "$SCRATCH/head" ] || rm -f "$SCRATCH/head"
	curl_call_has dump-header || set -- "$@" --dump-header "$SCRATCH/head"
	if [ "$CURL_SPOOLS" = yes ]; then
		spool_run net_run "$@"
	else
		net_run "$@"
	fi || status=$?
	curl__judge "$status" "$source"
}

# curl__judge STATUS URL: completes the finding of an attempt; true if it succeeded.
curl__judge() {
	answer_read "$SCRATCH/head"
	case $1 in
		0) curl__accept "$2" && return || return ;;
		124) ;;
		22) [ -z "$ANSWER_STATUS" ] || finding_set "$(status_class "$ANSWER_STATUS")" ;;
		*) net_judge_class "$(status_class_of_curl "$1" || curl__class_of_code "$1")" ;;
	esac
	# A part of the download is with its reader already.
	[ "$CURL_SPOOLS" = no ] || ! spool_streams || net_stop
	return "$1"
}

# curl__class_of_code CODE: prints the class of a code with several causes, if curl printed no message (-s).
curl__class_of_code() {
	net_is_silent || return 0
	case $1 in 35) printf 'tls\n' ;; 56) printf 'connection-reset\n' ;; esac
}

# curl__accept URL: false, with a finding, for an answer with which curl ends well, but that is not the file: a page, or
# an error without --fail. NET_STATUS is then the exit code if no better answer follows.
curl__accept() {
	! curl_call_has include head write-out dump-header || return 0
	case $ANSWER_TYPE:$ANSWER_STATUS in
		text/html*:2??)
			[ -z "$CURL_OUTPUT" ] || curl_call_has fail fail-with-body || return 0
			if [ -n "$CURL_FILE" ]; then page_is_wrong "$1" "$CURL_FILE"; else spool_is_page "$1"; fi || return 0
			finding_set html-instead-of-json '' '' '' 'wanted a file, saw an HTML page'
			[ -z "$CURL_FILE" ] || [ "$CURL_IS_NEW" = no ] || rm -f "$CURL_FILE"
			NET_STATUS=22
			;;
		*:429 | *:408 | *:5??)
			finding_set "$(status_class "$ANSWER_STATUS")"
			! page_has_reader || NET_STATUS=22
			;;
		*:4??)
			page_has_reader || return 0
			finding_set "$(status_class "$ANSWER_STATUS")"
			NET_STATUS=22
			;;
		*) return 0 ;;
	esac
	return 1
}

# curl__end STATUS: hands the download on, and returns the status. Of a failed call stdout gets what tells about the
# answer.
curl__end() {
	[ "$CURL_SPOOLS" = yes ] || return "$1"
	[ "$1" -eq 0 ] || curl_call_has include head write-out || return "$1"
	# 23: curl could not write.
	spool_hand_on || return 23
	return "$1"
}

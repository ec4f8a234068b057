# Wget: a call of GNU Wget, or of the wget of BusyBox, that downloads URLs. Any other call is wget's own.
# shellcheck shell=sh

# wget_shim ARGUMENT...: ends as wget does.
wget_shim() {
	wget_pieces_read "$@" && ! wget__has_config || shims_exec "$@"
	shims_begin "$@"
	wget__find_kind
	# 4 is a network failure, which BusyBox does not tell from others.
	if [ "$WGET_KIND" = gnu ]; then net_begin 4; else net_begin 1; fi
	! wget_options_have timeout read-timeout || net_leave_limits all
	! wget_options_have connect-timeout dns-timeout || net_leave_limits stall
	WGET_STATUS=0
	if pieces_are_wanted "$WGET_URLS"; then
		wget_pieces_run wget__download "$@"
	else
		wget__download "$@" || WGET_STATUS=$?
	fi
	exit "$WGET_STATUS"
}

# wget__download ARGUMENT...: gets one URL, and returns the code of wget.
wget__download() {
	local status rounds once
	[ "$WGET_OUTPUT" != - ] || spool_begin
	rounds=3 status=0 once=''
	# The user's own retries are the retries at this host.
	! wget_options_have tries retry-connrefused retry-on-http-error || rounds=1
	wget__find_file
	# Without a known name, an attempt would write a second file beside the part of the first.
	[ -n "$WGET_OUTPUT$WGET_FILE" ] || wget_options_have spider || once=1
	wget__find_mirrors
	net_sources "$WGET_URL" "$MIRROR_URLS"
	net_climb --tool wget --attempts "$once" "$rounds" url "$NET_SOURCES" wget__try "$@" || status=$?
	[ "$status" -eq 0 ] && [ "$WGET_OUTPUT" = - ] || return "$status"
	# 3: wget could not write.
	spool_hand_on || return 3
}

# wget_shim_busybox APPLET ARGUMENT...: `busybox wget`. Any other applet is BusyBox's own.
wget_shim_busybox() {
	[ "${1-}" = wget ] || shims_exec "$@"
	SHIMS_APPLET=$1
	shift
	wget_shim "$@"
}

# wget__has_config: true if wget reads the user's file of options. That of the system only holds defaults.
wget__has_config() {
	! wget_options_have no-config || return 1
	[ -n "${WGETRC:-}" ] || [ -e "${HOME:-/root}/.wgetrc" ]
}

# wget__find_kind: sets WGET_KIND to gnu or busybox.
wget__find_kind() {
	local file
	WGET_KIND=gnu
	[ -z "$SHIMS_APPLET" ] || WGET_KIND=busybox
	for file in /bin/busybox /usr/bin/busybox; do
		[ ! "$SHIMS_REAL" -ef "$file" ] || WGET_KIND=busybox
	done
	[ ! -L "$SHIMS_REAL" ] || case $(readlink -f "$SHIMS_REAL") in */busybox*) WGET_KIND=busybox ;; esac
}

# wget__find_file: sets WGET_FILE to the file that wget writes, empty for stdout or if its name is not known, and
# WGET_IS_NEW to `no` if it exists before the call: then wget writes another one.
wget__find_file() {
	local name
	WGET_FILE='' WGET_IS_NEW=yes
	case $WGET_OUTPUT in
		-) ;;
		?*) WGET_FILE=$WGET_OUTPUT ;;
		*) name=$(mirror_file "$WGET_URL") && WGET_FILE=${name:+$WGET_FOLDER$name} ;;
	esac
	[ -z "$WGET_FILE" ] || [ ! -e "$WGET_FILE" ] || WGET_IS_NEW=no
	[ -n "$WGET_OUTPUT" ] || [ "$WGET_IS_NEW" = yes ] || WGET_FILE=''
}

# wget__find_mirrors: sets MIRROR_URLS. Without -O the name of the file is that of the URL. BusyBox takes the URL only
# as an argument, which others can see.
wget__find_mirrors() {
	local url kept
	# shellcheck disable=SC2086 # a list of pairs
	MIRROR_URLS=$(mirror_urls "$WGET_URL" $SEAWALL_URL_MIRRORS)
	kept=''
	for url in $MIRROR_URLS; do
		[ -n "$WGET_OUTPUT" ] || [ "$(mirror_file "$url")" = "${WGET_FILE##*/}" ] || continue
		case $WGET_KIND:$url in busybox:*@*) ;; *) kept="$kept $url" ;; esac
	done
	MIRROR_URLS=$kept
}

# wget__try SOURCE ARGUMENT...: one attempt. A mirror gets no credentials.
wget__try() {
	local source status
	source=$1 status=0
	shift
	[ "$LADDER_ATTEMPT" -eq 1 ] || [ "$WGET_IS_NEW" = no ] || [ -z "$WGET_FILE" ] || rm -f "$WGET_FILE"
	if [ "$source" != "$WGET_URL" ]; then
		eval "set -- $WGET_MIRROR"
		if [ "$WGET_KIND" = busybox ]; then
			set -- "$@" "$source"
		else
			printf '%s\n' "$source" >"$SCRATCH/url"
			set -- "$@" --no-netrc --input-file="$SCRATCH/url"
		fi
	fi
	[ ! -e "$SCRATCH/head" ] || rm -f "$SCRATCH/head"
	[ "$WGET_KIND" = busybox ] || {
		wget_options_have tries || set -- --tries=1 "$@"
		# With -q wget does not tell why it fails; with a log it does, and prints the same.
		! wget_options_have quiet || wget_options_have show-progress server-response ||
			set -- "$@" --server-response --output-file="$SCRATCH/head"
	}
	if [ "$WGET_OUTPUT" = - ]; then
		spool_run net_run "$@"
	else
		net_run "$@"
	fi || status=$?
	wget__judge "$status" "$source"
}

# wget__judge STATUS URL: completes the finding of an attempt; true if it succeeded.
wget__judge() {
	answer_read "$SCRATCH/head"
	case $1:$ANSWER_STATUS in
		0:*) wget__accept "$2" && return || return ;;
		124:*) ;;
		8:[45]*) finding_set "$(status_class "$ANSWER_STATUS")" ;;
		4:*) ! net_is_silent || finding_set connection-reset ;;
		5:*) ! net_is_silent || finding_set tls ;;
	esac
	[ "$WGET_OUTPUT" != - ] || ! spool_streams || net_stop
	return "$1"
}

# wget__accept URL: false, with a finding, if the file is certainly a page in place of something else. 8: the server
# answered with an error.
wget__accept() {
	if [ "$WGET_OUTPUT" = - ]; then
		spool_is_page "$1"
	else
		[ -f "$WGET_FILE" ] && page_is_wrong "$1" "$WGET_FILE"
	fi || return 0
	finding_set html-instead-of-json '' '' '' 'wanted a file, saw an HTML page'
	[ "$WGET_OUTPUT" = - ] || [ "$WGET_IS_NEW" = no ] || rm -f "$WGET_FILE"
	NET_STATUS=8
	[ "$WGET_KIND" = gnu ] || NET_STATUS=1
	return 1
}

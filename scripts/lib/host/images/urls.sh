# Urls: a file of ADD comes from a mirror of its URL after the URL has failed, by a rule of the source policy: the
# Dockerfile stays, and so do the name of the file and the checksum on the line.
# Works in SCRATCH: url-places has the URL, a tab and the mirror of each file that is taken from one.
# Settings: SEAWALL_URL_MIRRORS.
# shellcheck shell=sh

URLS_TAB='	'
# Not taken from the environment. Whether a server has sent a file with a wrong checksum.
URLS_WRONG=no

# urls_blame FILE PROGRESS: a build failed with the words of FILE; PROGRESS is its plain progress. If an ADD of a URL
# failed, completes the finding. True if a file comes from another place in the next attempt, which can begin at once.
urls_blame() {
	local how pinned url
	URLS_MOVED=no URLS_HOST=''
	[ ! -f "$SCRATCH/stalled" ] && [ -s "$2" ] || return 1
	LC_ALL=C awk -f "$SEAWALL_LIB/host/images/urls.awk" "$2" >"$SCRATCH/urls"
	while read -r how pinned url <&5; do
		[ -n "$URLS_HOST" ] || urls__complete_finding "$pinned" "$url"
		! urls__may_move "$how" "$pinned" "$1" || urls__move "$url"
	done 5<"$SCRATCH/urls"
	[ "$URLS_MOVED" = yes ] || return 1
	finding_decide elsewhere
}

# urls_each FUNCTION: calls FUNCTION add URL '' - MIRROR mirror, the fields of a row of the image plan, for each file
# that is taken from a mirror.
urls_each() {
	local url place
	[ -s "$SCRATCH/url-places" ] || return 0
	while IFS=$URLS_TAB read -r url place <&5; do "$1" add "$url" '' - "$place" mirror; done 5<"$SCRATCH/url-places"
}

# urls_mirrors URL: prints its mirrors, a blank between. One with a login is left out: the provenance of the image would
# show it. A URL with a character that a pattern of the source policy knows has none.
urls_mirrors() {
	local place
	case $1$SEAWALL_URL_MIRRORS in *[*\\$]*) return 0 ;; esac
	# shellcheck disable=SC2086 # a list of pairs
	for place in $(mirror_urls "$1" $SEAWALL_URL_MIRRORS); do
		case $place in
			*://*@*) ;;
			http://* | https://*) ! https_allows "$place" || printf '%s ' "$place" ;;
		esac
	done
}

# urls__complete_finding PINNED URL: the finding names the server of the file. With a checksum on the line an engine
# (Docker 28.5) ignores the status of the answer and compares the page of the error, so the server is asked.
urls__complete_finding() {
	local class place status
	class=$FINDING_CLASS place=$(urls__place "$2") status=0
	URLS_HOST=$(http_host "$place")
	case $class in
		integrity | not-found | auth | timeout | connection-* | dns | tls) ;;
		http-* | rate-limited | html-* | truncated) ;;
		*) return 0 ;;
	esac
	if [ "$1:$class:$URLS_WRONG" = pinned:integrity:no ] && view_is_ours && command -v curl >/dev/null 2>&1; then
		http_ask "$place" "$SCRATCH/url" --head --output /dev/null || status=$?
		class=$(answer_class "$status" "$SCRATCH/url")
		case $class in '' | http-4xx-other | other) class=integrity URLS_WRONG=yes ;; esac
	fi
	[ "$URLS_WRONG" = no ] || class=integrity
	urls__name_server "$class" "$FINDING_CLASS" "$FINDING_VERDICT" "$FINDING_CODE"
}

# urls__name_server CLASS OLD VERDICT CODE: the finding has CLASS. If that was known, what follows stays, too.
urls__name_server() {
	finding_set "$1" url "$URLS_HOST"
	[ "$1" != "$2" ] || finding_decide "$3" "$4"
}

# urls__may_move failed|beside PINNED FILE: whether the file may come from another place. If this one answers that it
# has no such file, or that it is forbidden, only a file with a checksum may; a bare 403 is also that of a server that
# refuses this address.
urls__may_move() {
	ladder_has_attempt || return 1
	case $1:$FINDING_CLASS in beside:integrity | beside:truncated | beside:html-*) return 1 ;; esac
	case $FINDING_VERDICT:$FINDING_CLASS:$2 in
		again:* | elsewhere:* | stop:not-found:pinned | stop:auth:pinned) ;;
		stop:auth:*) grep -q -E '(^|[^0-9])403([^0-9]|$)' "$3" ;;
		*) return 1 ;;
	esac
}

# urls__move URL: the file comes from the mirror behind its present place, or, behind the last one, from its own URL
# again.
urls__move() {
	local place next
	place=$(urls__place "$1")
	next=$(urls__behind "$place" "$1 $(urls_mirrors "$1")")
	if [ -n "$next" ] && ! source_policy_is_free; then
		log_warn "$1: wanted to use $next, which needs a source policy: left to the builder"
		return 0
	fi
	urls__each_other "$1" >"$SCRATCH/url-places.new"
	[ -z "$next" ] || printf '%s\t%s\n' "$1" "$next" >>"$SCRATCH/url-places.new"
	mv -f "$SCRATCH/url-places.new" "$SCRATCH/url-places"
	source_policy_use_urls "$SCRATCH/url-places"
	[ -n "$next" ] || return 0
	URLS_MOVED=yes
	log_warn "$1: $FINDING_CLASS of $(http_host "$place"); using $next"
	events_emit base warn upstream url source "$next" verdict mirror detail "$1"
}

# urls__place URL: prints the place that the last attempt took the file from.
urls__place() {
	URLS_PLACE=$1 URLS_WANTED=$1
	urls_each urls__read_place
	printf '%s\n' "$URLS_PLACE"
}

urls__read_place() { [ "$2" != "$URLS_WANTED" ] || URLS_PLACE=$5; }

# urls__each_other URL: prints the rows of the other files.
urls__each_other() {
	URLS_WANTED=$1
	urls_each urls__print_other
}

urls__print_other() { [ "$2" = "$URLS_WANTED" ] || printf '%s\t%s\n' "$2" "$5"; }

# urls__behind PLACE "PLACE...": prints the place behind PLACE in the list; nothing if it is the last one.
urls__behind() {
	local place found
	found=no
	for place in $2; do
		[ "$found" = no ] || { printf '%s\n' "$place" && return; }
		[ "$place" != "$1" ] || found=yes
	done
}

#!/bin/sh
# fetch.sh URL... --sha256 SUM --output FILE [--mode MODE] [--allow-http]
#
# Downloads one file. All URLs must serve the same bytes: if one fails, the download continues from the next URL.
# FILE appears only when it is complete and its checksum is right. If FILE already has the right checksum, nothing is
# downloaded. SEAWALL_URL_MIRRORS adds mirrors for each URL.
# For RUN steps; reads settings from the secret /run/seawall.conf and certificates from the secret /run/seawall.ca.
#
#   --sha256 SUM   required checksum: 64 hexadecimal digits, also as `sha256:SUM` or a line of sha256sum
#   --no-sum       do not verify a checksum
#   --output FILE  output file; a link of that name is replaced, not followed
#   --mode MODE    permissions of FILE, as for chmod, such as 0755 or u+x
#   --allow-http   accept http URLs; the default is https only
#   -h, --help     this text
#   --version      the version
#
# Exit codes: 0 done, 64 wrong arguments, 65 wrong checksum, 69 not found, 71 no download client in the image, 73 cannot
# write FILE, 75 outage, 77 access denied, 78 invalid setting.
set -euf
SEAWALL_LIB=$0
[ ! -L "$0" ] || SEAWALL_LIB=$(readlink -f -- "$0")
SEAWALL_LIB=$(CDPATH='' cd -P -- "${SEAWALL_LIB%"${SEAWALL_LIB##*/}"}../lib" && pwd -P)
LOG_NAME=fetch
. "$SEAWALL_LIB/load.sh"
load base attempt verdict ladder fetch

option_set() {
	case $1 in
		--sha256)
			SUM=${2#sha256:} SUM=${SUM%%  *}
			case $SUM in *[A-F]*) SUM=$(printf '%s\n' "$SUM" | tr A-F a-f) ;; esac
			;;
		--no-sum) SUM=none ;;
		--output) OUTPUT=$2 ;;
		--mode) MODE=$2 ;;
		--allow-http) SCHEMES=http,https ;;
	esac
}

# take_words WORD...: reads options and URLs in any order.
take_words() {
	while [ $# -gt 0 ]; do
		options_take '--sha256= --no-sum --output= --mode= --allow-http' "$@"
		shift "$OPTIONS_TAKEN"
		[ $# -eq 0 ] || { URLS="$URLS $1" && shift; }
	done
}

# check_call: exits 64 if the options and URLs are not valid.
check_call() {
	local url
	[ -n "$URLS" ] || die 64 "wanted a URL, saw none: see --help"
	[ -n "$OUTPUT" ] || die 64 "--output: wanted a file to write, saw none: see --help"
	check_output
	[ "$MODE" = none ] || mode_is_valid "$MODE" || die 64 "--mode: wanted permissions such as 0755 or u+x, saw '$MODE'"
	case $SUM in
		none) ;;
		'') die 64 "--sha256: wanted the sum of the file, saw none: give it, or --no-sum to skip the check" ;;
		*[!0-9a-f]*) die 64 "--sha256: wanted 64 hexadecimal digits, saw '$SUM'" ;;
		*) [ "${#SUM}" -eq 64 ] || die 64 "--sha256: wanted 64 hexadecimal digits, saw ${#SUM}" ;;
	esac
	for url in $URLS; do
		case $SCHEMES:$url in
			*[[:cntrl:]]* | *[\"\\]*)
				die 64 "wanted a URL without control characters, quotes and backslashes, saw '$url'"
				;;
			*:https://?* | http,https:http://?*) ;;
			*:http://*) die 64 "wanted an https URL, saw '$url': use --allow-http to accept http" ;;
			*) die 64 "wanted an https URL, saw '$url'" ;;
		esac
	done
}

# check_output: exits 64 unless OUTPUT is a file or does not exist. mv would read a leading dash as an option.
check_output() {
	case $OUTPUT in
		*/) die 64 "--output: wanted a file to write, saw a folder: '$OUTPUT'" ;;
		-*) OUTPUT=./$OUTPUT ;;
	esac
	[ ! -d "$OUTPUT" ] || die 64 "--output: wanted a file to write, saw a folder: '$OUTPUT'"
	[ ! -e "$OUTPUT" ] || [ -f "$OUTPUT" ] ||
		die 64 "--output: wanted a file to write, saw a device or a pipe: '$OUTPUT'"
}

# mode_is_valid MODE: true for an octal mode and for clauses such as u=rwx,go+rX (chmod(1)).
mode_is_valid() {
	local rest clause
	case $1 in
		'' | *[!0-7]*) rest=$1, ;;
		?????*) return 1 ;;
		*) return 0 ;;
	esac
	while [ -n "$rest" ]; do
		clause=${rest%%,*} rest=${rest#*,}
		clause=${clause#"${clause%%[!ugoa]*}"}
		case $clause in
			*[!rwxXstugo+=-]*) return 1 ;;
			[-+=]*) ;;
			*) return 1 ;;
		esac
	done
}

# all_urls: prints each URL, followed by its mirrors from SEAWALL_URL_MIRRORS.
all_urls() {
	local url pair
	for url in $URLS; do
		printf '%s ' "$url"
		for pair in $SEAWALL_URL_MIRRORS; do
			case $url in "${pair%%=*}"*) printf '%s%s ' "${pair#*=}" "${url#"${pair%%=*}"}" ;; esac
		done
	done
}

# fetch_from SOURCE: one attempt; true if PART is then complete and right. Without a checksum nothing tells whether the
# rest belongs to the same file, so all of it is downloaded.
fetch_from() {
	local status how
	status=0 how=rest
	[ "$SUM" != none ] || how=whole
	case $1 in
		file://*) take_kept "${1#file://}/$SUM" || return ;;
		*) download_get step_run "$1" "$PART" "$how" || status=$? ;;
	esac
	# 124: a time limit of the kit.
	case $status in 0) ;; 124) return 124 ;; *) judge_status && return "$status" ;; esac
	is_right && return 0
	# The wrong bytes may be in the part that another source began: download all of it from this source before blaming
	# it.
	[ "$RESUMED" = no ] || { download_get step_run "$1" "$PART" whole && is_right && return 0; }
	report_mismatch
	rm -f "$PART"
	return 1
}

# judge_status: sets the finding from the HTTP status. Another source may have what this one does not have, or refuses.
judge_status() {
	local number
	number=$(download_status)
	[ -n "$number" ] || return 0
	finding_set "$(status_class "$number")"
	case $FINDING_CLASS:$LADDER_LAST in auth:no | not-found:* | http-4xx-other:*) finding_decide elsewhere ;; esac
}

# take_kept FILE: copies the last known good copy. Other steps can write to its folder, so links are not followed.
take_kept() { [ -f "$1" ] && [ ! -L "$1" ] && cp "$1" "$PART" 2>"$LADDER_TEXT"; }

# is_right: true if PART has the required checksum.
is_right() { [ "$SUM" = none ] || [ "$(download_sum "$PART")" = "$SUM" ]; }

# report_mismatch: prints the reason for the classifier. An HTML page is the answer of a login portal, not an attack.
report_mismatch() {
	if head -c 512 "$PART" | tr -d '\000' | grep -q -i -e '<!doctype html' -e '<html'; then
		printf 'Content-Type text/html: unexpected content\n' | tee "$LADDER_TEXT" >&2
	else
		printf 'checksum mismatch: wanted %s, saw %s\n' "$SUM" "$(download_sum "$PART")" | tee "$LADDER_TEXT" >&2
	fi
}

# fetch_noted SOURCE: fetch_from, with RESUMED set to yes if another source has begun the download.
fetch_noted() {
	RESUMED=no
	[ ! -s "$PART" ] || RESUMED=yes
	fetch_from "$1"
}

# probe_url SOURCE: requests one byte.
probe_url() { download_get step_ask "$1" /dev/null probe; }

# keep_file FOLDER ...: saves the file under its checksum as the last known good copy.
keep_file() {
	local new
	[ "$SUM" != none ] || return 0
	new=$(mktemp "$1/new.XXXXXX") && cp "$PART" "$new" && chmod 644 "$new" && mv -f "$new" "$1/$SUM"
}

remove_folder() { [ -z "$FOLDER" ] || rm -rf "$FOLDER"; }

URLS='' SUM='' OUTPUT='' MODE=none SCHEMES=https FOLDER=''
take_words "$@"
check_call
step_begin
exit_at_end remove_folder
if [ "$SUM" != none ] && [ -f "$OUTPUT" ] && [ "$(download_sum "$OUTPUT")" = "$SUM" ]; then exit 0; fi
# A new folder beside OUTPUT: no other process has files in it, and within one file system a move is atomic.
FOLDER=$(mktemp -d "$OUTPUT.seawall-part.XXXXXX" 2>/dev/null) && PART=$FOLDER/part && (: >"$PART") 2>/dev/null ||
	die 73 "wanted to write $OUTPUT, could not: make the folder, or room"
download_choose "$SCHEMES"
step_use probe probe_url
step_use keep keep_file
step_climb curl url "$(all_urls)" fetch_noted
[ "$MODE" = none ] || chmod -- "$MODE" "$PART"
mv -f "$PART" "$OUTPUT"

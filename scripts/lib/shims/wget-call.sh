# Wget call: what an option of wget means for repeating the call and for sending it to a mirror.
# WGET_WORD is the option as it is spelled: BusyBox does not know each long name.
# shellcheck shell=sh

wget_call_take_flag() {
	list_add WGET_COMMON "$WGET_WORD"
	case $1 in auth-no-challenge) return 0 ;; esac
	WGET_GIVEN="$WGET_GIVEN$1 "
	list_add WGET_MIRROR "$WGET_WORD"
}

# wget_call_take NAME VALUE: false if the call is no plain download. -Y of BusyBox has the values on and off.
wget_call_take() {
	[ "$1" != url ] || { WGET_URL=$2 && list_add WGET_URLS "$2" && return; }
	list_add WGET_COMMON "$WGET_WORD" "$2"
	case $1 in
		output-document) WGET_OUTPUT=$2 ;;
		directory-prefix) WGET_FOLDER=$2/ ;;
		user | password | http-user | http-password | load-cookies | certificate | private-key) return 0 ;;
		header) curl_call_is_public "$2" || return 0 ;;
	esac
	WGET_GIVEN="$WGET_GIVEN$1 "
	list_add WGET_MIRROR "$WGET_WORD" "$2"
}

# wget_call_is_download: true if the URL is one http or https URL of another machine.
wget_call_is_download() {
	case $WGET_OUTPUT in /dev/stdout | /proc/self/fd/1 | /dev/fd/1) WGET_OUTPUT=- ;; esac
	case $WGET_URL in *[[:space:][:cntrl:]]*) return 1 ;; http://?* | https://?*) ;; *) return 1 ;; esac
	! mirror_is_local "$WGET_URL"
}

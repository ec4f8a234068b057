# Folder conf: limits the settings of ./seawall.conf, which comes with a repository that the user may not have read. It
# may set values that the author of a Dockerfile decides anyway, and tighten limits. The last column of the table in
# settings.sh has the rule of each setting. CONF_USER is the user's own file, for messages.
# shellcheck shell=sh

# folder_conf_check FILE: exits with 78 unless FILE is a regular file: a link or a device could be any file of this
# host.
folder_conf_check() {
	local kind
	kind=''
	[ -f "$1" ] || kind='a special file'
	[ ! -d "$1" ] || kind='a folder'
	[ ! -h "$1" ] || kind='a link'
	[ -z "$kind" ] || die 78 "$1: wanted a regular file, saw $kind: remove it, or name the right file in SEAWALL_CONF"
}

# folder_conf_find_own FILE: sets FOLDER_CONF_OWN to yes if FILE is the one beside the running kit, else to no.
folder_conf_find_own() {
	FOLDER_CONF_OWN=no
	# shellcheck disable=SC3013 # not in POSIX, but in all five shells
	[ ! "$1" -ef "$SEAWALL_LIB/../../seawall.conf" ] || FOLDER_CONF_OWN=yes
}

# folder_conf_filter WHERE NAME RULE VALUE: reduces the value to the allowed part of VALUE; exits with 78 if the file
# may not set NAME. WHERE is file and line, for messages.
folder_conf_filter() {
	[ -n "$3" ] || folder_conf__send_away "$1" "$2"
	[ -n "$4" ] || return 0
	case $3 in
		'only '*) [ "$4" = "${3#only }" ] || folder_conf__refuse "$1" "$2" "${3#only }" ;;
		'at most '* | 'at least '*) folder_conf__bound "$@" ;;
		web | web_pairs | images) folder_conf__look_at_words "$@" ;;
		inside)
			folder_conf__is_inside "$4" ||
				folder_conf__refuse "$1" "$2" 'the path of a file below this folder, without .. and links'
			;;
		*) die 70 "$2: unknown rule $3" ;;
	esac
}

folder_conf__send_away() {
	local places
	places="the environment, ${CONF_USER:-SEAWALL_CONF} or /etc/seawall/seawall.conf"
	die 78 "$1: $2 is not allowed in the file of a folder: set it in $places"
}

folder_conf__refuse() {
	local places
	places="the environment or ${CONF_USER:-SEAWALL_CONF}"
	die 78 "$1: $2: wanted $3 in the file of a folder: correct it, or set it in $places"
}

# folder_conf__bound WHERE NAME RULE VALUE: a limit may be tightened, never loosened. settings.sh rejects other values.
folder_conf__bound() {
	case $2:$4 in SEAWALL_DEADLINE:@*) folder_conf__refuse "$1" "$2" seconds ;; esac
	values_is_number "$4" || return 0
	case $3 in
		'at most '*) [ "$4" -gt "${3##* }" ] || return 0 ;;
		*) [ "$4" -lt "${3##* }" ] || return 0 ;;
	esac
	settings_replace_value "${3##* }"
	log_warn "$1: $2: wanted $3 in the file of a folder, saw $4: using ${3##* }"
}

# folder_conf__look_at_words WHERE NAME RULE VALUE: reduces the value to the words of VALUE; exits with 78 for a word
# that RULE (web, web_pairs or images) forbids.
folder_conf__look_at_words() {
	local word kept
	kept=''
	for word in $4; do
		if [ "$FOLDER_CONF_OWN" = yes ] && folder_conf__is_base "$2" "$word"; then
			folder_conf__log_ignored "$1"
		elif "folder_conf__is_$3" "$word"; then
			kept="$kept $word"
		else
			case $3 in
				images) folder_conf__refuse "$1" "$2" 'names of images' ;;
				*) folder_conf__refuse "$1" "$2" 'http or https URLs' ;;
			esac
		fi
	done
	settings_replace_value "${kept# }"
}

# `base:` images run a package installer as root. The kit's own file names some for its main job.
folder_conf__is_base() { case $1:${2#*=} in SEAWALL_BASE_FALLBACKS:base:*) ;; *) return 1 ;; esac }

folder_conf__log_ignored() {
	[ -z "${FOLDER_CONF_SAID:-}" ] || return 0
	FOLDER_CONF_SAID=yes
	log_info "$1: base: images are for the main job, ignored here:" \
		'set SEAWALL_BASE_FALLBACKS in the environment to use them'
}

# folder_conf__is_web WORD: whether WORD is an http or https URL without characters that a tool could read as a quote.
folder_conf__is_web() {
	case $1 in
		default | direct) ;;
		*[!]A-Za-z0-9._~:/?#@+=%\&[-]*) return 1 ;;
		http://?* | https://?*) ;;
		*) return 1 ;;
	esac
}

folder_conf__is_web_pairs() {
	case $1 in
		none) ;;
		*[!]A-Za-z0-9._~:/?#@+=%\&[-]*) return 1 ;;
		?*=*) folder_conf__is_web "${1#*=}" && [ "${1#*=}" != default ] && [ "${1#*=}" != direct ] ;;
		*) return 1 ;;
	esac
}

folder_conf__is_images() {
	case $1 in
		none) ;;
		*[!]A-Za-z0-9._/:@=[-]* | *//* | *=base:* | *=*=*) return 1 ;;
		?*=?*) ;;
		*) return 1 ;;
	esac
}

# folder_conf__is_inside PATH: whether PATH is a file below this folder and no part of it is a link or `..`.
folder_conf__is_inside() {
	local rest path
	case /$1/ in //* | */../*) return 1 ;; esac
	rest=$1 path=.
	while [ -n "$rest" ]; do
		path=$path/${rest%%/*}
		[ ! -h "$path" ] || return 1
		case $rest in */*) rest=${rest#*/} ;; *) rest='' ;; esac
	done
	[ -f "$1" ]
}

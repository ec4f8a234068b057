# Room call: What does the caller want: arguments, Dockerfile, stdin, cache options?
# Face: arguments_* contexts_* flags_find flags_use csv_has dockerfile_* cache_spec_* stdin_* read_once_*
# Arguments: takes the words of a `docker buildx build` call apart as its flag library does (spf13/pflag 1.0.10), and
# puts them together again unchanged.
# shellcheck shell=sh

# arguments_each FUNCTION WORD...: calls FUNCTION FORM FLAG VALUE SPELLED for each argument. FLAG is the long name,
# SPELLED the flag as it was given, with the letters before it in the same word. FORM:
#   pair    two words               equals  FLAG=VALUE               joined  -fVALUE
#   flag    no value: VALUE is true for a flag that takes none, empty for one that lacks its value or is unknown
#   lead    a letter before others, as -q in -qt: the argument behind it has it in SPELLED
#   word    no flag                 end     the first `--`           last    a word behind it
arguments_each() {
	local function ended
	function=$1 ended=no
	shift
	while [ $# -gt 0 ]; do
		ARGUMENTS_TAKEN=1
		case $ended$1 in
			yes*) "$function" last '' "$1" '' ;;
			no | no- | no[!-]*) "$function" word '' "$1" '' ;;
			no--) ended=yes && "$function" end '' '' -- ;;
			no--*=*)
				flags_find "${1%%=*}" || FLAGS_NAME=${1%%=*}
				"$function" equals "$FLAGS_NAME" "${1#*=}" "${1%%=*}"
				;;
			no--*) arguments__take_flag "$function" "$1" "$@" ;;
			# The flag library leaves flags of `go test` alone.
			no-test.*) flags_find '' || "$function" flag "$1" '' "$1" ;;
			*) arguments__take_letters "$function" "$@" ;;
		esac
		shift "$ARGUMENTS_TAKEN"
	done
}

# arguments__take_flag FUNCTION FLAG SPELLED [NEXT...]: a flag at the end of its word.
arguments__take_flag() {
	flags_find "$2" || FLAGS_NAME=$2
	case $FLAGS_KIND:$# in
		value:3) "$1" flag "$FLAGS_NAME" '' "$3" ;;
		value:*) ARGUMENTS_TAKEN=2 && "$1" pair "$FLAGS_NAME" "$4" "$3" ;;
		bool:*) "$1" flag "$FLAGS_NAME" true "$3" ;;
		*) "$1" flag "$FLAGS_NAME" '' "$3" ;;
	esac
}

# arguments__take_letters FUNCTION WORD [NEXT...]: -q, -qt NEXT, -qtVALUE, -qt=VALUE.
arguments__take_letters() {
	local function word letter rest lead
	function=$1 word=$2 rest=${2#-} lead=-
	shift 2
	while :; do
		letter=${rest%"${rest#?}"} rest=${rest#?}
		flags_find "-$letter" || FLAGS_KIND=''
		case $FLAGS_KIND:$rest in
			:*) "$function" flag "$word" '' "$word" ;;
			*:=?*) "$function" equals "$FLAGS_NAME" "${rest#=}" "$lead$letter" ;;
			*:) arguments__take_flag "$function" "-$letter" "$lead$letter" "$@" ;;
			bool:*)
				"$function" lead "$FLAGS_NAME" true "$lead$letter"
				lead=$lead$letter
				continue
				;;
			*) "$function" joined "$FLAGS_NAME" "$rest" "$lead$letter" ;;
		esac
		return
	done
}

# arguments_begin_list: ARGUMENTS_LEFT is empty.
arguments_begin_list() { ARGUMENTS_LEFT=''; }

# arguments_set_left WORD...: sets ARGUMENTS_LEFT to the list of these words.
arguments_set_left() {
	ARGUMENTS_LEFT=''
	list_add ARGUMENTS_LEFT "$@"
}

# arguments_put FORM FLAG VALUE [SPELLED]: appends one argument to the list ARGUMENTS_LEFT, as it was given.
arguments_put() {
	local spelled
	spelled=${4-$2}
	case $1 in
		pair) list_add ARGUMENTS_LEFT "$spelled" "$3" ;;
		equals) list_add ARGUMENTS_LEFT "$spelled=$3" ;;
		joined) list_add ARGUMENTS_LEFT "$spelled$3" ;;
		flag | end) list_add ARGUMENTS_LEFT "$spelled" ;;
		word | last) list_add ARGUMENTS_LEFT "$3" ;;
	esac
}

# arguments_leave_out " FLAG... " WORD...: sets ARGUMENTS_LEFT to the list without these flags (long names) and their
# values, and ARGUMENTS_LEFT_OUT to the flags that were there.
arguments_leave_out() {
	ARGUMENTS_UNWANTED=$1 ARGUMENTS_LEFT='' ARGUMENTS_LEFT_OUT=''
	shift
	arguments_each arguments__keep_wanted "$@"
}

arguments__keep_wanted() {
	case $1:$ARGUMENTS_UNWANTED in
		word:* | end:* | last:* | lead:*) arguments_put "$@" ;;
		*" $2 "*)
			ARGUMENTS_LEFT_OUT="$ARGUMENTS_LEFT_OUT $2"
			# The letters before it stay.
			case $4 in -[!-]?*) list_add ARGUMENTS_LEFT "${4%?}" ;; esac
			;;
		*) arguments_put "$@" ;;
	esac
}

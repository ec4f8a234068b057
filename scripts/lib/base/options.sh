# Options: long options only, `--name value` and `--name=value`; `--` ends them.
# shellcheck shell=sh

# The kit's version. It stands here and not in a file of its own so that it also reaches RUN steps, which mount scripts/
# only. Equal to the file VERSION of the repository; `.ci/release prepare` writes both.
OPTIONS_VERSION=0.1.0

# options_show_info WORD: if WORD asks for the help (the header comment) or the version, prints it and ends the command.
options_show_info() {
	case $1 in
		-h | --help) sed -n -e '1d' -e '/^#/!q' -e 's/^# \{0,1\}//p' "$0" ;;
		--version) printf '%s %s\n' "${0##*/}" "$OPTIONS_VERSION" ;;
		*) return 0 ;;
	esac
	exit 0
}

# options_number NAME VALUE LEAST MOST: prints VALUE; ends with 64 if it is not a number from LEAST to MOST.
options_number() {
	case $2 in
		# Shells read a zero before other digits as octal.
		'' | *[!0-9]* | 0?* | ?????????*) ;;
		*) if [ "$2" -ge "$3" ] && [ "$2" -le "$4" ]; then printf '%s\n' "$2" && return 0; fi ;;
	esac
	die 64 "$1: wanted a number from $3 to $4, saw '$2'"
}

# options_split ARGUMENT: sets OPTION_NAME, and OPTION_VALUE and OPTION_HAS_VALUE=yes for --name=value.
options_split() {
	OPTION_NAME=${1%%=*} OPTION_VALUE='' OPTION_HAS_VALUE=no
	case $1 in
		--*=*) OPTION_VALUE=${1#*=} OPTION_HAS_VALUE=yes ;;
	esac
}

# options_take SPEC "$@": reads the options before `--` or before the first word that is not an option.
# SPEC is a list of `--name` (a flag) and `--name=` (takes a value). Calls `option_set NAME VALUE`, a function of the
# command, for each option. Sets OPTIONS_TAKEN to the number of words read.
options_take() {
	local spec
	spec=" $1 "
	shift
	OPTIONS_TAKEN=0
	while [ $# -gt 0 ]; do
		case $1 in
			--)
				OPTIONS_TAKEN=$((OPTIONS_TAKEN + 1))
				return 0
				;;
			-?*) options_show_info "$1" ;;
			*) return 0 ;;
		esac
		options__one "$spec" "$@"
		shift "$OPTION_WORDS"
		OPTIONS_TAKEN=$((OPTIONS_TAKEN + OPTION_WORDS))
	done
}

options__one() {
	local spec
	spec=$1
	shift
	options_split "$1"
	OPTION_WORDS=1
	# Without this test a word with a blank would match two neighbours in the list.
	case $OPTION_NAME in *[!a-z0-9-]*) options__refuse "$spec" ;; esac
	case $spec in
		*" $OPTION_NAME= "*)
			if [ "$OPTION_HAS_VALUE" = no ]; then
				[ $# -gt 1 ] || die 64 "option $OPTION_NAME wants a value, saw none: see --help"
				OPTION_VALUE=$2 OPTION_WORDS=2
			fi
			;;
		*" $OPTION_NAME "*)
			[ "$OPTION_HAS_VALUE" = no ] || die 64 "option $OPTION_NAME takes no value, saw '$OPTION_VALUE': see --help"
			;;
		*) options__refuse "$spec" ;;
	esac
	option_set "$OPTION_NAME" "$OPTION_VALUE"
}

options__refuse() {
	local nearest
	nearest=$(options_nearest "$OPTION_NAME" "$(printf '%s' "$1" | tr -d =)")
	die 64 "unknown option $OPTION_NAME: wanted one of${1}: perhaps $nearest: see --help"
}

# options_nearest WORD "WORDS": prints the word of WORDS that shares the longest beginning and end with WORD.
options_nearest() {
	local word best most alike
	best='' most=-1
	for word in $2; do
		alike=$(($(options__alike "$1" "$word" head) + $(options__alike "$1" "$word" tail)))
		if [ "$alike" -gt "$most" ]; then best=$word most=$alike; fi
	done
	printf '%s\n' "$best"
}

# options__alike A B head|tail: prints how many letters A and B share at their beginning or end.
options__alike() {
	local a b count
	a=$1 b=$2 count=0
	while [ -n "$a" ] && [ -n "$b" ]; do
		case $3 in
			head) [ "${a%"${a#?}"}" = "${b%"${b#?}"}" ] && a=${a#?} b=${b#?} || break ;;
			tail) [ "${a#"${a%?}"}" = "${b#"${b%?}"}" ] && a=${a%?} b=${b%?} || break ;;
		esac
		count=$((count + 1))
	done
	printf '%s\n' "$count"
}

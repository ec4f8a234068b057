# Read-once-files: the files in the words of a call that can be read only once, each replaced by a copy (read-once.sh).
# shellcheck shell=sh

# read_once_replace WORD...: sets READ_ONCE_WORDS to the list of the words of a call, in which each file that can be
# read only once is replaced by a copy in SCRATCH, and STDIN_WANTED to yes if a word names stdin. If there is a copy,
# the record of the call (arguments_read) is that of the new words.
read_once_replace() {
	STDIN_WANTED=no
	arguments_begin_list
	arguments_each read_once__replace_one "$@"
	READ_ONCE_WORDS=$ARGUMENTS_LEFT
	[ "$READ_ONCE_COUNT" -eq 0 ] || eval "arguments_read $READ_ONCE_WORDS"
}

# read_once__replace_one FORM FLAG VALUE SPELLED: the table in flags.sh says how VALUE names a file.
read_once__replace_one() {
	local form flag spelled
	form=$1 flag=$2 spelled=$4 READ_ONCE_VALUE=$3
	case $1:$3 in
		word:- | last:-) STDIN_WANTED=yes ;;
		pair:* | equals:* | joined:*)
			case $FLAGS_FILE:$3 in
				-:*) ;;
				path:-) STDIN_WANTED=yes ;;
				path:*) read_once__find "$3" && READ_ONCE_VALUE=$READ_ONCE_INPUT ;;
				pair:*) read_once__rename_pair "$3" ;;
				*) read_once__rename_fields "$2" "$3" ;;
			esac
			;;
	esac
	arguments_put "$form" "$flag" "$READ_ONCE_VALUE" "$spelled"
}

# read_once__find PATH: sets READ_ONCE_INPUT to the file that each attempt reads: PATH, or a copy if it can be read only
# once. stdin keeps its name.
read_once__find() {
	READ_ONCE_INPUT=$1
	case $1 in
		/dev/stdin | /dev/fd/0 | /proc/self/fd/0 | /proc/thread-self/fd/0) STDIN_WANTED=yes && return ;;
	esac
	if [ -p "$1" ]; then
		read_once__copy "$1"
	else
		# shellcheck disable=SC3013 # not in POSIX, but in all five shells
		[ ! "$1" -ef /dev/stdin ] || STDIN_WANTED=yes
	fi
}

# read_once__copy PATH: the copy keeps the name of the file, which buildx shows in messages.
read_once__copy() {
	READ_ONCE_COUNT=$((READ_ONCE_COUNT + 1))
	exit_at_end read_once_end
	mkdir -p "$SCRATCH/read-once/$READ_ONCE_COUNT" || read_once_refuse
	# shellcheck disable=SC2094 # the argument is a name for messages
	read_once_keep "$SCRATCH/read-once/$READ_ONCE_COUNT/${1##*/}" "$READ_ONCE_MOST" "$1" 3<"$1"
}

# read_once__rename_pair NAME=FILE,FILE: sets READ_ONCE_VALUE.
read_once__rename_pair() {
	local rest
	case $1 in *=?*) ;; *) return 0 ;; esac
	rest=${1#*=}, READ_ONCE_VALUE=${1%%=*}=
	while [ -n "$rest" ]; do
		read_once__find "${rest%%,*}"
		rest=${rest#*,} READ_ONCE_VALUE=$READ_ONCE_VALUE$READ_ONCE_INPUT${rest:+,}
	done
}

# read_once__rename_fields FLAG VALUE: sets READ_ONCE_VALUE. A value without a file that can be read only once stays as
# it is.
read_once__rename_fields() {
	local names field value count
	names=,$FLAGS_FILE, value='' count=$READ_ONCE_COUNT
	case $1 in --secret) read_once__is_file "$2" || return 0 ;; esac
	csv_split "$2${READ_ONCE_MORE:-}" || return 0
	eval "set -- $CSV_FIELDS"
	READ_ONCE_MORE=''
	for field in "$@"; do
		csv_lower "${field%%=*}"
		case $names in
			*",$CSV_LOWER,"*)
				read_once__find "${field#*=}"
				field=${field%%=*}=$READ_ONCE_INPUT
				;;
		esac
		csv_quote "$field"
		value=$value${value:+,}$CSV_QUOTED
	done
	[ "$READ_ONCE_COUNT" -eq "$count" ] || READ_ONCE_VALUE=$value
}

# read_once__is_file SECRET: whether the secret is a file. Without a source it is the variable or the file that its id
# names; then READ_ONCE_MORE is the field of the file.
read_once__is_file() {
	READ_ONCE_MORE=''
	! csv_find "$1" env || return 1
	! csv_has "$1" type=env || return 1
	! csv_find "$1" src source || return 0
	csv_find "$1" id || return 1
	! LC_ALL=C awk 'BEGIN { exit !(ARGV[1] in ENVIRON) }' "$CSV_VALUE" || return 1
	csv_quote "src=$CSV_VALUE"
	READ_ONCE_MORE=,$CSV_QUOTED
}

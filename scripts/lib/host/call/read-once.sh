# Read-once: inputs of a build that can be read only once (stdin, a FIFO, process substitution) are kept, so that each
# attempt reads the same bytes. An input that is too large to keep is passed on to one attempt.
# shellcheck shell=sh

# Not taken from the environment. READ_ONCE_WHOLE: no if one of the inputs can be read by one attempt only.
READ_ONCE_FOLDER='' READ_ONCE_WRITERS='' READ_ONCE_WHOLE=yes READ_ONCE_COUNT=0

# Bytes of a file that a flag names. BuildKit takes 500 KiB for a secret and 16 MiB for a Dockerfile.
READ_ONCE_MOST=16777216

# read_once_replace WORD...: sets READ_ONCE_WORDS to the list of the words of a call, in which each file that can be
# read only once is replaced by a copy in SCRATCH. If there is one, the record of the call (arguments_read) is that of
# the new words.
read_once_replace() {
	arguments_begin_list
	arguments_each read_once__replace_one "$@"
	READ_ONCE_WORDS=$ARGUMENTS_LEFT
	[ "$READ_ONCE_COUNT" -eq 0 ] || eval "arguments_read $READ_ONCE_WORDS"
}

# read_once_is_kept: whether every attempt can read all inputs.
read_once_is_kept() { [ "$READ_ONCE_WHOLE" = yes ]; }

# read_once__replace_one FORM FLAG VALUE: the table in arguments.sh says how VALUE names a file.
read_once__replace_one() {
	local path
	case $1 in
		pair | equals | joined)
			! arguments_look_up "$2" || read_once__find_path "$ARGUMENTS_NAMES_FILE" "$3"
			path=${READ_ONCE_PATH:-} READ_ONCE_PATH=''
			[ -z "$path" ] || {
				read_once__copy "$path"
				arguments_put "$1" "$2" "$(read_once__rename "$ARGUMENTS_NAMES_FILE" "$3" "$path" "$READ_ONCE_INPUT")"
				return
			}
			;;
	esac
	arguments_put "$@"
}

# read_once__find_path path|pair|fields|- VALUE: sets READ_ONCE_PATH to the file if it can be read only once. stdin has
# a module of its own. A value with quotes is left to buildx.
read_once__find_path() {
	READ_ONCE_PATH=''
	case $1:$2 in
		-:* | *\"*) return 0 ;;
		path:*) READ_ONCE_PATH=$2 ;;
		pair:*=*) READ_ONCE_PATH=${2#*=} ;;
		fields:src=* | fields:*,src=*) READ_ONCE_PATH=$(cache_spec_field "$2" src) ;;
		fields:*) READ_ONCE_PATH=$(cache_spec_field "$2" source) ;;
	esac
	case $READ_ONCE_PATH in /dev/stdin | /dev/fd/0 | /proc/self/fd/0) READ_ONCE_PATH='' ;; esac
	[ -p "$READ_ONCE_PATH" ] || READ_ONCE_PATH=''
}

# read_once__copy PATH: the copy keeps the name of the file, which buildx shows in messages.
read_once__copy() {
	READ_ONCE_COUNT=$((READ_ONCE_COUNT + 1))
	exit_at_end read_once_end
	mkdir -p "$SCRATCH/read-once/$READ_ONCE_COUNT" || read_once_refuse
	# shellcheck disable=SC2094 # the argument is a name for messages
	read_once_keep "$SCRATCH/read-once/$READ_ONCE_COUNT/${1##*/}" "$READ_ONCE_MOST" "$1" 3<"$1"
}

# read_once__rename path|pair|fields VALUE PATH FILE: prints VALUE with FILE in place of PATH. As a field of CSV the
# name is quoted if it holds a comma or a quote.
read_once__rename() {
	local field
	case $1 in
		path) printf '%s\n' "$4" ;;
		pair) printf '%s=%s\n' "${2%%=*}" "$4" ;;
		fields)
			case ,$2 in *,src=*) field=src ;; *) field=source ;; esac
			read_once__print_fields "$2" "$field=$3" "$(cache_spec_quote "$field=$4")"
			;;
	esac
}

# read_once__print_fields FIELDS FIELD OTHER: FIELDS with OTHER in place of FIELD.
read_once__print_fields() {
	local fields
	fields=,$1,
	fields=${fields%%",$2,"*},$3,${fields#*",$2,"}
	fields=${fields#,}
	printf '%s\n' "${fields%,}"
}

# read_once_keep FILE BYTES NAME: reads descriptor 3. Sets READ_ONCE_FILE to FILE, which gets the bytes, at most BYTES,
# and READ_ONCE_INPUT to what an attempt reads: FILE, or a FIFO with all bytes if there are more.
# Descriptor 3 is open here only: the caller of the kit may have one of its own.
read_once_keep() {
	READ_ONCE_FILE=$1 READ_ONCE_INPUT=$1
	(umask 077 && : >"$1") || read_once_refuse
	if read_once__head_is_exact; then
		head -c "$2" <&3 >"$1" || read_once_refuse
		[ "$(wc -c <"$1")" -lt "$2" ] || read_once__pass_on "$2" "$3"
	else
		cat <&3 >"$1" || read_once_refuse
	fi
}

# A head that reads more than it prints would lose bytes (busybox).
read_once__head_is_exact() { [ "$(printf 'ab' | { head -c 1 >/dev/null && cat; })" = b ]; }

# read_once__pass_on BYTES NAME
read_once__pass_on() {
	log_warn "$2 is larger than $1 bytes: it can be read once, so that the build runs once"
	READ_ONCE_INPUT=$READ_ONCE_FILE.all READ_ONCE_WHOLE=no
	mkfifo "$READ_ONCE_INPUT"
	cat "$READ_ONCE_FILE" - <&3 >"$READ_ONCE_INPUT" &
	READ_ONCE_WRITERS="$READ_ONCE_WRITERS $!"
}

# read_once_make_folder PARENT: sets READ_ONCE_FOLDER, for an input that may be too large for SCRATCH.
read_once_make_folder() {
	scratch_name_folder "$1"
	READ_ONCE_FOLDER=$SCRATCH_NAME
	exit_at_end read_once_end
	scratch_make_folder "$READ_ONCE_FOLDER"
}

read_once_refuse() {
	die 73 "wanted to keep the input of the build in ${TMPDIR:-/var/tmp or /tmp}, could not: make room or set TMPDIR"
}

read_once_end() {
	local writer
	for writer in $READ_ONCE_WRITERS; do kill "$writer" 2>/dev/null || :; done
	[ -z "$READ_ONCE_FOLDER" ] || rm -rf "$READ_ONCE_FOLDER"
}

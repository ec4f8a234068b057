# Room call: What does the caller want: arguments, Dockerfile, stdin, cache options?
# Face: arguments_* dockerfile_* cache_spec_* stdin_* read_once_*
# Arguments: takes the words of a `docker buildx build` call apart, and puts them together again unchanged.
# shellcheck shell=sh

# The flags that take a value (buildx 0.29): name, the function arguments__on_... that reads the value, and how the
# value names a file that the build reads (path: the value itself, pair: NAME=FILE, fields: src=FILE); - for none.
ARGUMENTS_FLAGS='
--add-host - -
--allow - -
--annotation - -
--attest attest -
--build-arg build_arg -
--build-context build_context pair
--builder builder -
--cache-from cache_from -
--cache-to cache_to -
--call - -
--cgroup-parent - -
--cpu-period - -
--cpu-quota - -
--cpu-shares - -
--cpuset-cpus - -
--cpuset-mems - -
--file file path
--iidfile written -
--isolation - -
--label label -
--memory - -
--memory-swap - -
--metadata-file metadata_file -
--network - -
--no-cache-filter - -
--output output -
--platform platform -
--policy - -
--progress progress -
--provenance - -
--sbom sbom -
--secret - fields
--security-opt - -
--shm-size - -
--ssh - pair
--tag tag -
--target target -
--ulimit - -
-c - -
-f file path
-m - -
-o output -
-t tag -
'

# arguments_each FUNCTION WORD...: calls FUNCTION FORM FLAG VALUE for each argument. FORM: pair (two words), equals
# (FLAG=VALUE), joined (-fVALUE), flag (no value) or word (no flag). The `--` itself has the form end,
# and each word behind it the form last.
arguments_each() {
	local function flag ended
	function=$1 ended=no
	shift
	while [ $# -gt 0 ]; do
		flag=$1
		case $ended$1 in
			yes*) "$function" last '' "$1" ;;
			no | no- | no[!-]*) "$function" word '' "$1" ;;
			no--) ended=yes && "$function" end -- '' ;;
			no--*=*) "$function" equals "${1%%=*}" "${1#*=}" ;;
			no-[fto]=*) "$function" equals "${1%%=*}" "${1#*=}" ;;
			no-[fto]?*) "$function" joined "${1%"${1#??}"}" "${1#??}" ;;
			*)
				if [ $# -gt 1 ] && arguments_look_up "$1"; then
					shift
					"$function" pair "$flag" "$1"
				else
					"$function" flag "$flag" ''
				fi
				;;
		esac
		shift
	done
}

# arguments_look_up FLAG: sets ARGUMENTS_READER and ARGUMENTS_NAMES_FILE; false for a flag that takes no value.
arguments_look_up() {
	local row
	ARGUMENTS_READER=- ARGUMENTS_NAMES_FILE=-
	case $ARGUMENTS_FLAGS in
		*"
$1 "*) row=${ARGUMENTS_FLAGS#*"
$1 "} ;;
		*) return 1 ;;
	esac
	row=${row%%"
"*}
	ARGUMENTS_READER=${row% *} ARGUMENTS_NAMES_FILE=${row#* }
}

# arguments_begin_list: ARGUMENTS_LEFT is empty.
arguments_begin_list() { ARGUMENTS_LEFT=''; }

# arguments_put FORM FLAG VALUE: appends one argument to the list ARGUMENTS_LEFT, as it was given.
arguments_put() {
	case $1 in
		pair) list_add ARGUMENTS_LEFT "$2" "$3" ;;
		equals) list_add ARGUMENTS_LEFT "$2=$3" ;;
		*) list_add ARGUMENTS_LEFT "$2$3" ;;
	esac
}

# arguments_leave_out " FLAG... " WORD...: sets ARGUMENTS_LEFT to the list without these flags and their values, and
# ARGUMENTS_LEFT_OUT to the flags that were there.
arguments_leave_out() {
	ARGUMENTS_UNWANTED=$1 ARGUMENTS_LEFT='' ARGUMENTS_LEFT_OUT=''
	shift
	arguments_each arguments__keep_wanted "$@"
}

arguments__keep_wanted() {
	case $1:$ARGUMENTS_UNWANTED in
		word:* | end:* | last:*) arguments_put "$@" ;;
		*" $2 "*) ARGUMENTS_LEFT_OUT="$ARGUMENTS_LEFT_OUT $2" ;;
		*) arguments_put "$@" ;;
	esac
}

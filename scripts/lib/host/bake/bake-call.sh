# Bake-call: what the words of a `docker buildx bake` call say. Its flags are in a table of their own (flags.sh has the
# columns); a test compares the table with `docker buildx bake --help`.
# shellcheck shell=sh

BAKE_CALL_TABLE='
--allow - value - -
--builder - value builder -
--call - value call -
--check - bool check -
--debug -D bool - -
--file -f value - path
--help -h bool help -
--jobs -j value - -
--list - value - -
--list-targets - bool - -
--list-variables - bool - -
--load - bool - -
--metadata-file - value metadata_file -
--no-cache - bool - -
--policy - value - filename
--print - bool - -
--progress - value progress -
--provenance - value - -
--pull - bool - -
--push - bool - -
--sbom - value - -
--set - value - -
--var - value - -
'
# Not taken from the environment.
BAKE_CALL_OTHER='' BAKE_CALL_FILES=0 BAKE_CALL_ALLOWED='' BAKE_CALL_CACHES='' BAKE_CALL_GRANTS=''

# bake_call_use_flags: flags.sh reads the flags of bake.
bake_call_use_flags() { flags_use bake "$BAKE_CALL_TABLE"; }

# bake_call_is_left: whether the call is left to buildx (bake_call_read).
bake_call_is_left() { [ -n "$BAKE_CALL_OTHER" ]; }

# bake_call_read WORD...: sets the record ARGUMENTS_... (arguments-read.sh) and
#   BAKE_CALL_OTHER    not empty for a call that is left to buildx: it builds nothing, its definition is remote, or it
# has
#                      a flag that buildx does not have
#   BAKE_CALL_FILES    how many definition files the call names
#   BAKE_CALL_GRANTS   the caller's words of --allow, a list
#   BAKE_CALL_ALLOWED  the paths that the caller lets the build read (--allow fs.read=, fs=), a list
#   BAKE_CALL_CACHES   the fields of caches that the caller sets for targets (--set), words
bake_call_read() {
	BAKE_CALL_OTHER='' BAKE_CALL_FILES=0 BAKE_CALL_ALLOWED='' BAKE_CALL_CACHES=' ' BAKE_CALL_GRANTS=''
	arguments_read "$@"
	arguments_each bake_call__take "$@"
	case $ARGUMENTS_HELP$ARGUMENTS_UNKNOWN$ARGUMENTS_CALL in no) ;; *) BAKE_CALL_OTHER=yes ;; esac
}

# bake_call__take FORM FLAG VALUE SPELLED
bake_call__take() {
	case $1:$2 in
		word:* | last:*) bake_call__take_target "$3" ;;
		end:*) ;;
		*:--print | *:--list-targets | *:--list-variables) bake_call__is_off "$3" || BAKE_CALL_OTHER=yes ;;
		*:--list) [ -z "$3" ] || BAKE_CALL_OTHER=yes ;;
		*:--file) BAKE_CALL_FILES=$((BAKE_CALL_FILES + 1)) ;;
		*:--allow) bake_call__take_grant "$3" ;;
		*:--set) bake_call__take_override "${3%%=*}" ;;
	esac
	# A last flag lacks its value.
	case $1:$3 in flag:) BAKE_CALL_OTHER=yes ;; esac
}

bake_call__take_grant() {
	list_add BAKE_CALL_GRANTS --allow "$1"
	case $1 in fs=* | fs.read=*) list_add BAKE_CALL_ALLOWED "${1#*=}" ;; esac
}

bake_call__is_off() { case $1 in 0 | f | F | false | FALSE | False) ;; *) return 1 ;; esac }

# bake_call__take_target WORD: buildx allows no other characters in a name or a pattern; a URL is a remote definition.
bake_call__take_target() { case $1 in *[!a-zA-Z0-9_.*?[\]-]*) BAKE_CALL_OTHER=yes ;; esac }

# bake_call__take_override TARGET.FIELD
bake_call__take_override() {
	case ${1#*.} in cache-from | cache-from+) BAKE_CALL_CACHES="${BAKE_CALL_CACHES}cache-from " ;; esac
	case ${1#*.} in cache-to | cache-to+) BAKE_CALL_CACHES="${BAKE_CALL_CACHES}cache-to " ;; esac
}

# bake_call_leave_out_caches WORD...: sets ARGUMENTS_LEFT to the words without the caller's overrides of the fields in
# BAKE_CALL_CACHES: a second override of a field would be added to the first.
bake_call_leave_out_caches() {
	arguments_begin_list
	arguments_each bake_call__keep "$@"
}

bake_call__keep() {
	case $2:${3%%=*} in
		--set:*.cache-from | --set:*.cache-from+ | --set:*.cache-to | --set:*.cache-to+) ;;
		*) arguments_put "$@" ;;
	esac
}

# bake_call_allows PATH: whether buildx lets the build read PATH: it is in the working folder, or below a path of
# --allow, links resolved.
bake_call_allows() {
	local path allowed
	[ "$1" != . ] || return 0
	path=$(readlink -f -- "$1") || return
	eval "set -- . $BAKE_CALL_ALLOWED"
	for allowed in "$@"; do
		[ "$allowed" != '*' ] || return 0
		allowed=$(readlink -f -- "$allowed") || continue
		case $path in "${allowed%/}" | "${allowed%/}"/*) return 0 ;; esac
	done
	return 1
}

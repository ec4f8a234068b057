# Arguments-values: what the value of one flag says about the build.
# shellcheck shell=sh

# arguments__is_true VALUE: whether Go reads it as true.
arguments__is_true() { case $1 in 1 | t | T | true | TRUE | True) ;; *) return 1 ;; esac }

# arguments_on_NAME VALUE: one for each reader in the table of flags.sh.
arguments_on_file() { ARGUMENTS_FILE=$1; }
arguments_on_target() { ARGUMENTS_TARGET=$1; }
arguments_on_progress() { ARGUMENTS_PROGRESS=$1; }
arguments_on_builder() { ARGUMENTS_NAMED=$1; }
arguments_on_help() { ARGUMENTS_HELP=yes; }
arguments_on_tag() { ARGUMENTS_TAGS="$ARGUMENTS_TAGS $1"; }
arguments_on_label() { case $1 in seawall.degraded=*) ARGUMENTS_LABELLED=yes ;; esac }
arguments_on_quiet() { if arguments__is_true "$1"; then ARGUMENTS_QUIET=yes; else ARGUMENTS_QUIET=no; fi; }
arguments_on_push() { if arguments__is_true "$1"; then ARGUMENTS_PUSHES=yes; else ARGUMENTS_PUSHES=no; fi; }
arguments_on_check() { if arguments__is_true "$1"; then ARGUMENTS_CALL=lint; else ARGUMENTS_CALL=''; fi; }
arguments_on_build_context() { contexts_add "$1"; }
arguments_on_cache_from() { arguments__add_cache from "$1"; }
arguments_on_cache_to() { arguments__add_cache to "$1"; }
arguments_on_written() { [ "$1" = - ] || list_add ARGUMENTS_WRITES "$1"; }

arguments_on_metadata_file() {
	ARGUMENTS_METADATA=$1
	arguments_on_written "$1"
}

# The value may have fields, as in check,format=json.
arguments_on_call() {
	local field
	ARGUMENTS_CALL=''
	csv_split "$1" || return 0
	eval "set -- $CSV_FIELDS"
	for field in "$@"; do
		case $field in *=* | build) ;; check) ARGUMENTS_CALL=lint ;; *) ARGUMENTS_CALL=$field ;; esac
	done
}

# The value of BUILDKIT_SYNTAX is a frontend with its options.
arguments_on_build_arg() {
	build_arguments_note "$1" >>"$ARGUMENTS_LIST"
	case ${1%%=*} in
		BUILDKIT_SYNTAX) ARGUMENTS_SYNTAX=$(sed -n 's/^BUILDKIT_SYNTAX=//p' "$ARGUMENTS_LIST" | tail -n 1) ;;
	esac
}

arguments_on_secret() {
	! csv_find "$1" id || ARGUMENTS_SECRETS="$ARGUMENTS_SECRETS$CSV_VALUE "
}

arguments_on_platform() {
	local rest
	rest=$1,
	while [ -n "$rest" ]; do
		[ -z "${rest%%,*}" ] || ARGUMENTS_PLATFORMS="$ARGUMENTS_PLATFORMS ${rest%%,*}"
		rest=${rest#*,}
	done
}

# BuildKit has a default scanner.
arguments_on_sbom() {
	case $1 in
		'') ;;
		0 | f | F | false | FALSE | False) ARGUMENTS_SCANNER='' ;;
		1 | t | T | true | TRUE | True) arguments_on_attest type=sbom ;;
		*) arguments_on_attest "type=sbom,$1" ;;
	esac
}

# The value --attest=type=sbom,disabled=true is that of --sbom=false.
arguments_on_attest() {
	csv_has "$1" type=sbom || return 0
	ARGUMENTS_SCANNER=docker/buildkit-syft-scanner:stable-1
	if csv_find "$1" generator; then ARGUMENTS_SCANNER=$CSV_VALUE; fi
	if csv_find "$1" disabled && arguments__is_true "$CSV_VALUE"; then ARGUMENTS_SCANNER=''; fi
}

# Modules that read the record one line a cache cannot read a line end, or blanks around a value: such a cache is left
# to buildx, with the others of the call.
arguments__add_cache() {
	case $2 in
		*"$CSV_NEWLINE"?* | [[:space:]]* | *[[:blank:]] | *[[:blank:]]"$CSV_NEWLINE") ARGUMENTS_CACHES_ODD=yes ;;
		*)
			ARGUMENTS_CACHES="$ARGUMENTS_CACHES$(cache_spec_list "$1" "${2%"$CSV_NEWLINE"}")
" || exit
			;;
	esac
}

# An output that pushes adds its names to the tags; an output to a single file is a file that the build writes.
arguments_on_output() {
	local type names
	csv_find "$1" type || return 0
	type=$CSV_VALUE names=''
	! csv_find "$1" name || names=$CSV_VALUE
	if [ "$type" = registry ] || { csv_find "$1" push && arguments__is_true "$CSV_VALUE"; }; then
		ARGUMENTS_PUSHES=yes
		while [ -n "$names" ]; do
			ARGUMENTS_TAGS="$ARGUMENTS_TAGS ${names%%,*}"
			case $names in *,*) names=${names#*,} ;; *) break ;; esac
		done
	fi
	if csv_find "$1" tar && ! arguments__is_true "$CSV_VALUE"; then type=local; fi
	[ "$type" = local ] || ! csv_find "$1" dest || arguments_on_written "$CSV_VALUE"
}

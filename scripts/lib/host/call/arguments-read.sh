# Arguments-read: what the arguments and the environment of a call say about the build. The record ARGUMENTS_... is
# written here only.
# shellcheck shell=sh

# arguments_read WORD...: sets
#   ARGUMENTS_WORDS      the words as a list (list.sh), up to a `--`
#   ARGUMENTS_BEHIND     the list of the `--` and the words behind it: options that the kit adds stand before it
#   ARGUMENTS_NAMED      the builder, or empty         ARGUMENTS_CONTEXT    the last word that is no flag
#   ARGUMENTS_FILE       the Dockerfile, or empty      ARGUMENTS_TARGET, ARGUMENTS_PROGRESS, ARGUMENTS_METADATA (a file)
#   ARGUMENTS_PLATFORMS  words                         ARGUMENTS_SECRETS    ids of the secrets given, words
#   ARGUMENTS_TAGS       words, names of outputs too   ARGUMENTS_CACHES     lines `from SPEC` and `to SPEC`
#   ARGUMENTS_WRITES     files that the build writes, a list (list.sh)
#   ARGUMENTS_CALL       what is evaluated in place of a build (lint, outline, targets), or empty
#   ARGUMENTS_SYNTAX     the frontend that the call names, or empty
#   ARGUMENTS_QUIET, ARGUMENTS_PUSHES, ARGUMENTS_SBOM (the caller wants one), ARGUMENTS_LABELLED (the caller has
#   labelled the image as degraded), ARGUMENTS_HELP: yes or no
#   ARGUMENTS_UNKNOWN    a flag that buildx does not have, or empty
#   ARGUMENTS_LIST       a file with the build arguments (build-arguments.sh), /dev/null without SCRATCH
# and the named contexts (contexts.sh).
arguments_read() {
	ARGUMENTS_FILE='' ARGUMENTS_TARGET='' ARGUMENTS_CONTEXT='' ARGUMENTS_PROGRESS='' ARGUMENTS_PLATFORMS=''
	ARGUMENTS_SECRETS=' ' ARGUMENTS_QUIET=no ARGUMENTS_PUSHES=no ARGUMENTS_TAGS='' ARGUMENTS_METADATA=''
	ARGUMENTS_NAMED='' ARGUMENTS_SBOM=no ARGUMENTS_CALL='' ARGUMENTS_SYNTAX='' ARGUMENTS_HELP=no
	ARGUMENTS_CACHES_ODD='' ARGUMENTS_UNKNOWN=''
	ARGUMENTS_LABELLED=no ARGUMENTS_WRITES='' ARGUMENTS_CACHES='' ARGUMENTS_BEHIND='' ARGUMENTS_LEFT=''
	ARGUMENTS_LIST=${SCRATCH:+$SCRATCH/arguments}
	: >"${ARGUMENTS_LIST:=/dev/null}"
	contexts_begin
	arguments_each arguments__take "$@"
	ARGUMENTS_WORDS=$ARGUMENTS_LEFT
	arguments__read_environment
	# A call that builds nothing keeps its caches as the caller wrote them.
	[ -z "$ARGUMENTS_CALL$ARGUMENTS_CACHES_ODD" ] || ARGUMENTS_CACHES=''
	[ "$ARGUMENTS_CALL" != lint ] || printf 'call:lint=\n' >>"$ARGUMENTS_LIST"
}

arguments__take() {
	case $1 in end | last) list_add ARGUMENTS_BEHIND "$3$4" ;; *) arguments_put "$@" ;; esac
	case $1:$FLAGS_KIND$3 in
		word:* | last:*) ARGUMENTS_CONTEXT=$3 ;;
		end:* | flag:value) ;;
		flag: | equals:"$3") ARGUMENTS_UNKNOWN=$2 ;;
		*) [ "$FLAGS_READER" = - ] || "arguments__on_$FLAGS_READER" "$3" ;;
	esac
}

# Variables of the environment that buildx takes for a flag. tests/kit/host/call/environment.tsv lists all that it
# reads.
arguments__read_environment() {
	[ -n "$ARGUMENTS_PLATFORMS" ] || arguments__on_platform "${DOCKER_DEFAULT_PLATFORM:-}"
	case $ARGUMENTS_PROGRESS in '' | auto) ARGUMENTS_PROGRESS=${BUILDKIT_PROGRESS:-$ARGUMENTS_PROGRESS} ;; esac
	[ -z "${SOURCE_DATE_EPOCH:-}" ] || grep -q '^SOURCE_DATE_EPOCH=' "$ARGUMENTS_LIST" ||
		build_arguments_note SOURCE_DATE_EPOCH >>"$ARGUMENTS_LIST"
}

# arguments__is_true VALUE: whether Go reads it as true.
arguments__is_true() { case $1 in 1 | t | T | true | TRUE | True) ;; *) return 1 ;; esac }

# arguments__on_NAME VALUE: one for each reader in the table of flags.sh.
arguments__on_file() { ARGUMENTS_FILE=$1; }
arguments__on_target() { ARGUMENTS_TARGET=$1; }
arguments__on_progress() { ARGUMENTS_PROGRESS=$1; }
arguments__on_builder() { ARGUMENTS_NAMED=$1; }
arguments__on_help() { ARGUMENTS_HELP=yes; }
arguments__on_tag() { ARGUMENTS_TAGS="$ARGUMENTS_TAGS $1"; }
arguments__on_label() { case $1 in seawall.degraded=*) ARGUMENTS_LABELLED=yes ;; esac }
arguments__on_quiet() { if arguments__is_true "$1"; then ARGUMENTS_QUIET=yes; else ARGUMENTS_QUIET=no; fi; }
arguments__on_push() { if arguments__is_true "$1"; then ARGUMENTS_PUSHES=yes; else ARGUMENTS_PUSHES=no; fi; }
arguments__on_check() { if arguments__is_true "$1"; then ARGUMENTS_CALL=lint; else ARGUMENTS_CALL=''; fi; }
arguments__on_build_context() { contexts_add "$1"; }
arguments__on_cache_from() { arguments__add_cache from "$1"; }
arguments__on_cache_to() { arguments__add_cache to "$1"; }
arguments__on_written() { [ "$1" = - ] || list_add ARGUMENTS_WRITES "$1"; }

arguments__on_metadata_file() {
	ARGUMENTS_METADATA=$1
	arguments__on_written "$1"
}

# The value may have fields, as in check,format=json.
arguments__on_call() {
	local field
	ARGUMENTS_CALL=''
	csv_split "$1" || return 0
	eval "set -- $CSV_FIELDS"
	for field in "$@"; do
		case $field in *=* | build) ;; check) ARGUMENTS_CALL=lint ;; *) ARGUMENTS_CALL=$field ;; esac
	done
}

# The value of BUILDKIT_SYNTAX is a frontend with its options.
arguments__on_build_arg() {
	build_arguments_note "$1" >>"$ARGUMENTS_LIST"
	case $1 in BUILDKIT_SYNTAX | BUILDKIT_SYNTAX=*) ;; *) return 0 ;; esac
	ARGUMENTS_SYNTAX=${1#BUILDKIT_SYNTAX}
	[ -n "$ARGUMENTS_SYNTAX" ] || ARGUMENTS_SYNTAX="=${BUILDKIT_SYNTAX:-}"
	ARGUMENTS_SYNTAX=${ARGUMENTS_SYNTAX#=}
}

arguments__on_secret() {
	! csv_find "$1" id || ARGUMENTS_SECRETS="$ARGUMENTS_SECRETS$CSV_VALUE "
}

arguments__on_platform() {
	local rest
	rest=$1,
	while [ -n "$rest" ]; do
		[ -z "${rest%%,*}" ] || ARGUMENTS_PLATFORMS="$ARGUMENTS_PLATFORMS ${rest%%,*}"
		rest=${rest#*,}
	done
}

arguments__on_sbom() {
	ARGUMENTS_SBOM=no
	case $1 in '' | 0 | f | F | false | FALSE | False) ;; *generator=*) ;; *) ARGUMENTS_SBOM=yes ;; esac
}

# The value --attest=type=sbom,disabled=true is that of --sbom=false.
arguments__on_attest() {
	csv_has "$1" type=sbom || return 0
	ARGUMENTS_SBOM=yes
	if csv_find "$1" generator; then ARGUMENTS_SBOM=no; fi
	if csv_find "$1" disabled && arguments__is_true "$CSV_VALUE"; then ARGUMENTS_SBOM=no; fi
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
arguments__on_output() {
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
	[ "$type" = local ] || ! csv_find "$1" dest || arguments__on_written "$CSV_VALUE"
}

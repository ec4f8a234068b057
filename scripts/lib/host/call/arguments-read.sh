# Arguments-read: what the arguments of a call say about the build. The record ARGUMENTS_... is written here only.
# shellcheck shell=sh

# arguments_read WORD...: sets
#   ARGUMENTS_WORDS      the words as a list (list.sh), up to a `--`
#   ARGUMENTS_BEHIND     the list of the `--` and the words behind it: options that the kit adds stand before it
#   ARGUMENTS_NAMED    the builder, or empty         ARGUMENTS_CONTEXT    the last word that is no flag
#   ARGUMENTS_FILE       the Dockerfile, or empty      ARGUMENTS_TARGET, ARGUMENTS_PROGRESS, ARGUMENTS_METADATA (a file)
#   ARGUMENTS_PLATFORMS  words                         ARGUMENTS_GIVEN      names of the contexts given, words
#   ARGUMENTS_TAGS       words, names of outputs too   ARGUMENTS_CACHES     lines `from SPEC` and `to SPEC`
#   ARGUMENTS_WRITES     files that the build writes, a list (list.sh)
#   ARGUMENTS_QUIET, ARGUMENTS_PUSHES, ARGUMENTS_SBOM (the caller wants one), ARGUMENTS_LABELLED (the caller has
#   labelled the image as degraded): yes or no
#   ARGUMENTS_LIST       a file with the build arguments (build-arguments.sh), /dev/null without SCRATCH
arguments_read() {
	ARGUMENTS_FILE='' ARGUMENTS_TARGET='' ARGUMENTS_CONTEXT='' ARGUMENTS_PROGRESS='' ARGUMENTS_PLATFORMS=''
	ARGUMENTS_GIVEN=' ' ARGUMENTS_QUIET=no ARGUMENTS_PUSHES=no ARGUMENTS_TAGS='' ARGUMENTS_METADATA=''
	ARGUMENTS_NAMED='' ARGUMENTS_SBOM=no
	ARGUMENTS_LABELLED=no ARGUMENTS_WRITES='' ARGUMENTS_CACHES='' ARGUMENTS_BEHIND='' ARGUMENTS_LEFT=''
	ARGUMENTS_LIST=${SCRATCH:+$SCRATCH/arguments}
	: >"${ARGUMENTS_LIST:=/dev/null}"
	arguments_each arguments__take "$@"
	ARGUMENTS_WORDS=$ARGUMENTS_LEFT
}

arguments__take() {
	case $1 in end | last) list_add ARGUMENTS_BEHIND "$2$3" ;; *) arguments_put "$@" ;; esac
	case $1:$2 in
		word:* | last:*) ARGUMENTS_CONTEXT=$3 ;;
		flag:-q | flag:--quiet) ARGUMENTS_QUIET=yes ;;
		flag:--push) ARGUMENTS_PUSHES=yes ;;
		equals:--push) case $3 in true | 1) ARGUMENTS_PUSHES=yes ;; esac ;;
		pair:* | equals:* | joined:*)
			! arguments_look_up "$2" || [ "$ARGUMENTS_READER" = - ] || "arguments__on_$ARGUMENTS_READER" "$3"
			;;
	esac
}

# arguments__on_NAME VALUE: one for each reader in the table of arguments.sh.
arguments__on_file() { ARGUMENTS_FILE=$1; }
arguments__on_target() { ARGUMENTS_TARGET=$1; }
arguments__on_progress() { ARGUMENTS_PROGRESS=$1; }
arguments__on_builder() { ARGUMENTS_NAMED=$1; }
arguments__on_tag() { ARGUMENTS_TAGS="$ARGUMENTS_TAGS $1"; }
arguments__on_label() { case $1 in seawall.degraded=*) ARGUMENTS_LABELLED=yes ;; esac }
arguments__on_sbom() { case $1 in false | generator=*) ;; *) ARGUMENTS_SBOM=yes ;; esac }
arguments__on_attest() { case $1 in *type=sbom*generator=*) ;; *type=sbom*) ARGUMENTS_SBOM=yes ;; esac }
arguments__on_build_context() { ARGUMENTS_GIVEN="$ARGUMENTS_GIVEN${1%%=*} "; }
arguments__on_build_arg() { build_arguments_note "$1" >>"$ARGUMENTS_LIST"; }
arguments__on_cache_from() { arguments__add_cache from "$1"; }
arguments__on_cache_to() { arguments__add_cache to "$1"; }
arguments__on_written() { [ "$1" = - ] || list_add ARGUMENTS_WRITES "$1"; }

arguments__on_metadata_file() {
	ARGUMENTS_METADATA=$1
	arguments__on_written "$1"
}

arguments__on_platform() { ARGUMENTS_PLATFORMS="$ARGUMENTS_PLATFORMS $(printf '%s\n' "$1" | tr ',' ' ')"; }

arguments__add_cache() {
	ARGUMENTS_CACHES="$ARGUMENTS_CACHES$(cache_spec_list "$1" "$2")
" || exit
}

# An output that pushes adds its name to the tags; an output to a single file is a file that the build writes.
arguments__on_output() {
	case ,$1, in
		*,type=registry,* | *,push=true,*)
			ARGUMENTS_PUSHES=yes
			case ,$1 in *,name=*) ARGUMENTS_TAGS="$ARGUMENTS_TAGS $(cache_spec_field "$1" name)" ;; esac
			;;
	esac
	case ,$1, in
		*,type=local,* | *,tar=false,*) ;;
		*,dest=*) arguments__on_written "$(cache_spec_field "$1" dest)" ;;
	esac
}

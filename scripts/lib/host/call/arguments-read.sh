# Arguments-read: what the arguments and the environment of a call say about the build. The record ARGUMENTS_... is
# written here and in arguments-values.sh only.
# shellcheck shell=sh

# Not taken from the environment.
ARGUMENTS_CALL='' ARGUMENTS_SYNTAX='' ARGUMENTS_SECRETS=' '

# arguments_read WORD...: sets
#   ARGUMENTS_WORDS      the words as a list (list.sh), up to a `--`
#   ARGUMENTS_BEHIND     the list of the `--` and the words behind it, or a last flag that lacks its value: options that
#                        the kit adds stand before it
#   ARGUMENTS_NAMED      the builder, or empty         ARGUMENTS_CONTEXT    the last word that is no flag
#   ARGUMENTS_FILE       the Dockerfile, or empty      ARGUMENTS_TARGET, ARGUMENTS_PROGRESS, ARGUMENTS_METADATA (a file)
#   ARGUMENTS_PLATFORMS  words                         ARGUMENTS_SECRETS    ids of the secrets given, words
#   ARGUMENTS_TAGS       words, names of outputs too   ARGUMENTS_CACHES     lines `from SPEC` and `to SPEC`
#   ARGUMENTS_WRITES     files that the build writes, a list (list.sh)
#   ARGUMENTS_CALL       what is evaluated in place of a build (lint, outline, targets), or empty
#   ARGUMENTS_SYNTAX     the frontend that the call names, or empty
#   ARGUMENTS_SCANNER    the image that makes an SBOM, or empty
#   ARGUMENTS_QUIET, ARGUMENTS_PUSHES, ARGUMENTS_LABELLED (the caller has
#   labelled the image as degraded), ARGUMENTS_HELP: yes or no
#   ARGUMENTS_UNKNOWN    a flag that buildx does not have, or empty
#   ARGUMENTS_LIST       a file with the build arguments (build-arguments.sh), /dev/null without SCRATCH
# and the named contexts (contexts.sh).
arguments_read() {
	ARGUMENTS_FILE='' ARGUMENTS_TARGET='' ARGUMENTS_CONTEXT='' ARGUMENTS_PROGRESS='' ARGUMENTS_PLATFORMS=''
	ARGUMENTS_SECRETS=' ' ARGUMENTS_QUIET=no ARGUMENTS_PUSHES=no ARGUMENTS_TAGS='' ARGUMENTS_METADATA=''
	ARGUMENTS_NAMED='' ARGUMENTS_SCANNER='' ARGUMENTS_CALL='' ARGUMENTS_SYNTAX='' ARGUMENTS_HELP=no
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

# arguments_use_targets CACHES PLATFORMS TAGS: they are those of all targets of a call (bake.sh); TAGS are pushed.
arguments_use_targets() {
	ARGUMENTS_CACHES=$1 ARGUMENTS_PLATFORMS=$2 ARGUMENTS_TAGS=$3
	[ -z "$3" ] || ARGUMENTS_PUSHES=yes
}

arguments__take() {
	case $1:$FLAGS_KIND in
		end:* | last:* | flag:value) list_add ARGUMENTS_BEHIND "$3$4" ;;
		*) arguments_put "$@" ;;
	esac
	case $1:$FLAGS_KIND$3 in
		word:* | last:*) ARGUMENTS_CONTEXT=$3 ;;
		end:* | flag:value) ;;
		flag: | equals:"$3") ARGUMENTS_UNKNOWN=$2 ;;
		*) [ "$FLAGS_READER" = - ] || "arguments_on_$FLAGS_READER" "$3" ;;
	esac
}

# Variables of the environment that buildx takes for a flag. tests/kit/host/call/environment.tsv lists all that it
# reads.
arguments__read_environment() {
	[ -n "$ARGUMENTS_PLATFORMS" ] || arguments_on_platform "${DOCKER_DEFAULT_PLATFORM:-}"
	case $ARGUMENTS_PROGRESS in '' | auto) ARGUMENTS_PROGRESS=${BUILDKIT_PROGRESS:-$ARGUMENTS_PROGRESS} ;; esac
	[ -z "${SOURCE_DATE_EPOCH:-}" ] || grep -q '^SOURCE_DATE_EPOCH=' "$ARGUMENTS_LIST" ||
		build_arguments_note SOURCE_DATE_EPOCH >>"$ARGUMENTS_LIST"
}

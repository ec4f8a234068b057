# Pip attempt: one attempt of pip or uv with one index, and what its failure means.
# shellcheck shell=sh

# Variables that an attempt may change; each attempt begins with the user's own values.
PIP_ATTEMPT_VARIABLES='PIP_INDEX_URL PIP_EXTRA_INDEX_URL PIP_QUIET PIP_REQUIRE_HASHES
UV_DEFAULT_INDEX UV_INDEX_URL UV_EXTRA_INDEX_URL UV_INDEX UV_REQUIRE_HASHES UV_NO_BUILD'

# The variables that limit retries and waiting.
PIP_ATTEMPT_LIMITS='PIP_RETRIES PIP_RESUME_RETRIES PIP_DEFAULT_TIMEOUT UV_HTTP_RETRIES UV_HTTP_TIMEOUT'

# pip_attempt_names: prints the names of all of these variables.
pip_attempt_names() { printf '%s\n' "$PIP_ATTEMPT_LIMITS UV_NO_BUILD $PIP_ATTEMPT_VARIABLES"; }

# pip_attempt_begin "SOURCE..." INDEX: INDEX is the URL of `default`, empty if it is unknown. Switches off the retries
# of both tools, unless the user has set their number. Their timeout is SEAWALL_SILENCE.
pip_attempt_begin() {
	local name value
	PIP_ATTEMPT_FIRST=${1%% *} PIP_ATTEMPT_INDEX=$2 PIP_ATTEMPT_OWN=''
	PIP_ATTEMPT_CLASS=other PIP_ATTEMPT_CODE=1
	for name in $PIP_ATTEMPT_VARIABLES; do
		eval "value=\${$name-}"
		[ -z "$value" ] || list_add PIP_ATTEMPT_OWN "$name=$value"
	done
	: "${PIP_RETRIES:=0}" "${PIP_RESUME_RETRIES:=1}" "${PIP_DEFAULT_TIMEOUT:=$SEAWALL_SILENCE}"
	: "${UV_HTTP_RETRIES:=0}" "${UV_HTTP_TIMEOUT:=$SEAWALL_SILENCE}"
	# shellcheck disable=SC2163,SC2086 # names
	export $PIP_ATTEMPT_LIMITS
}

# pip_attempt_be_quiet: for a command that is not pip itself: no prompts and notices. Caches and temporary files are in
# STEP_FOLDER: the next attempt continues from them, and they are deleted at the end.
pip_attempt_be_quiet() {
	# shellcheck disable=SC2086 # names
	unset $PIP_ATTEMPT_LIMITS
	export PIP_NO_INPUT=1 PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_ROOT_USER_ACTION=ignore UV_NO_PROGRESS=1
	export PIP_CACHE_DIR="$STEP_FOLDER/pip" UV_CACHE_DIR="$STEP_FOLDER/uv" TMPDIR="$STEP_FOLDER"
	[ -n "${VIRTUAL_ENV:-}" ] || export UV_SYSTEM_PYTHON=1
}

# pip_attempt_from SOURCE ARGUMENT...: one attempt.
pip_attempt_from() {
	local source status
	source=$1 status=0
	shift
	pip_attempt__restore_variables
	case $source in
		default)
			[ -z "$REQUIREMENTS_OPTION_INDEX" ] || pip_attempt__use_index "$REQUIREMENTS_OPTION_INDEX" keep-extra
			;;
		file://*) ;;
		*) pip_attempt__use_index "$source" ;;
	esac
	case $source in
		file://*) pip_attempt__from_store "${source#file://}" "$@" || status=$? ;;
		"$PIP_ATTEMPT_FIRST") pip_run_tool "$@" || status=$? ;;
		*) pip_mirror_install "$@" || status=$? ;;
	esac
	[ "$status" -eq 0 ] || pip_attempt__judge "$status" "$@"
	return "$status"
}

# shellcheck disable=SC2120 # the eval sets the arguments
pip_attempt__restore_variables() {
	local pair
	# shellcheck disable=SC2086 # a list of names
	unset $PIP_ATTEMPT_VARIABLES
	eval "set -- $PIP_ATTEMPT_OWN"
	for pair in "$@"; do export "${pair?}"; done
}

# pip_attempt__use_index URL [keep-extra]: variables, not options: an old pip ignores unknown variables.
# PIP_EXTRA_INDEX_URL overrides the extra index of pip's files; pip requests an index that is named twice only once.
pip_attempt__use_index() {
	export PIP_INDEX_URL="$1" UV_DEFAULT_INDEX="$1"
	[ -z "${2:-}" ] || return 0
	unset UV_INDEX_URL UV_EXTRA_INDEX_URL UV_INDEX
	export PIP_EXTRA_INDEX_URL="$1"
}

# pip_attempt__from_store FOLDER ARGUMENT...: installs from the last known good copy.
pip_attempt__from_store() {
	local folder
	folder=$1
	shift
	# A pipe has nothing left for a second attempt.
	[ "$REQUIREMENTS_ONCE" = no ] || return 1
	[ "$REQUIREMENTS_PINNED_BY" = hashes ] || {
		log_warn "wanted hashes to verify the last known good copy, saw none: add --require-hashes"
		return 1
	}
	# Variables: uv refuses an option that is given twice. The copy of uv holds wheels only.
	export PIP_REQUIRE_HASHES=1 UV_REQUIRE_HASHES=1 UV_NO_BUILD=1
	[ "$PIP_RUN_TOOL" = uv ] || set -- --no-build-isolation "$@"
	pip_run_tool --no-index --find-links "$folder" "$@"
}

# pip_attempt__judge STATUS ARGUMENT...: sets the finding where the output alone would mislead: a mistake in the call or
# the image keeps the tool's code, whatever state the indexes are in. `Not there` and `forbidden` are the answer of one
# index: with hashes the next one is asked.
pip_attempt__judge() {
	[ "$1" -lt 124 ] && [ -z "$FINDING_CLASS" ] || return 0
	if pip_run_lacks_hashes || pip_run_made_no_request "$@"; then
		finding_set build-command-failed '' '' '' 'the cause is in the call or in the image, not in an index'
		finding_decide stop "$1"
		return
	fi
	# pip ends with a traceback if a page of an index breaks off or cannot be unpacked.
	if grep -q -E 'JSONDecodeError|failed to decode it|unexpected JSON' "$LADDER_TEXT"; then
		finding_set truncated '' '' '' 'a page of the index cannot be decoded'
		return
	fi
	# Failed requests are an outage, whatever pip concludes from the pages that it did not get.
	if [ "$PIP_RUN_TOOL" = pip ] && [ -s "$SCRATCH/pip.cause" ]; then
		judge_attempt "$1" "$SCRATCH/pip.cause" pip ''
		[ "$FINDING_CODE" -ne 75 ] || return 0
		finding_clear
	fi
	[ "$LADDER_LAST" = no ] && [ "$REQUIREMENTS_PINNED_BY" = hashes ] || return 0
	! grep -q -E 'ResolutionImpossible|conflicting dependencies' "$LADDER_TEXT" || return 0
	judge_attempt "$1" "$LADDER_TEXT" "$PIP_RUN_TOOL" ''
	case $FINDING_CODE in
		69 | 77)
			PIP_ATTEMPT_CLASS=$FINDING_CLASS PIP_ATTEMPT_CODE=$FINDING_CODE
			finding_decide elsewhere
			;;
	esac
}

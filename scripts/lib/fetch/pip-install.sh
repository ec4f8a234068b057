# Pip install: one attempt of pip or uv with one index, and what its failure means.
# shellcheck shell=sh

# Variables that an attempt may change; each attempt begins with the user's own values.
PIP_INSTALL_VARIABLES='PIP_INDEX_URL PIP_EXTRA_INDEX_URL PIP_REQUIRE_HASHES
UV_DEFAULT_INDEX UV_INDEX_URL UV_EXTRA_INDEX_URL UV_INDEX UV_REQUIRE_HASHES UV_NO_BUILD'

# pip_install_begin pip|uv "SOURCE..." INDEX: INDEX is the URL of `default`, empty if it is unknown. Switches off retries
# and prompts of both tools. Their timeout is SEAWALL_SILENCE. Caches and temporary files are in STEP_FOLDER: the next
# attempt continues from them, and they are deleted at the end.
pip_install_begin() {
	local name value
	PIP_INSTALL_TOOL=$1 PIP_INSTALL_FIRST=${2%% *} PIP_INSTALL_INDEX=$3 PIP_INSTALL_OWN=''
	PIP_INSTALL_CLASS=other PIP_INSTALL_CODE=1
	for name in $PIP_INSTALL_VARIABLES; do
		eval "value=\${$name-}"
		[ -z "$value" ] || list_add PIP_INSTALL_OWN "$name=$value"
	done
	export PIP_NO_INPUT=1 PIP_RETRIES=0 PIP_RESUME_RETRIES=1 PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_ROOT_USER_ACTION=ignore
	export PIP_DEFAULT_TIMEOUT="$SEAWALL_SILENCE" PIP_CACHE_DIR="$STEP_FOLDER/pip"
	export UV_HTTP_RETRIES=0 UV_HTTP_TIMEOUT="$SEAWALL_SILENCE" UV_CACHE_DIR="$STEP_FOLDER/uv" UV_NO_PROGRESS=1
	export TMPDIR="$STEP_FOLDER"
	[ -n "${VIRTUAL_ENV:-}" ] || export UV_SYSTEM_PYTHON=1
}

# pip_install_from SOURCE ARGUMENT...: one attempt.
pip_install_from() {
	local source status
	source=$1 status=0
	shift
	pip_install__restore_variables
	case $source in
		default) [ -z "$REQUIREMENTS_OPTION_INDEX" ] || pip_install__use_index "$REQUIREMENTS_OPTION_INDEX" keep-extra ;;
		file://*) ;;
		*) pip_install__use_index "$source" ;;
	esac
	case $source in
		file://*) pip_install__from_store "${source#file://}" "$@" || status=$? ;;
		"$PIP_INSTALL_FIRST") pip_install_run "$@" || status=$? ;;
		*) pip_other_index_install "$@" || status=$? ;;
	esac
	[ "$status" -eq 0 ] || pip_install__judge "$status" "$@"
	return "$status"
}

pip_install__restore_variables() {
	local pair
	# shellcheck disable=SC2086 # a list of names
	unset $PIP_INSTALL_VARIABLES
	eval "set -- $PIP_INSTALL_OWN"
	for pair in "$@"; do export "${pair?}"; done
}

# pip_install__use_index URL [keep-extra]: variables, not options: an old pip ignores unknown variables.
# PIP_EXTRA_INDEX_URL overrides the extra index of pip's files; pip requests an index that is named twice only once.
pip_install__use_index() {
	export PIP_INDEX_URL="$1" UV_DEFAULT_INDEX="$1"
	[ -z "${2:-}" ] || return 0
	unset UV_INDEX_URL UV_EXTRA_INDEX_URL UV_INDEX
	export PIP_EXTRA_INDEX_URL="$1"
}

# pip_install_run ARGUMENT...: runs the tool once. --no-compile: byte code holds timestamps.
pip_install_run() {
	local status
	status=0
	[ "$PIP_INSTALL_TOOL" = pip ] || { step_run uv pip install "$@" || status=$?; return "$status"; }
	rm -f "$SCRATCH/pip.log"
	step_run pip install --no-compile --log "$SCRATCH/pip.log" "$@" || status=$?
	[ "$status" -eq 0 ] || pip_install__print_cause
	return "$status"
}

# pip_install__print_cause: prints the failed requests from pip's log. pip's own message is the same for an unavailable
# index and a missing package.
pip_install__print_cause() {
	[ -f "$SCRATCH/pip.log" ] || return 0
	sed -n 's/^[^ ]* *\(Could not fetch URL .*\)/\1/p' "$SCRATCH/pip.log" | redact_stream | tee -a "$LADDER_TEXT" >&2
}

# pip_install__from_store FOLDER ARGUMENT...: installs from the last known good copy.
pip_install__from_store() {
	local folder
	folder=$1
	shift
	[ "$REQUIREMENTS_PINNED_BY" = hashes ] || {
		log_warn "wanted hashes to verify the last known good copy, saw none: add --require-hashes"
		return 1
	}
	# Variables: uv refuses an option that is given twice. The copy of uv holds wheels only.
	export PIP_REQUIRE_HASHES=1 UV_REQUIRE_HASHES=1 UV_NO_BUILD=1
	[ "$PIP_INSTALL_TOOL" = uv ] || set -- --no-build-isolation "$@"
	pip_install_run --no-index --find-links "$folder" "$@"
}

# pip_install__judge STATUS ARGUMENT...: sets the finding where the output alone would mislead: a mistake in the call or
# the image keeps the tool's code, whatever state the indexes are in. `Not there` and `forbidden` are the answer of one
# index: with hashes the next one is asked.
pip_install__judge() {
	[ "$1" -lt 124 ] && [ -z "$FINDING_CLASS" ] || return 0
	if pip_install_lacks_hashes || pip_install__made_no_request "$@"; then
		finding_set build-command-failed '' '' '' 'the cause is in the call or in the image, not in an index'
		finding_decide stop "$1"
		return
	fi
	[ "$LADDER_LAST" = no ] && [ "$REQUIREMENTS_PINNED_BY" = hashes ] || return 0
	! grep -q -E 'ResolutionImpossible|conflicting dependencies' "$LADDER_TEXT" || return 0
	judge_output "$1" "$LADDER_TEXT" "$PIP_INSTALL_TOOL"
	judge_accept
	case $FINDING_CODE in
		69 | 77)
			PIP_INSTALL_CLASS=$FINDING_CLASS PIP_INSTALL_CODE=$FINDING_CODE
			finding_decide elsewhere
			;;
	esac
}

# pip_install_lacks_hashes: whether the tool refused requirements that have no hash.
pip_install_lacks_hashes() { grep -q -i -E 'in .?--require-hashes.? mode' "$LADDER_TEXT"; }

# pip_install__made_no_request STATUS ARGUMENT...: pip's log has no request, or there is no log because pip refused its
# options (status 2). uv has no log: it fails in the same words when it is told to stay offline.
pip_install__made_no_request() {
	local status text
	status=$1
	shift
	if [ "$PIP_INSTALL_TOOL" = pip ]; then
		[ -f "$SCRATCH/pip.log" ] || { [ "$status" -eq 2 ]; return; }
		! grep -q -E 'Collecting|Obtaining|Getting page|Connection|Client Error|Server Error|Running command|for url' \
			"$SCRATCH/pip.log"
	else
		cp "$LADDER_TEXT" "$SCRATCH/uv.text"
		step_run uv pip install --offline "$@" >/dev/null 2>&1 || :
		text=$(pip_install__print_errors "$LADDER_TEXT")
		cp "$SCRATCH/uv.text" "$LADDER_TEXT"
		[ "$text" = "$(pip_install__print_errors "$LADDER_TEXT")" ]
	fi
}

# pip_install__print_errors FILE: prints the output of uv without lines that differ from call to call.
pip_install__print_errors() { grep -v -E 'Usage:| in [0-9.]+ ?m?s' "$1" || :; }

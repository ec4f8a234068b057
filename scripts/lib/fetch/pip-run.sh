# Pip run: one call of pip or uv, and what its output says about a failure.
# shellcheck shell=sh

# pip_run_find PYTHON: finds pip or uv, and uses it for `pip install` (pip_run_use); false if the image has neither.
# PYTHON may be empty. --no-compile: byte code holds timestamps.
pip_run_find() {
	local program
	for program in pip uv pip3; do
		command -v "$program" >/dev/null 2>&1 || continue
		case $program in
			uv) pip_run_use uv step_run uv pip install ;;
			*) pip_run_use pip step_run "$program" install --no-compile ;;
		esac
		PIP_RUN_PROGRAM=$program
		return 0
	done
	PIP_RUN_PROGRAM="${1##*/} -m pip"
	[ -n "$1" ] && "$1" -m pip --version >/dev/null 2>&1 || return
	pip_run_use pip step_run "${1##*/}" -m pip install --no-compile
}

# pip_run_use pip|uv RUNNER WORD...: pip_run_tool calls RUNNER WORD... with further arguments. Sets PIP_RUN_TOOL.
pip_run_use() {
	PIP_RUN_TOOL=$1 PIP_RUN_RUNNER=$2 PIP_RUN_WORDS='' PIP_RUN_DRY_WORDS=''
	shift 2
	list_add PIP_RUN_WORDS "$@"
}

# pip_run_use_dry WORD...: the same for a dry run, which `pip download` and `pip wheel` lack.
pip_run_use_dry() { list_add PIP_RUN_DRY_WORDS "$@"; }

# pip_run_dry ARGUMENT...: runs the tool without effect; its output, in LADDER_TEXT, names all packages that these
# arguments need, whether the user wants output or not.
pip_run_dry() {
	local status words
	status=0 words=$PIP_RUN_WORDS
	export PIP_QUIET=0
	pip_run__speak "$@"
	eval "set -- $PIP_RUN_SPOKEN"
	PIP_RUN_WORDS=${PIP_RUN_DRY_WORDS:-$words}
	eval "pip_run__speak $PIP_RUN_WORDS"
	PIP_RUN_WORDS=$PIP_RUN_SPOKEN
	if [ "$PIP_RUN_TOOL" = pip ]; then
		set -- --dry-run --no-build-isolation --only-binary=:all: "$@"
	else
		# uv refuses an option that is given twice.
		values_has dry-run "$REQUIREMENTS_FLAGS" || set -- --dry-run "$@"
	fi
	pip_run_tool "$@" >/dev/null 2>&1 || status=$?
	PIP_RUN_WORDS=$words
	return "$status"
}

# pip_run__speak WORD...: sets PIP_RUN_SPOKEN to the words without -q, and without the folder of downloads, which
# `pip install` does not know.
pip_run__speak() {
	local word is_value keep
	PIP_RUN_SPOKEN='' is_value=no keep=yes
	for word in "$@"; do
		if [ "$is_value" = yes ]; then
			is_value=no
		else
			pip_options_read "$PIP_RUN_TOOL" "$word"
			is_value=$PIP_WANTS keep=yes
			case $PIP_RUN_DRY_WORDS:$PIP_OPTION in
				*:quiet | ?*:dest | ?*:wheel-dir | ?*:src | ?*:no-verify | ?*:no-clean) keep=no ;;
				*) pip_run__drop_quiet "$word" ;;
			esac
		fi
		[ "$keep" = no ] || list_add PIP_RUN_SPOKEN "$word"
	done
}

# pip_run__drop_quiet WORD: takes q out of the short flags before an option: -Uq, -qr FILE. Sets word and keep of the
# caller.
pip_run__drop_quiet() {
	case $PIP_FLAGS in *q*) ;; *) return 0 ;; esac
	word=${1#-"$PIP_FLAGS"}
	while case $PIP_FLAGS in *q*) ;; *) false ;; esac do PIP_FLAGS=${PIP_FLAGS%%q*}${PIP_FLAGS#*q}; done
	word=-$PIP_FLAGS$word
	[ "$word" != - ] || keep=no
}

# pip_run_tool ARGUMENT...: runs the tool once. pip keeps its log where the user wants it.
pip_run_tool() {
	local status
	status=0
	rm -f "$SCRATCH/pip.log"
	[ "$PIP_RUN_TOOL" = uv ] || [ -n "${PIP_LOG:-}" ] || set -- --log "$SCRATCH/pip.log" "$@"
	eval "set -- $PIP_RUN_WORDS \"\$@\""
	"$PIP_RUN_RUNNER" "$@" || status=$?
	case $PIP_RUN_TOOL:$status in pip:0 | uv:*) ;; *) pip_run__print_cause ;; esac
	return "$status"
}

# pip_run__print_cause: prints the failed requests from pip's log, also to SCRATCH/pip.cause. pip's own message is the
# same for an unavailable index, a missing package and versions that conflict.
pip_run__print_cause() {
	: >"$SCRATCH/pip.cause"
	[ -f "$SCRATCH/pip.log" ] || return 0
	sed -n 's/^[^ ]* *\(Could not fetch URL .*\)/\1/p' "$SCRATCH/pip.log" | redact_stream |
		tee -a "$LADDER_TEXT" "$SCRATCH/pip.cause" >&2
}

# pip_run_lacks_hashes: whether the tool refused requirements that have no hash.
pip_run_lacks_hashes() { grep -q -i -E 'in .?--require-hashes.? mode' "$LADDER_TEXT"; }

# pip_run_made_no_request STATUS ARGUMENT...: pip's log has no request, or there is no log because pip refused its
# options (status 2). uv has no log: it fails in the same words when it is told to stay offline.
pip_run_made_no_request() {
	local status text
	status=$1
	shift
	if [ "$PIP_RUN_TOOL" = pip ]; then
		[ -f "$SCRATCH/pip.log" ] || {
			[ "$status" -eq 2 ]
			return
		}
		! grep -q -E 'Collecting|Obtaining|Getting page|Connection|Client Error|Server Error|Running command|for url' \
			"$SCRATCH/pip.log"
	else
		[ "$REQUIREMENTS_ONCE" = no ] || return 1
		cp "$LADDER_TEXT" "$SCRATCH/uv.text"
		# An empty cache: the answers of an index are no mistake in the call.
		eval "set -- $PIP_RUN_WORDS --offline \"\$@\""
		step_run env UV_CACHE_DIR="$SCRATCH/uv.empty" "$@" >/dev/null 2>&1 || :
		text=$(pip_run__print_errors "$LADDER_TEXT")
		cp "$SCRATCH/uv.text" "$LADDER_TEXT"
		[ "$text" = "$(pip_run__print_errors "$LADDER_TEXT")" ]
	fi
}

# pip_run__print_errors FILE: prints the output of uv without lines that differ from call to call.
pip_run__print_errors() { grep -v -E 'Usage:| in [0-9.]+ ?m?s' "$1" || :; }

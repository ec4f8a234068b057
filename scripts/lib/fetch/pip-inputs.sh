# Pip inputs: stdin, pipes and process substitutions that an argument names can be read only once. They are kept, so
# that the kit's own reading and every attempt get the same bytes.
# shellcheck shell=sh

# Not taken from the environment. PIP_INPUTS_STDIN: the copy of stdin, empty if no argument names stdin.
PIP_INPUTS_STDIN='' PIP_INPUTS_WANTED=no PIP_INPUTS_COUNT=0

# Variables that name files, separated by blanks.
PIP_INPUTS_VARIABLES='PIP_REQUIREMENT PIP_CONSTRAINT PIP_BUILD_CONSTRAINT
UV_CONSTRAINT UV_BUILD_CONSTRAINT UV_OVERRIDE UV_EXCLUDE'

# pip_inputs_keep WORD: sets PIP_INPUTS_FILE to the word for the tool: WORD, or the path of a copy. A name of stdin
# stays as it is: the attempts have the copy as their stdin.
pip_inputs_keep() {
	PIP_INPUTS_FILE=$1
	if pip_inputs_is_stdin "$1"; then
		pip_inputs_keep_stdin
	else
		case $1 in
			/dev/fd/[0-9]* | /proc/self/fd/[0-9]*) pip_inputs__copy "$1" ;;
			*) [ ! -p "$1" ] || pip_inputs__copy "$1" ;;
		esac
	fi
}

pip_inputs_is_stdin() { case $1 in /dev/stdin | /dev/fd/0 | /proc/self/fd/0) ;; *) return 1 ;; esac }

# pip_inputs_keep_stdin: reads stdin to its end, once.
pip_inputs_keep_stdin() {
	[ -z "$PIP_INPUTS_STDIN" ] || return 0
	PIP_INPUTS_STDIN=$SCRATCH/stdin
	cat >"$PIP_INPUTS_STDIN" || pip_inputs__refuse
	step_read_from "$PIP_INPUTS_STDIN"
}

# pip_inputs_have_stdin: whether stdin has been kept.
pip_inputs_have_stdin() { [ -n "$PIP_INPUTS_STDIN" ]; }

# pip_inputs_want_stdin: stdin is needed, but cannot be read at this moment. pip_inputs_end reads it.
pip_inputs_want_stdin() { PIP_INPUTS_WANTED=yes; }
pip_inputs_end() { [ "$PIP_INPUTS_WANTED" = no ] || pip_inputs_keep_stdin; }

# pip_inputs_keep_variables: the same for the files that variables name.
pip_inputs_keep_variables() {
	local name value word
	for name in $PIP_INPUTS_VARIABLES; do
		eval "value=\${$name-}"
		case $value in */dev/* | */proc/*) ;; *) continue ;; esac
		set --
		for word in $value; do
			pip_inputs_keep "$word"
			set -- "$@" "$PIP_INPUTS_FILE"
		done
		export "$name=$*"
	done
}

# pip_inputs__copy PATH: a path that cannot be opened is left to the tool, which reports it. A pipe without a writer is
# waited for until the deadline.
pip_inputs__copy() {
	[ -r "$1" ] || return 0
	PIP_INPUTS_COUNT=$((PIP_INPUTS_COUNT + 1))
	PIP_INPUTS_FILE=$SCRATCH/input-$PIP_INPUTS_COUNT.txt
	attempt_run --stdin "$1" "$(clock_left "$LADDER_DEADLINE")" cat >"$PIP_INPUTS_FILE" || pip_inputs__refuse
}

pip_inputs__refuse() {
	die 73 "wanted to read a pipe to its end into $SCRATCH, could not: check its writer, make room or set TMPDIR"
}

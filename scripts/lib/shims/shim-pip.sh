# Shim pip: packages come from another index if one fails, where hashes or versions say which bytes are right
# (pip-index.sh, pip-mirror.sh). Also calls of `python -m pip` and `uv pip install`.
# shellcheck shell=sh

# shim_pip ARGUMENT...: pip or pip3.
shim_pip() {
	SHIM_PIP_START='' SHIM_PIP_CALL=''
	list_add SHIM_PIP_START "$SHIMS_REAL"
	list_add SHIM_PIP_CALL "$@"
	shim_pip__watch "$@"
}

# shim_python ARGUMENT...: everything up to `-m pip` starts pip; the fast path has found these words.
shim_python() {
	SHIM_PIP_START='' SHIM_PIP_CALL=''
	list_add SHIM_PIP_START "$SHIMS_REAL"
	list_add SHIM_PIP_CALL "$@"
	while [ $# -gt 0 ]; do
		list_add SHIM_PIP_START "$1"
		case $1:${2-} in
			-*mpip:*) shift && break ;;
			-*m:pip)
				list_add SHIM_PIP_START "$2"
				shift 2
				break
				;;
		esac
		shift
	done
	shim_pip__watch "$@"
}

# shim_pip_python RUNNER ARGUMENT...: pip 22.3 or newer, called by its full path or found before the trampolines, starts
# the program of PIP_PYTHON, with a script that runs this pip. A virtual environment may have a pip.conf.
shim_pip_python() {
	[ ! -f "${SHIMS_REAL%/bin/*}/pyvenv.cfg" ] || pip_config_use "${SHIMS_REAL%/bin/*}"
	SHIM_PIP_START='' SHIM_PIP_CALL=''
	list_add SHIM_PIP_START "$SHIMS_REAL" "$1"
	list_add SHIM_PIP_CALL "$@"
	shift
	shim_pip__watch "$@"
}

# shim_pip__watch ARGUMENT...: the arguments of pip.
shim_pip__watch() {
	local left word
	shim_pip__find_command "$@"
	case $SHIM_PIP_COMMAND in
		install | download | wheel) ;;
		*) eval "shims_exec $SHIM_PIP_CALL" ;;
	esac
	eval "shims_begin $SHIM_PIP_CALL"
	requirements_begin pip
	left=$SHIM_PIP_BEFORE
	while [ "$left" -gt 0 ]; do
		requirements_take "$1" || :
		list_add SHIM_PIP_START "$1"
		left=$((left - 1))
		shift
	done
	eval "pip_run_use pip shims_run $SHIM_PIP_START \"\$1\""
	# A package that is installed is downloaded all the same.
	[ "$1" = install ] || eval "pip_run_use_dry $SHIM_PIP_START install --ignore-installed"
	shift
	shim_pip_install "$@"
}

# shim_pip__find_command ARGUMENT...: sets SHIM_PIP_COMMAND to the command of pip, empty for none, and SHIM_PIP_BEFORE
# to the number of words before it.
shim_pip__find_command() {
	local word before
	SHIM_PIP_COMMAND='' SHIM_PIP_BEFORE=0 before=no
	for word in "$@"; do
		pip_options_set value ''
		[ "$before" = yes ] || pip_options_read pip "$word"
		before=$PIP_WANTS
		[ "$PIP_OPTION" != argument ] || { SHIM_PIP_COMMAND=$word && return; }
		SHIM_PIP_BEFORE=$((SHIM_PIP_BEFORE + 1))
	done
}

# shim_pip_install ARGUMENT...: climbs with what stands behind the command. Follows requirements_begin and pip_run_use.
shim_pip_install() {
	local left sources
	left=$#
	while [ "$left" -gt 0 ]; do
		if requirements_take "$1"; then set -- "$@" "$REQUIREMENTS_WORD"; fi
		left=$((left - 1))
		shift
	done
	requirements_end
	! pip_inputs_have_stdin || shims_keep_stdin
	pip_index_begin "$(shim_pip__find_python)"
	sources=$(shim_pip__sources)
	! values_has isolated "$REQUIREMENTS_FLAGS" || [ -z "$REQUIREMENTS_OPTION_INDEX" ] ||
		set -- "--index-url=$REQUIREMENTS_OPTION_INDEX" "$@"
	shims_own "$(pip_attempt_names)"
	shim_pip__make_folder
	pip_attempt_begin "$sources" "$(pip_index_own)"
	[ "$REQUIREMENTS_ONCE" = no ] || step_use attempts 1
	[ -z "$REQUIREMENTS_NAME" ] || { step_use probe pip_index_probe && step_use wait-probe pip_index_probe; }
	[ "$REQUIREMENTS_PINNED_BY" != hashes ] || step_use pinned yes
	shims_climb pip pypi "$sources" pip_attempt_from "$@"
}

# shim_pip__make_folder: the temporary files of pip are in a folder of their own, beside those of others. An attempt
# that a limit ends leaves its files behind, which would be in the layer.
shim_pip__make_folder() {
	scratch_name_folder "${TMPDIR:-/tmp}"
	SHIM_PIP_FOLDER=$SCRATCH_NAME
	exit_at_end shim_pip__remove_folder
	scratch_make_folder "$SHIM_PIP_FOLDER" || return 0
	shims_own TMPDIR
	export TMPDIR="$SHIM_PIP_FOLDER"
}

shim_pip__remove_folder() { rm -rf "$SHIM_PIP_FOLDER"; }

shim_pip__find_python() {
	case $SHIMS_TOOL in
		python* | pip-python) printf '%s\n' "$SHIMS_REAL" ;;
		*) command -v python3 || command -v python || : ;;
	esac
}

# shim_pip__sources: prints the indexes, the configured one first. Two configured indexes are used together, so none can
# stand in for both.
shim_pip__sources() {
	local sources
	sources=default
	[ -n "$REQUIREMENTS_EXTRA" ] || pip_config_has_extra_index || sources=$(pip_index_usable 2>/dev/null)
	[ -z "$(pip_index_own)" ] || values_has default "$sources" || sources="default $sources"
	printf '%s\n' "$sources"
}

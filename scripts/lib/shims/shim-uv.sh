# Shim uv: `uv pip install` has the indexes of pip. Other commands read URLs from a lock file or make one, so they have
# the configured index only: limits, and attempts where repeating is safe.
# shellcheck shell=sh

# shim_uv ARGUMENT...
shim_uv() {
	shim_uv__find_command "$@"
	case $SHIM_UV_COMMAND in
		pip:install | pip:sync | pip:compile | python:install | tool:install | tool:upgrade | tool:run) ;;
		add: | build: | export: | lock: | remove: | run: | sync: | tree: | venv:) ;;
		*) shims_exec "$@" ;;
	esac
	shims_begin "$@"
	[ "$SHIM_UV_COMMAND" != pip:install ] || shim_uv__pip_install "$@"
	shims_own "$(pip_attempt_names)"
	pip_attempt_begin default ''
	shims_climb pip pypi default shim_uv__from "$@"
}

# shim_uv__find_command ARGUMENT...: sets SHIM_UV_COMMAND to the command with a colon behind it, and for pip, python and
# tool the next word; SHIM_UV_BEFORE to the number of words before and with it.
shim_uv__find_command() {
	local word before
	SHIM_UV_COMMAND='' SHIM_UV_BEFORE=0 before=no
	for word in "$@"; do
		SHIM_UV_BEFORE=$((SHIM_UV_BEFORE + 1))
		case $before:$SHIM_UV_COMMAND:$word in
			yes:*) before=no ;;
			no::--directory | no::--project | no::--config-file | no::--cache-dir | no::--color) before=yes ;;
			no:*:-*) ;;
			no::pip | no::python | no::tool) SHIM_UV_COMMAND=$word: ;;
			*) SHIM_UV_COMMAND=${SHIM_UV_COMMAND:-$word:}${SHIM_UV_COMMAND:+$word} && return ;;
		esac
	done
}

# shim_uv__pip_install ARGUMENT...: climbs.
shim_uv__pip_install() {
	local left
	SHIM_UV_START='' SHIM_PIP_COMMAND=install left=$SHIM_UV_BEFORE
	list_add SHIM_UV_START "$SHIMS_REAL"
	while [ "$left" -gt 0 ]; do
		list_add SHIM_UV_START "$1"
		left=$((left - 1))
		shift
	done
	eval "pip_run_use uv shims_run $SHIM_UV_START"
	requirements_begin uv
	shim_pip_install "$@"
}

# shim_uv__from SOURCE ARGUMENT...: one attempt.
shim_uv__from() {
	local status
	status=0
	shift
	shims_run "$SHIMS_REAL" "$@" || status=$?
	case $status:$SHIM_UV_COMMAND in
		0:* | 124:*) ;;
		*:run: | *:tool:run)
			shim_uv__failed_itself || { finding_set build-command-failed && finding_decide stop "$status"; }
			;;
	esac
	return "$status"
}

# shim_uv__failed_itself: whether the last line is one of uv's own errors. Otherwise the program that uv started has
# failed, which must not run twice.
shim_uv__failed_itself() {
	sed -n '/[^[:space:]]/h; ${x;p;}' "$LADDER_TEXT" |
		grep -q -E '^(error: |  Caused by: |  help: |[[:space:]]+(╰|├)─)'
}

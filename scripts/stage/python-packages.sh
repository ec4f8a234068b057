#!/bin/sh
# python-packages.sh [--] ARGUMENTS OF pip install
#
# Installs Python packages with pip, or with uv if the image has no program `pip`, or with pip3 or `python3 -m pip` if
# it has neither. If an index of SEAWALL_PYPI_INDEXES is unavailable, the next one is used, one index at a time. Every
# attempt has a time limit, the retries of pip and uv are off, hashes are verified, and isolated builds of packages use
# the same index. All arguments are passed on, except --index-url, which replaces `default`.
# For RUN steps; reads settings from the secret /run/seawall.conf and certificates from the secret /run/seawall.ca.
#
# Another index may have a different package under the same name. It is therefore used only if every requirement is
# pinned by a version (==) or a hash. Otherwise (a bare name, a path, a URL, an unknown option) only the first index is
# used, with a warning. With hashes, pip or uv verifies every file of another index; with versions, a dry run lists all
# packages first, and each must be pinned, dependencies too. Another index serves wheels only, because the build of an
# sdist installs packages without hashes. If SEAWALL_PYPI_INDEXES comes from ./seawall.conf of the build folder, hashes
# are required. If a requirements file names an index, only that one is used, because pip gives it precedence.
# stdin, pipes and process substitutions (-r /dev/stdin, -r <(...), -r - of uv) are read once and reach every attempt.
#
#   -h, --help  this text
#   --version   the version
#
# Exit codes: 0 done, 1 or 2 a mistake in the call or the image (the code of the tool), 64 wrong arguments, 65 wrong
# hash, 69 not found, 71 neither pip nor uv in the image, 75 outage, 78 invalid setting.
set -euf
SEAWALL_LIB=$0
[ ! -L "$0" ] || SEAWALL_LIB=$(readlink -f -- "$0")
SEAWALL_LIB=$(CDPATH='' cd -P -- "${SEAWALL_LIB%"${SEAWALL_LIB##*/}"}../lib" && pwd -P)
LOG_NAME=python-packages
. "$SEAWALL_LIB/load.sh"
load base attempt verdict ladder fetch

# tell_extra_index: the tool's own configuration may have a second index. It is part of `default` and of nothing else.
tell_extra_index() {
	case $REQUIREMENTS_EXTRA:$SEAWALL_PYPI_INDEXES in
		:default) ;;
		:*)
			! pip_config_has_extra_index ||
				log_warn "wanted one index at a time, saw an extra index in the configuration, which is used only" \
					"with default: list the indexes in order in SEAWALL_PYPI_INDEXES"
			;;
		*:default)
			log_warn "$REQUIREMENTS_EXTRA: wanted one index at a time, saw two: $TOOL uses both;" \
				"to use one at a time, list them in order in SEAWALL_PYPI_INDEXES"
			;;
		*)
			die 64 "$REQUIREMENTS_EXTRA: wanted one index at a time, saw two:" \
				"list them in order in SEAWALL_PYPI_INDEXES"
			;;
	esac
}

options_show_info "${1:-}"
[ "${1:-}" != -- ] || shift
[ $# -gt 0 ] || die 64 "wanted the arguments of pip install, saw none: see --help"
step_begin
PYTHON=$(command -v python3 || command -v python || :)
pip_run_find "$PYTHON" || die 71 "wanted pip or uv in this image, found neither: install one in an earlier step"
TOOL=$PIP_RUN_TOOL
requirements_begin "$TOOL"
WORDS_LEFT=$#
while [ "$WORDS_LEFT" -gt 0 ]; do
	if requirements_take "$1"; then set -- "$@" "$REQUIREMENTS_WORD"; fi
	shift
	WORDS_LEFT=$((WORDS_LEFT - 1))
done
requirements_end
tell_extra_index
pip_index_begin "$PYTHON"
INDEXES=$(pip_index_usable)
# pip ignores the variable with the index of the arguments.
! values_has isolated "$REQUIREMENTS_FLAGS" || [ -z "$REQUIREMENTS_OPTION_INDEX" ] ||
	set -- "--index-url=$REQUIREMENTS_OPTION_INDEX" "$@"
step_make_folder
pip_attempt_be_quiet
pip_attempt_begin "$INDEXES" "$(pip_index_own)"
[ "$REQUIREMENTS_ONCE" = no ] || step_use attempts 1
[ -z "$REQUIREMENTS_NAME" ] || {
	step_use probe pip_index_probe
	step_use wait-probe pip_index_probe
}
# Without hashes the last known good copy cannot be verified.
[ "$REQUIREMENTS_PINNED_BY" != hashes ] || step_use pinned yes
case $TOOL:$REQUIREMENTS_PINNED_BY:$REQUIREMENTS_ONCE in
	pip:hashes:no) step_use keep pip_store_wheels ;;
	uv:hashes:no) step_use keep pip_store_uv_wheels ;;
esac
step_climb pip pypi "$INDEXES" pip_attempt_from "$@"

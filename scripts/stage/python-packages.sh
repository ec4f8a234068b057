#!/bin/sh
# python-packages.sh [--] ARGUMENTS OF pip install
#
# Installs Python packages with pip, or uv where the image has no pip, from the first source of SEAWALL_PYPI_INDEXES that
# can: one index at a time, bounded attempts, retries inside the tool off, hashes in force, build isolation included.
# What is given is handed on as it is, but for --index-url, which takes the place of `default`.
# For a RUN step; reads settings from the secret /run/seawall.conf and certificates from /run/seawall.ca.
#
# Another index is only asked for what is held to a version (==) or to hashes: for a bare name it may have something
# else under it. So with a bare name, a path, a URL or anything that is not understood among the arguments, only the first
# source is used, and said; with == alone too, where SEAWALL_PYPI_INDEXES comes from the build's own folder. A
# requirements file that names its own index is served by that alone (pip asks it whatever else it is told), and said.
#
#   -h, --help  this text
#   --version   the version
#
# Exit codes: 0 done, 64 wrong call, 65 wrong bytes, 69 does not exist, 71 neither pip nor uv here, 75 outage, 78 wrong
# setting.
set -euf
SEAWALL_LIB=$0
[ ! -L "$0" ] || SEAWALL_LIB=$(readlink -f -- "$0")
SEAWALL_LIB=$(CDPATH='' cd -P -- "${SEAWALL_LIB%"${SEAWALL_LIB##*/}"}../lib" && pwd -P)
LOG_NAME=python-packages
. "$SEAWALL_LIB/load.sh"
load base attempt verdict ladder fetch

# Old pips ignore the variables that they do not know, unlike options. Byte code holds times, layers should not.
# The extra index is the chosen one again: pip then asks it once, whatever its files say.
pip_from() {
	local status
	rm -f "$SCRATCH/pip.log"
	[ -z "$1" ] || { PIP_INDEX_URL=$1 PIP_EXTRA_INDEX_URL=$1 && export PIP_INDEX_URL PIP_EXTRA_INDEX_URL; }
	shift
	status=0
	step_run pip install --no-compile --log "$SCRATCH/pip.log" "$@" || status=$?
	[ "$status" -eq 0 ] || tell_why
	return "$status"
}

# pip prints the same words for "index down" and "no such package"; only its log knows which.
tell_why() {
	[ -f "$SCRATCH/pip.log" ] || return 0
	sed -n 's/^[^ ]* *\(Could not fetch URL .*\)/\1/p' "$SCRATCH/pip.log" | redact_stream | tee -a "$LADDER_TEXT" >&2
}

uv_from() {
	[ -z "$1" ] || { UV_DEFAULT_INDEX=$1 && export UV_DEFAULT_INDEX; }
	shift
	step_run uv pip install "$@"
}

install_from() {
	local source
	source=$1
	shift
	unset PIP_INDEX_URL PIP_EXTRA_INDEX_URL UV_DEFAULT_INDEX UV_INDEX_URL UV_EXTRA_INDEX_URL UV_INDEX
	case $source in
		default) "${TOOL}_from" "$OWN_INDEX" "$@" ;;
		file://*)
			[ "$REQUIREMENTS_HELD" = hashes ] || { log_warn "wheels are kept without a signature: only what has hashes comes from there" && return 1; }
			"${TOOL}_from" '' --no-index --find-links "${source#file://}" --require-hashes --no-build-isolation "$@"
			;;
		*) "${TOOL}_from" "$source" "$@" ;;
	esac
}

# One page of the index, as pip would ask for it. The URL travels in the environment, for it may hold a password.
probe_index() {
	CLIENT_URL=$1
	[ "$1" != default ] || CLIENT_URL=$OWN_INDEX
	[ -n "$CLIENT_URL" ] && [ -n "$PYTHON" ] || return 0
	CLIENT_SCHEMES=http,https CLIENT_CA=${PIP_CERT:-} CLIENT_TIMEOUT=10
	CLIENT_TRUSTED="${PIP_TRUSTED_HOST:-} $(pip_config_values trusted-host) $REQUIREMENTS_TRUSTED"
	export CLIENT_URL CLIENT_SCHEMES CLIENT_CA CLIENT_TIMEOUT CLIENT_TRUSTED
	step_ask "$PYTHON" "$SEAWALL_LIB/fetch/http-client.py" index "$(printf '%s' "$REQUIREMENTS_NAME" | tr 'A-Z_.' 'a-z--')"
}

# keep_wheels FOLDER SOURCE ARGUMENT...: what only an installation has is left out.
keep_wheels() {
	local folder word number before
	folder=$1 number=$(($# - 2)) before=''
	shift 2
	while [ "$number" -gt 0 ]; do
		word=$1 number=$((number - 1))
		shift
		PIP_OPTION=$before PIP_WANTS=no
		if [ -z "$before" ]; then
			pip_options_read pip "$word"
			case $PIP_OPTION:$PIP_WANTS:$PIP_FLAGS in
				argument:* | end:* | unknown:* | *:) ;;
				*:yes:*) word=--$PIP_OPTION ;;
				*) word=--$PIP_OPTION=$PIP_VALUE ;;
			esac
		fi
		before=''
		[ "$PIP_WANTS" = no ] || before=$PIP_OPTION
		case $PIP_OPTIONS_INSTALL in *[!a-z-]"$PIP_OPTION"[!a-z-]*) ;; *) set -- "$@" "$word" ;; esac
	done
	step_local pip download --quiet --dest "$folder" "$@"
}

# Retries inside the tool are off; the patience with a silent index is the kit's own. What one attempt fetched, or left half,
# is there for the next, and gone with the step.
quiet_tool() {
	export PIP_NO_INPUT=1 PIP_RETRIES=0 PIP_RESUME_RETRIES=1 PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_ROOT_USER_ACTION=ignore
	export PIP_DEFAULT_TIMEOUT="$SEAWALL_SILENCE" PIP_CACHE_DIR="$STEP_FOLDER/pip"
	export UV_HTTP_RETRIES=0 UV_HTTP_TIMEOUT="$SEAWALL_SILENCE" UV_CACHE_DIR="$STEP_FOLDER/uv" UV_NO_PROGRESS=1
	export TMPDIR="$STEP_FOLDER"
	[ -n "${VIRTUAL_ENV:-}" ] || export UV_SYSTEM_PYTHON=1
}

# pip's files are out of our hands: what they call extra is overruled by naming the chosen index twice, so it must be known.
leave_out_extra_index() {
	[ -n "${PIP_EXTRA_INDEX_URL:-}${UV_EXTRA_INDEX_URL:-}$(pip_config_values extra-index-url)" ] || return 0
	log_warn "an extra index is configured and not asked: one index at a time, name them in order in SEAWALL_PYPI_INDEXES"
	[ -n "$OWN_INDEX" ] || OWN_INDEX=$("$PYTHON" -c 'from pip._internal.models.index import PyPI; print(PyPI.simple_url)' 2>/dev/null) || :
}

# usable_indexes: all, or the first where another one might have something else under a name. A version holds only what is
# named, and anybody can publish it, so a list that nobody here has chosen gets it from the first one too.
usable_indexes() {
	local trust
	trust=trusted
	! handed_from_folder SEAWALL_PYPI_INDEXES || trust=folder
	case $REQUIREMENTS_INDEX:$trust:$REQUIREMENTS_HELD:$SEAWALL_PYPI_INDEXES in
		:*:no:*\ *)
			log_warn "wanted each package held to a version (==) or to hashes, saw one that is not: only the first of SEAWALL_PYPI_INDEXES is used"
			printf '%s\n' "${SEAWALL_PYPI_INDEXES%% *}"
			;;
		:folder:versions:*\ *)
			log_warn "wanted hashes, since SEAWALL_PYPI_INDEXES is from the build's own folder, saw versions (==): only the first of it is used"
			printf '%s\n' "${SEAWALL_PYPI_INDEXES%% *}"
			;;
		:trusted:versions:*\ *)
			log_info "versions (==) without hashes may come from each of SEAWALL_PYPI_INDEXES: hashes hold the bytes too"
			printf '%s\n' "$SEAWALL_PYPI_INDEXES"
			;;
		:*) printf '%s\n' "$SEAWALL_PYPI_INDEXES" ;;
		*)
			[ "$SEAWALL_PYPI_INDEXES" = default ] ||
				log_warn "a requirements file names its own index: only that is asked; leave the line out to have SEAWALL_PYPI_INDEXES"
			printf 'default\n'
			;;
	esac
}

options_show_info "${1:-}"
[ "${1:-}" != -- ] || shift
[ $# -gt 0 ] || die 64 "wanted the arguments of pip install, saw none: see --help"
step_begin
TOOL=pip PYTHON=$(command -v python3 || command -v python || :)
command -v pip >/dev/null 2>&1 || TOOL=uv
command -v "$TOOL" >/dev/null 2>&1 || die 71 "wanted pip or uv in this image, found neither: install one in an earlier step"
requirements_begin "$TOOL"
NUMBER=$#
while [ "$NUMBER" -gt 0 ]; do
	if requirements_take "$1"; then set -- "$@" "$REQUIREMENTS_WORD"; fi
	shift
	NUMBER=$((NUMBER - 1))
done
requirements_end
[ -z "$REQUIREMENTS_EXTRA" ] || die 64 "$REQUIREMENTS_EXTRA: wanted one index at a time, saw two: name them in order in SEAWALL_PYPI_INDEXES"
OWN_INDEX=${REQUIREMENTS_CALL:-$(pip_config_index)}
# What pip puts in for a variable is not known here.
case $REQUIREMENTS_INDEX in *'${'*) OWN_INDEX='' ;; ?*) OWN_INDEX=$REQUIREMENTS_INDEX ;; esac
leave_out_extra_index
step_make_folder
quiet_tool
[ -z "$REQUIREMENTS_NAME" ] || STEP_PROBE=probe_index STEP_WAIT_PROBE=probe_index
# Without hashes nothing says that what is kept is still what was kept.
[ "$TOOL:$REQUIREMENTS_HELD" != pip:hashes ] || STEP_KEEP=keep_wheels
step_climb pip pypi "$(usable_indexes)" install_from "$@"

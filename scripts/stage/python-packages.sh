#!/bin/sh
# python-packages.sh [--] ARGUMENTS OF pip install
#
# Installs Python packages with pip, or with uv if the image has no pip. If an index of SEAWALL_PYPI_INDEXES is
# unavailable, the next one is used, one index at a time. Every attempt has a time limit, the retries of pip and uv are
# off, hashes are verified, and isolated builds of packages use the same index. All arguments are passed on, except
# --index-url, which replaces `default`.
# For RUN steps; reads settings from the secret /run/seawall.conf and certificates from the secret /run/seawall.ca.
#
# Another index may have a different package under the same name. It is therefore used only if every requirement is
# pinned by a version (==) or a hash. Otherwise (a bare name, a path, a URL, an unknown option) only the first index is
# used, with a warning. If SEAWALL_PYPI_INDEXES comes from ./seawall.conf of the build folder, hashes are required. If a
# requirements file names an index, only that one is used, because pip gives it precedence.
#
#   -h, --help  this text
#   --version   the version
#
# Exit codes: 0 done, 64 wrong arguments, 65 wrong hash, 69 not found, 71 neither pip nor uv in the image, 75 outage,
# 78 invalid setting.
set -euf
SEAWALL_LIB=$0
[ ! -L "$0" ] || SEAWALL_LIB=$(readlink -f -- "$0")
SEAWALL_LIB=$(CDPATH='' cd -P -- "${SEAWALL_LIB%"${SEAWALL_LIB##*/}"}../lib" && pwd -P)
LOG_NAME=python-packages
. "$SEAWALL_LIB/load.sh"
load base attempt verdict ladder fetch

# pip_from INDEX ARGUMENT...: one attempt with pip; an empty INDEX is the configured one. Variables, not options: an old
# pip ignores unknown variables. --no-compile: byte code holds timestamps. PIP_EXTRA_INDEX_URL overrides the extra index
# of pip's files; pip requests an index that is named twice only once.
pip_from() {
	local status
	rm -f "$SCRATCH/pip.log"
	[ -z "$1" ] || { PIP_INDEX_URL=$1 PIP_EXTRA_INDEX_URL=$1 && export PIP_INDEX_URL PIP_EXTRA_INDEX_URL; }
	shift
	status=0
	step_run pip install --no-compile --log "$SCRATCH/pip.log" "$@" || status=$?
	[ "$status" -eq 0 ] || print_cause
	return "$status"
}

# print_cause: prints the failed requests from pip's log. pip's own message is the same for an unavailable index and a
# missing package.
print_cause() {
	[ -f "$SCRATCH/pip.log" ] || return 0
	sed -n 's/^[^ ]* *\(Could not fetch URL .*\)/\1/p' "$SCRATCH/pip.log" | redact_stream | tee -a "$LADDER_TEXT" >&2
}

# uv_from INDEX ARGUMENT...: one attempt with uv.
uv_from() {
	[ -z "$1" ] || { UV_DEFAULT_INDEX=$1 && export UV_DEFAULT_INDEX; }
	shift
	step_run uv pip install "$@"
}

# install_from SOURCE ARGUMENT...: one attempt with the tool of the image.
install_from() {
	local source
	source=$1
	shift
	unset PIP_INDEX_URL PIP_EXTRA_INDEX_URL UV_DEFAULT_INDEX UV_INDEX_URL UV_EXTRA_INDEX_URL UV_INDEX
	case $source in
		default) "${TOOL}_from" "$OWN_INDEX" "$@" ;;
		file://*)
			[ "$REQUIREMENTS_PINNED_BY" = hashes ] || {
				log_warn "wanted hashes to verify the last known good copy, saw none: add --require-hashes"
				return 1
			}
			"${TOOL}_from" '' --no-index --find-links "${source#file://}" --require-hashes --no-build-isolation "$@"
			;;
		*) "${TOOL}_from" "$source" "$@" ;;
	esac
}

# probe_index SOURCE: requests the page of the first package. The URL may hold a password, so it is passed in the
# environment.
probe_index() {
	CLIENT_URL=$1
	[ "$1" != default ] || CLIENT_URL=$OWN_INDEX
	[ -n "$CLIENT_URL" ] && [ -n "$PYTHON" ] || return 0
	CLIENT_SCHEMES=http,https CLIENT_CA=${PIP_CERT:-} CLIENT_TIMEOUT=10
	CLIENT_TRUSTED="${PIP_TRUSTED_HOST:-} $(pip_config_values trusted-host) $REQUIREMENTS_TRUSTED"
	export CLIENT_URL CLIENT_SCHEMES CLIENT_CA CLIENT_TIMEOUT CLIENT_TRUSTED
	step_ask "$PYTHON" "$SEAWALL_LIB/fetch/http-client.py" index \
		"$(printf '%s' "$REQUIREMENTS_NAME" | tr 'A-Z_.' 'a-z--')"
}

# keep_wheels FOLDER SOURCE ARGUMENT...: downloads the wheels as the last known good copy, without the options that only
# `pip install` has.
keep_wheels() {
	local folder word number before
	folder=$1 number=$(($# - 2)) before=''
	shift 2
	while [ "$number" -gt 0 ]; do
		word=$1 number=$((number - 1))
		shift
		pip_options_set "$before" ''
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

# quiet_tool: switches off retries and prompts of pip and uv. Their timeout is SEAWALL_SILENCE. Caches and temporary
# files are in STEP_FOLDER: the next attempt continues from them, and they are deleted at the end.
quiet_tool() {
	export PIP_NO_INPUT=1 PIP_RETRIES=0 PIP_RESUME_RETRIES=1 PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_ROOT_USER_ACTION=ignore
	export PIP_DEFAULT_TIMEOUT="$SEAWALL_SILENCE" PIP_CACHE_DIR="$STEP_FOLDER/pip"
	export UV_HTTP_RETRIES=0 UV_HTTP_TIMEOUT="$SEAWALL_SILENCE" UV_CACHE_DIR="$STEP_FOLDER/uv" UV_NO_PROGRESS=1
	export TMPDIR="$STEP_FOLDER"
	[ -n "${VIRTUAL_ENV:-}" ] || export UV_SYSTEM_PYTHON=1
}

# leave_out_extra_index: warns if an extra index is configured, and finds the URL of pip's default index. pip_from needs
# that URL to override the extra index.
leave_out_extra_index() {
	[ -n "${PIP_EXTRA_INDEX_URL:-}${UV_EXTRA_INDEX_URL:-}$(pip_config_values extra-index-url)" ] || return 0
	log_warn "wanted one index at a time, saw an extra index in the configuration, which is not used:" \
		"list the indexes in order in SEAWALL_PYPI_INDEXES"
	# Without pip's Python modules OWN_INDEX stays empty.
	[ -n "$OWN_INDEX" ] ||
		OWN_INDEX=$("$PYTHON" -c 'from pip._internal.models.index import PyPI; print(PyPI.simple_url)' 2>/dev/null) || :
}

# usable_indexes: prints all indexes, or only the first if the requirements are not pinned. A version pins only the
# named packages, not their dependencies, and anybody can publish one, so a list of indexes from the build folder
# requires hashes.
usable_indexes() {
	local trust
	trust=trusted
	! handed_from_folder SEAWALL_PYPI_INDEXES || trust=folder
	case $REQUIREMENTS_FILE_INDEX:$trust:$REQUIREMENTS_PINNED_BY:$SEAWALL_PYPI_INDEXES in
		:*:no:*\ *)
			log_warn "wanted every requirement pinned by a version (==) or a hash, saw one that is not:" \
				"only the first index of SEAWALL_PYPI_INDEXES is used"
			printf '%s\n' "${SEAWALL_PYPI_INDEXES%% *}"
			;;
		:folder:versions:*\ *)
			log_warn "wanted hashes, because SEAWALL_PYPI_INDEXES comes from the build folder, saw versions (==):" \
				"only the first index is used"
			printf '%s\n' "${SEAWALL_PYPI_INDEXES%% *}"
			;;
		:trusted:versions:*\ *)
			log_info "versions (==) without hashes are accepted from every index of SEAWALL_PYPI_INDEXES:" \
				"add hashes to verify the bytes"
			printf '%s\n' "$SEAWALL_PYPI_INDEXES"
			;;
		:*) printf '%s\n' "$SEAWALL_PYPI_INDEXES" ;;
		*)
			[ "$SEAWALL_PYPI_INDEXES" = default ] ||
				log_warn "wanted no index in requirements files, saw one: only that index is used;" \
					"remove the line to use SEAWALL_PYPI_INDEXES"
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
command -v "$TOOL" >/dev/null 2>&1 ||
	die 71 "wanted pip or uv in this image, found neither: install one in an earlier step"
requirements_begin "$TOOL"
WORDS_LEFT=$#
while [ "$WORDS_LEFT" -gt 0 ]; do
	if requirements_take "$1"; then set -- "$@" "$REQUIREMENTS_WORD"; fi
	shift
	WORDS_LEFT=$((WORDS_LEFT - 1))
done
requirements_end
[ -z "$REQUIREMENTS_EXTRA" ] ||
	die 64 "$REQUIREMENTS_EXTRA: wanted one index at a time, saw two: list them in order in SEAWALL_PYPI_INDEXES"
OWN_INDEX=${REQUIREMENTS_OPTION_INDEX:-$(pip_config_index)}
# pip replaces ${NAME} in a requirements file; the result is unknown here.
case $REQUIREMENTS_FILE_INDEX in *'${'*) OWN_INDEX='' ;; ?*) OWN_INDEX=$REQUIREMENTS_FILE_INDEX ;; esac
leave_out_extra_index
step_make_folder
quiet_tool
[ -z "$REQUIREMENTS_NAME" ] || {
	step_use probe probe_index
	step_use wait-probe probe_index
}
# Without hashes the last known good copy cannot be verified.
[ "$TOOL:$REQUIREMENTS_PINNED_BY" != pip:hashes ] || step_use keep keep_wheels
step_climb pip pypi "$(usable_indexes)" install_from "$@"

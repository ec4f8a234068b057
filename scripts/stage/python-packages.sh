#!/bin/sh
# python-packages.sh [--] ARGUMENTS OF pip install
#
# Installs Python packages with pip, or uv where the image has no pip, from the first source of SEAWALL_PYPI_INDEXES that
# can: one index at a time, bounded attempts, retries inside the tool off, hashes in force, build isolation included.
# What is given is handed on as it is, but for --index-url, which takes the place of `default`.
# For a RUN step; reads settings from the secret /run/seawall.conf and certificates from /run/seawall.ca.
#
# Another index is only asked for what is held to a version (==) or to hashes: for a bare name it may have something
# else under it. So with a bare name, a path or a URL among the arguments, only the first source is used, and said. A
# requirements file that names its own index is served by that alone (pip asks it whatever else it is told), and said.
#
#   -h, --help  this text
#
# Exit codes: 0 done, 64 wrong call, 65 wrong bytes, 69 does not exist, 71 neither pip nor uv here, 75 outage, 78 wrong
# setting.
set -euf
SEAWALL_LIB=${0%/*}/../lib
LOG_NAME=python-packages
. "$SEAWALL_LIB/log.sh"
. "$SEAWALL_LIB/exit.sh"
. "$SEAWALL_LIB/options.sh"
. "$SEAWALL_LIB/settings.sh"
. "$SEAWALL_LIB/handed.sh"
. "$SEAWALL_LIB/clock.sh"
. "$SEAWALL_LIB/process.sh"
. "$SEAWALL_LIB/json.sh"
. "$SEAWALL_LIB/events.sh"
. "$SEAWALL_LIB/scratch.sh"
. "$SEAWALL_LIB/trust.sh"
. "$SEAWALL_LIB/attempt.sh"
. "$SEAWALL_LIB/transcript.sh"
. "$SEAWALL_LIB/classify.sh"
. "$SEAWALL_LIB/backoff.sh"
. "$SEAWALL_LIB/retry-after.sh"
. "$SEAWALL_LIB/state.sh"
. "$SEAWALL_LIB/state-files.sh"
. "$SEAWALL_LIB/budget.sh"
. "$SEAWALL_LIB/breaker.sh"
. "$SEAWALL_LIB/judge.sh"
. "$SEAWALL_LIB/ladder.sh"
. "$SEAWALL_LIB/step.sh"
. "$SEAWALL_LIB/requirements.sh"

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
		file://*) "${TOOL}_from" '' --no-index --find-links "${source#file://}" "$@" ;;
		*) "${TOOL}_from" "$source" "$@" ;;
	esac
}

# One page of the index, as pip would ask for it. The URL travels in the environment, for it may hold a password.
PROBE='
import base64, os, re, ssl, sys, urllib.parse, urllib.request
url = urllib.parse.urlsplit(os.environ["PROBE_URL"])
login = f"{urllib.parse.unquote(url.username)}:{urllib.parse.unquote(url.password or str())}" if url.username else ""
bare = url._replace(netloc=url.netloc.rpartition("@")[2], path=url.path.rstrip("/") + "/" + sys.argv[1] + "/").geturl()
headers = {"Accept": "application/vnd.pypi.simple.v1+json, text/html; q=0.1", "User-Agent": "seawall"}
if login:
    headers["Authorization"] = "Basic " + base64.b64encode(login.encode()).decode()
context = ssl.create_default_context(cafile=os.environ.get("PIP_CERT") or None)
if os.environ.get("PIP_TRUSTED_HOST"):
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
opener = urllib.request.build_opener(urllib.request.HTTPSHandler(context=context))
try:
    answer = opener.open(urllib.request.Request(bare, headers=headers), timeout=10)
    page = answer.read(65536)
except urllib.error.HTTPError as error:
    if error.code == 401:
        sys.exit(0)  # pip may have a login from elsewhere, and says it better
    for value in error.headers.get_all("Retry-After") or ():
        print("Retry-After:", value)
    kind = "Client" if error.code < 500 else "Server"
    sys.exit(f"{error.code} {kind} Error: {error.reason} for url: {bare}")
except Exception as error:
    sys.exit(f"{bare}: {type(error).__name__}: {getattr(error, str(), None) or error}")
kind = answer.headers.get("Content-Type", "")
if "json" not in kind and not re.search(rb"\.(whl|zip|egg|tar\.[a-z0-9]+)|repository-version|Links for", page):
    sys.exit(f"Content-Type {kind}: unexpected content from {bare}")
'

probe_index() {
	local url
	url=$1
	[ "$url" != default ] || url=$OWN_INDEX
	[ -n "$url" ] && [ -n "$PYTHON" ] || return 0
	PROBE_URL=$url && export PROBE_URL
	step_ask "$PYTHON" -c "$PROBE" "$(printf '%s' "$REQUIREMENTS_NAME" | tr 'A-Z_.' 'a-z--')"
}

# keep_wheels FOLDER SOURCE ARGUMENT...: what only an installation has is left out.
keep_wheels() {
	local folder word value number
	folder=$1 number=$(($# - 2)) value=no
	shift 2
	while [ "$number" -gt 0 ]; do
		word=$1 number=$((number - 1))
		shift
		[ "$value" = no ] || { value=no && continue; }
		case $REQUIREMENTS_INSTALL_ONLY in
			*" ${word%%=*} "*) case $REQUIREMENTS_VALUED:$word in *=*) ;; *" $word "*) value=yes ;; esac ;;
			*) set -- "$@" "$word" ;;
		esac
	done
	step_local pip download --quiet --dest "$folder" "$@"
}

# Retries inside the tool are off; the patience with a silent index is the kit's own. What one attempt fetched is there
# for the next, and gone with the step.
quiet_tool() {
	PIP_NO_INPUT=1 PIP_RETRIES=0 PIP_RESUME_RETRIES=1 PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_ROOT_USER_ACTION=ignore
	PIP_DEFAULT_TIMEOUT=$SEAWALL_SILENCE PIP_CACHE_DIR=$STEP_FOLDER/pip
	UV_HTTP_RETRIES=0 UV_HTTP_TIMEOUT=$SEAWALL_SILENCE UV_CACHE_DIR=$STEP_FOLDER/uv UV_NO_PROGRESS=1
	export PIP_NO_INPUT PIP_RETRIES PIP_RESUME_RETRIES PIP_DISABLE_PIP_VERSION_CHECK PIP_ROOT_USER_ACTION PIP_DEFAULT_TIMEOUT
	export PIP_CACHE_DIR UV_HTTP_RETRIES UV_HTTP_TIMEOUT UV_CACHE_DIR UV_NO_PROGRESS
	[ -n "${VIRTUAL_ENV:-}" ] || { UV_SYSTEM_PYTHON=1 && export UV_SYSTEM_PYTHON; }
}

# pip's files are out of our hands: what they call extra is overruled by naming the chosen index twice, so it must be known.
leave_out_extra_index() {
	[ -n "${PIP_EXTRA_INDEX_URL:-}${UV_EXTRA_INDEX_URL:-}$(requirements_configured extra-index-url)" ] || return 0
	log_warn "an extra index is configured and not asked: one index at a time, name them in order in SEAWALL_PYPI_INDEXES"
	[ -n "$OWN_INDEX" ] || OWN_INDEX=$("$PYTHON" -c 'from pip._internal.models.index import PyPI; print(PyPI.simple_url)' 2>/dev/null) || :
}

# usable_indexes: all, or the first where another one might have something else under a name.
usable_indexes() {
	case $REQUIREMENTS_INDEX:$REQUIREMENTS_PINNED:$SEAWALL_PYPI_INDEXES in
		:no:*\ *)
			log_warn "wanted each package held to a version (==) or to hashes, saw one that is not: only the first of SEAWALL_PYPI_INDEXES is used"
			printf '%s\n' "${SEAWALL_PYPI_INDEXES%% *}"
			;;
		:*) printf '%s\n' "$SEAWALL_PYPI_INDEXES" ;;
		*)
			[ "$SEAWALL_PYPI_INDEXES" = default ] ||
				log_warn "a requirements file names its own index: only that is asked; leave the line out to have SEAWALL_PYPI_INDEXES"
			printf 'default\n'
			;;
	esac
}

case ${1:-} in
	-h | --help) options_show_help "$0" && exit 0 ;;
	--) shift ;;
esac
[ $# -gt 0 ] || die 64 "wanted the arguments of pip install, saw none: see --help"
step_begin
TOOL=pip PYTHON=$(command -v python3 || command -v python || :)
command -v pip >/dev/null 2>&1 || TOOL=uv
command -v "$TOOL" >/dev/null 2>&1 || die 71 "wanted pip or uv in this image, found neither: install one in an earlier step"
OWN_INDEX=$(requirements_own_index)
requirements_take_index "$@"
eval "set -- $REQUIREMENTS_TAKEN"
requirements_read "$@"
[ -z "$REQUIREMENTS_EXTRA" ] || die 64 "$REQUIREMENTS_EXTRA: wanted one index at a time, saw two: name them in order in SEAWALL_PYPI_INDEXES"
# What pip puts in for a variable is not known here.
case $REQUIREMENTS_INDEX in *'${'*) OWN_INDEX='' ;; ?*) OWN_INDEX=$REQUIREMENTS_INDEX ;; esac
leave_out_extra_index
step_make_folder
quiet_tool
[ -z "$REQUIREMENTS_NAME" ] || STEP_PROBE=probe_index LADDER_PROBE_TELLS=yes
[ "$TOOL" = uv ] || STEP_KEEP=keep_wheels
step_climb pip pypi "$(usable_indexes)" install_from "$@"

# Pip store: saves the wheels of an installation as the last known good copy (last-good.sh).
# shellcheck shell=sh

# pip_store_wheels FOLDER SOURCE ARGUMENT...: pip downloads them again from its cache, without the options that only
# `pip install` has.
pip_store_wheels() {
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
	# shellcheck disable=SC2086 # words of pip-run.sh
	step_local $PIP_RUN_PROGRAM download --quiet --dest "$folder" "$@"
}

# pip_store_uv_wheels FOLDER SOURCE ARGUMENT...: uv unpacks a wheel and keeps no file. Its cache, which is new in each
# step, holds the URL of each wheel that it has downloaded.
pip_store_uv_wheels() {
	local python
	python=$(command -v python3 || command -v python) || return
	CLIENT_URL=$2 CLIENT_SCHEMES=http,https CLIENT_CACHE=$UV_CACHE_DIR CLIENT_TIMEOUT=$SEAWALL_SILENCE
	[ "$2" != default ] || CLIENT_URL=$PIP_ATTEMPT_INDEX
	export CLIENT_URL CLIENT_SCHEMES CLIENT_CACHE CLIENT_TIMEOUT
	step_local "$python" "$SEAWALL_LIB/fetch/http-client.py" wheels "$1"
}

# Git: calls of git that download: clone, fetch, pull, ls-remote, submodule, lfs. Any other call is git's own.
# shellcheck shell=sh

# git_shim ARGUMENT...: ends as git does.
git_shim() {
	local status once
	git_call_read "$@" && values_is_number "${GIT_CONFIG_COUNT:-0}" 9999 || shims_exec "$@"
	shims_begin "$@"
	net_begin 128
	status=0 once=''
	GIT_LIMITS=no GIT_IS_NEW=yes
	git_mirror_begin git__run
	git__find_limits
	[ -z "$GIT_FOLDER" ] || [ ! -e "$GIT_FOLDER" ] || GIT_IS_NEW=no
	# A second attempt needs a clean folder.
	[ "$GIT_VERB" != clone ] || [ -n "$GIT_FOLDER" ] || once=1
	GIT_SOURCE=default
	case $GIT_URL in http://* | https://*) mirror_host "$GIT_URL" && GIT_SOURCE=$MIRROR_HOST ;; esac
	net_climb --tool git --attempts "$once" 3 git "$GIT_SOURCE$(git__mirrors "$@")" git__try "$@" || status=$?
	exit "$status"
}

# git__run WORD...: git with the options before the command of this call.
git__run() { eval "\"\$SHIMS_REAL\" $GIT_BEGIN \"\$@\""; }

# git__find_limits: limits that the user has set hold instead. A server may compute for a while before it sends, so git
# is slower to change to a mirror than other tools.
git__find_limits() {
	if [ -n "${GIT_HTTP_LOW_SPEED_LIMIT:-}${GIT_HTTP_LOW_SPEED_TIME:-}" ] ||
		git__run config --get-regexp '^http\.(.*\.)?lowspeed' >/dev/null 2>&1; then
		net_leave_limits all
	else
		GIT_LIMITS=yes
		[ -z "$SEAWALL_STALL" ] || SEAWALL_STALL=$((SEAWALL_STALL * 3))
	fi
}

# git__mirrors WORD...: prints the mirrors that serve one of the URLs of this call. None if a header with a login may go
# to every host: options of the call are stronger than those that the kit adds.
git__mirrors() {
	local url
	case ${SEAWALL_GIT_MIRRORS:-none}:$*:${GIT_CONFIG_PARAMETERS:-} in
		none:*) return 0 ;;
		*[Ee][Xx][Tt][Rr][Aa][Hh][Ee][Aa][Dd][Ee][Rr]* | *[Cc]redential.*) return 0 ;;
	esac
	# shellcheck disable=SC2046 # URLs
	set -- $(git__urls "$@")
	# shellcheck disable=SC2046 # URLs
	git_mirror_find $(for url in "$@"; do git__run ls-remote --get-url -- "$url" 2>/dev/null || :; done)
}

# git__urls WORD...: prints the URLs of remotes and submodules, and those in the call.
git__urls() {
	local word
	[ -z "$GIT_URL" ] || { printf '%s\n' "$GIT_URL" && return; }
	for word in "$@"; do case $word in *://* | *@*:*) printf '%s\n' "$word" ;; esac done
	git__run config --get-regexp '\.url$' 2>/dev/null | sed 's/^[^ ]* //' || :
	! [ -f "${GIT_FROM}.gitmodules" ] ||
		git__run config -f .gitmodules --get-regexp '\.url$' 2>/dev/null | sed 's/^[^ ]* //' || :
}

# git__try SOURCE ARGUMENT...: one attempt.
git__try() {
	local source
	source=$1
	shift
	[ "$LADDER_ATTEMPT" -eq 1 ] || [ "$GIT_IS_NEW" = no ] || [ -z "$GIT_FOLDER" ] || rm -rf -- "$GIT_FOLDER"
	git_mirror_leave
	if [ "$GIT_LIMITS" = yes ] && [ -n "$SEAWALL_SILENCE" ]; then
		# A byte a second is silence: a server that computes sends that much.
		git_mirror_set http.lowSpeedLimit 1
		git_mirror_set http.lowSpeedTime "$SEAWALL_SILENCE"
	fi
	[ "$source" = "$GIT_SOURCE" ] || git_mirror_use "$(git_mirror_pairs "$source")"
	net_run "$@"
}

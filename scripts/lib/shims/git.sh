# Git: calls of git that download: clone, fetch, pull, ls-remote, submodule, lfs. Any other call is git's own.
# SEAWALL_GIT_MIRRORS: pairs PREFIX=OTHER. For one call url.OTHER.insteadOf tells git to use OTHER in place of PREFIX,
# so the repository keeps the user's URL.
# shellcheck shell=sh

# git_shim ARGUMENT...: ends as git does.
git_shim() {
	local status once
	git_call_read "$@" && values_is_number "${GIT_CONFIG_COUNT:-0}" 9999 || shims_exec "$@"
	shims_begin "$@"
	net_begin 128
	status=0 once=''
	GIT_COUNT=${GIT_CONFIG_COUNT:-0} GIT_OWN_ASKPASS=${GIT_ASKPASS-} GIT_LIMITS=no GIT_IS_NEW=yes
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
	local pair url urls
	case ${SEAWALL_GIT_MIRRORS:-none}:$*:${GIT_CONFIG_PARAMETERS:-} in
		none:*) return 0 ;;
		*[Ee][Xx][Tt][Rr][Aa][Hh][Ee][Aa][Dd][Ee][Rr]* | *[Cc]redential.*) return 0 ;;
	esac
	urls=$GIT_URL
	[ -n "$urls" ] || urls=$(git__urls "$@")
	for pair in $SEAWALL_GIT_MIRRORS; do
		for url in $urls; do
			case $url in "${pair%%=*}"*) printf ' %s' "${pair#*=}" && break ;; esac
		done
	done
}

# git__urls WORD...: prints the URLs of remotes and submodules, and those in the call.
git__urls() {
	local word
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
	GIT_CONFIG_COUNT=$GIT_COUNT GIT_ASKPASS=$GIT_OWN_ASKPASS
	[ -n "$GIT_ASKPASS" ] || unset GIT_ASKPASS
	shims_own GIT_CONFIG_COUNT GIT_ASKPASS
	if [ "$GIT_LIMITS" = yes ] && [ -n "$SEAWALL_SILENCE" ]; then
		# A byte a second is silence: a server that computes sends that much.
		git__set http.lowSpeedLimit 1
		git__set http.lowSpeedTime "$SEAWALL_SILENCE"
	fi
	[ "$source" = "$GIT_SOURCE" ] || git__set_mirror "$source"
	[ "$GIT_CONFIG_COUNT" -gt 0 ] || unset GIT_CONFIG_COUNT
	net_run "$@"
}

# git__set KEY VALUE: adds a setting to the environment of git (since 2.31; older versions ignore it).
git__set() {
	export "GIT_CONFIG_KEY_$GIT_CONFIG_COUNT=$1" "GIT_CONFIG_VALUE_$GIT_CONFIG_COUNT=$2"
	shims_own "GIT_CONFIG_KEY_$GIT_CONFIG_COUNT" "GIT_CONFIG_VALUE_$GIT_CONFIG_COUNT"
	GIT_CONFIG_COUNT=$((GIT_CONFIG_COUNT + 1))
}

# git__set_mirror MIRROR: uses it in place of the prefixes of its pairs. It gets no login: headers and helpers without a
# host in their name are for the user's hosts.
git__set_mirror() {
	local pair
	for pair in $SEAWALL_GIT_MIRRORS; do
		[ "${pair#*=}" != "$1" ] || git__set "url.$1.insteadOf" "${pair%%=*}"
	done
	git__set credential.helper ''
	git__set http.extraHeader ''
	GIT_ASKPASS=true
}

# Npm: calls of npm, npx, pnpm and yarn that download packages. Any other call is the tool's own.
# SEAWALL_NPM_REGISTRIES: registries with the same packages. The tool verifies each package by the integrity of the lock
# file. A URL in a lock file that names npm's own registry is read from the registry of the attempt
# (replace-registry-host).
# shellcheck shell=sh

# npm_shim ARGUMENT...: ends as the tool does.
npm_shim() {
	local status sources
	npm_call_read "$SHIMS_TOOL" "$@" || shims_exec "$@"
	shims_begin "$@"
	net_begin 1
	npm_config_read "$NPM_FOLDER"
	npm__find_kind
	npm__use_limits
	sources=$(npm__sources) status=0 NPM_SET=no
	net_climb --tool npm 3 npm "$sources" npm__try "$@" || status=$?
	exit "$status"
}

# npm__find_kind: sets NPM_KIND to npm (npx and pnpm, too), berry (yarn 2 and later) or yarn (yarn 1, whose lock file
# names the registry in each URL), and NPM_VARIABLE to the variable that names the registry.
npm__find_kind() {
	NPM_KIND=npm NPM_VARIABLE=npm_config_registry
	[ "$SHIMS_TOOL" = yarn ] || return 0
	NPM_KIND=yarn
	case $NPM_CONFIG_YARN in ?*) NPM_KIND=berry NPM_VARIABLE=YARN_NPM_REGISTRY_SERVER ;; esac
}

# npm__use_limits: one place retries. The user's own limits hold instead.
npm__use_limits() {
	shims_own npm_config_fetch_retries npm_config_fetch_timeout YARN_HTTP_RETRY "$NPM_VARIABLE"
	case $NPM_KIND in
		npm)
			npm_config_has fetch-retries npm_config_fetch_retries NPM_CONFIG_FETCH_RETRIES ||
				export npm_config_fetch_retries=0
			if npm_config_has fetch-timeout npm_config_fetch_timeout NPM_CONFIG_FETCH_TIMEOUT; then
				net_leave_limits all
			else
				export "npm_config_fetch_timeout=${SEAWALL_SILENCE}000"
			fi
			;;
		berry) [ -n "${YARN_HTTP_RETRY+set}" ] || YARN_HTTP_RETRY=0 ;;
	esac
}

# npm__sources: prints the registries that may be used: all if hashes pin the packages, only the first if nothing does.
# Anybody can publish a version, so a list from the build folder requires hashes.
npm__sources() {
	local pinned trust
	case $NPM_KIND:$NPM_REGISTRY:$SEAWALL_NPM_REGISTRIES in
		yarn:* | *:yes:* | *:default) printf 'default\n' && return ;;
	esac
	! npm_config_has_registry || { printf 'default\n' && return; }
	pinned=$(npm_call_pinned_by) trust=trusted
	! handed_from_folder SEAWALL_NPM_REGISTRIES || trust=folder
	case $pinned:$trust:$SEAWALL_NPM_REGISTRIES in
		no:*\ * | versions:folder:*\ *)
			log_warn "wanted a lock file or exact versions (name@1.2.3), saw neither:" \
				"only the first registry of SEAWALL_NPM_REGISTRIES is used"
			printf '%s\n' "${SEAWALL_NPM_REGISTRIES%% *}"
			;;
		*) printf '%s\n' "$SEAWALL_NPM_REGISTRIES" ;;
	esac
}

# npm__try SOURCE ARGUMENT...: one attempt.
npm__try() {
	local source status
	source=$1 status=0
	shift
	case $source in
		default | direct) [ "$NPM_SET" = no ] || unset "$NPM_VARIABLE" ;;
		# yarn adds a slash itself.
		*) export "$NPM_VARIABLE=${source%/}" && NPM_SET=yes ;;
	esac
	net_run "$@" || status=$?
	[ "$NPM_RUNS" = no ] || [ "$status" -eq 0 ] || npm__says_download || net_stop
	return "$status"
}

# npm__says_download: a package that runs may be repeated only if npm says that the download failed.
npm__says_download() {
	grep -q -E '^npm (ERR!|error) code (E[45][0-9][0-9]|E[A-Z]*TIME|ECONN|EAI_|ENOTFOUND|EINTEGRITY|ERR_SOCKET)' \
		"$LADDER_TEXT"
}

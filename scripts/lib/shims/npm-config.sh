# Npm config: what the user has configured for npm, pnpm and yarn, read from files and environment without a start of
# Node.
# shellcheck shell=sh

# npm_config_read FOLDER: sets NPM_CONFIG to the lines of the files that npm reads: that of the project, of the user and
# of the installation; and NPM_CONFIG_YARN to those of .yarnrc.yml in FOLDER and above, a dot without one.
npm_config_read() {
	local folder
	NPM_CONFIG='' NPM_CONFIG_YARN='' folder=$1
	while [ -n "$folder" ]; do
		npm_config__add NPM_CONFIG "$folder/.npmrc"
		npm_config__add NPM_CONFIG_YARN "$folder/.yarnrc.yml"
		folder=${folder%/*}
	done
	npm_config__add NPM_CONFIG_HOME "${HOME:-/root}/.yarnrc.yml"
	npm_config__add NPM_CONFIG "${npm_config_userconfig:-${NPM_CONFIG_USERCONFIG:-${HOME:-/root}/.npmrc}}"
	npm_config__add NPM_CONFIG "${npm_config_globalconfig:-${NPM_CONFIG_GLOBALCONFIG:-${SHIMS_REAL%/bin/*}/etc/npmrc}}"
	npm_config__add NPM_CONFIG /etc/npmrc
	npm_config__add NPM_CONFIG "${SHIMS_REAL%/bin/*}/lib/node_modules/npm/npmrc"
}

# npm_config__add VARIABLE FILE
npm_config__add() {
	local line text
	[ -f "$2" ] && [ -r "$2" ] || return 0
	text=.
	while IFS= read -r line || [ -n "$line" ]; do
		line=${line#"${line%%[![:space:]]*}"}
		case $line in '' | '#'* | ';'*) continue ;; esac
		text="$text
$line"
	done <"$2"
	eval "$1=\${$1-}\$text"
}

# npm_config_has NAME: true if a file or the environment sets it.
npm_config_has() {
	local name
	case $NPM_CONFIG in *"
$1="* | *"
$1 "*) return 0 ;; esac
	# In the environment, in small or capital letters: npm_config_fetch_retries.
	name=$(printf 'npm_config_%s' "$1" | tr - _)
	env | grep -q -i "^$name="
}

# npm_config_has_registry: true if the user has chosen a registry, one for a scope, or a login. Then no other registry
# is used: it may not have the same packages, and the names of private packages must not leave the company.
npm_config_has_registry() {
	! npm_config_has registry || return 0
	case $NPM_CONFIG in *:registry* | *_auth* | *_password*) return 0 ;; esac
	case $NPM_CONFIG_YARN${NPM_CONFIG_HOME:-} in *npmRegistryServer* | *npmScopes* | *npmAuth* | *npmRegistries*) return 0 ;; esac
	env | grep -q -i -E '^(npm_config_@.*:registry|npm_config_.*_auth|yarn_registry|yarn_npm_)'
}

# Npm config: what the user has configured for npm, pnpm and yarn, read from files and environment without a start of
# Node.
# shellcheck shell=sh

# npm_config_read FOLDER: sets NPM_CONFIG to the lines of the files that npm reads: those of the project, of the user
# and of the installation; and NPM_CONFIG_YARN to those of .yarnrc.yml in FOLDER and above, empty without such a file.
npm_config_read() {
	local folder place
	NPM_CONFIG='' NPM_CONFIG_YARN='' folder=$1 place=${SHIMS_REAL%/bin/*}
	while [ -n "$folder" ]; do
		npm_config__read "$folder/.npmrc"
		NPM_CONFIG=$NPM_CONFIG$NPM_CONFIG_TEXT
		npm_config__read "$folder/.yarnrc.yml"
		NPM_CONFIG_YARN=$NPM_CONFIG_YARN$NPM_CONFIG_TEXT
		folder=${folder%/*}
	done
	for folder in "${npm_config_userconfig:-${NPM_CONFIG_USERCONFIG:-${HOME:-/root}/.npmrc}}" \
		"${npm_config_globalconfig:-${NPM_CONFIG_GLOBALCONFIG:-$place/etc/npmrc}}" \
		/etc/npmrc "$place/lib/node_modules/npm/npmrc"; do
		npm_config__read "$folder"
		NPM_CONFIG=$NPM_CONFIG$NPM_CONFIG_TEXT
	done
}

# npm_config__read FILE: sets NPM_CONFIG_TEXT to its lines without blanks and comments, a dot before them; empty without
# the file.
npm_config__read() {
	local line
	NPM_CONFIG_TEXT=''
	[ -f "$1" ] && [ -r "$1" ] || return 0
	NPM_CONFIG_TEXT=.$SHIMS_LINE_END
	while IFS= read -r line || [ -n "$line" ]; do
		line=${line#"${line%%[![:space:]]*}"}
		case $line in '' | '#'* | ';'*) ;; *) NPM_CONFIG_TEXT=$NPM_CONFIG_TEXT$line$SHIMS_LINE_END ;; esac
	done <"$1"
}

# npm_config_has NAME VARIABLE...: true if a file sets NAME, or the environment one of the variables. npm ignores an
# empty one, as BuildKit makes of a secret that it was not given.
npm_config_has() {
	local variable value
	case $NPM_CONFIG in *"$SHIMS_LINE_END$1="* | *"$SHIMS_LINE_END$1 "*) return 0 ;; esac
	shift
	for variable in "$@"; do
		value=${SHIMS_ENVIRONMENT#*[[:space:]]"$variable="}
		[ "$value" != "$SHIMS_ENVIRONMENT" ] || continue
		case $value in '' | "''"* | '""'* | "$SHIMS_LINE_END"*) ;; *) return 0 ;; esac
	done
	return 1
}

# npm_config_has_registry: true if the user has chosen a registry, one for a scope, or a login. Then no other registry
# is used: it may not have the same packages, and the names of private packages must not leave the company.
npm_config_has_registry() {
	! npm_config_has registry npm_config_registry NPM_CONFIG_REGISTRY YARN_REGISTRY yarn_registry || return 0
	case $NPM_CONFIG in *:registry* | *_auth* | *_password*) return 0 ;; esac
	case $SHIMS_ENVIRONMENT in *npm_config_*_auth* | *NPM_CONFIG_*_AUTH* | *YARN_NPM_*) return 0 ;; esac
	case $NPM_CONFIG_YARN in *npmRegistryServer* | *npmScopes* | *npmAuth* | *npmRegistries*) return 0 ;; esac
	return 1
}

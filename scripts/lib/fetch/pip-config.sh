# Pip config: what pip's own files and environment say, in the order in which pip lets them win.
# Reads those files, as pip's configuration parser does for plain values: sections `global` and `install`, a value that
# goes on in lines that are indented. https://pip.pypa.io/en/stable/topics/configuration/
# shellcheck shell=sh

PIP_CONFIG_BOUND=65536

# pip_config_values KEY: prints its values, those that win last; KEY as pip writes it, such as index-url.
pip_config_values() {
	local section file
	# What is /dev/null there means: no file at all.
	[ "${PIP_CONFIG_FILE:-}" != /dev/null ] || return 0
	for section in global install; do
		for file in /etc/xdg/pip/pip.conf /etc/pip.conf "${HOME:-/}/.pip/pip.conf" \
			"${XDG_CONFIG_HOME:-${HOME:-}/.config}/pip/pip.conf" /usr/pip.conf /usr/local/pip.conf \
			"${VIRTUAL_ENV:-/nonexistent}/pip.conf" "${PIP_CONFIG_FILE:-/nonexistent}"; do
			[ -f "$file" ] && [ -r "$file" ] || continue
			# A larger one is not pip's.
			head -c "$PIP_CONFIG_BOUND" "$file" | pip_config__of_section "$section" "$1"
		done
	done
}

# pip_config_index: prints the index that pip's environment and files name, nothing where none does.
pip_config_index() {
	if [ -n "${PIP_INDEX_URL:-}" ]; then printf '%s\n' "$PIP_INDEX_URL"; else pip_config_values index-url | tail -n 1; fi
}

# pip_config__of_section SECTION KEY < FILE
pip_config__of_section() {
	local line at key
	at='' key=''
	while IFS= read -r line || [ -n "$line" ]; do
		line=${line%"${line##*[![:space:]]}"}
		case $line in
			'' | [\#\;]*) continue ;;
			[[:space:]]*) [ -z "$key" ] || pip_config__print "$line" ;;
			'['*']') at=${line#'['} at=${at%']'} key='' ;;
			*)
				key=''
				if [ "$at" = "$1" ] && pip_config__is_key "${line%%[=:]*}" "$2"; then
					key=$2
					pip_config__print "${line#*[=:]}"
				fi
				;;
		esac
	done
}

pip_config__print() {
	local value
	value=${1#"${1%%[![:space:]]*}"}
	case $value in '' | [\#\;]*) ;; *) printf '%s\n' "$value" ;; esac
}

# pip_config__is_key WRITTEN KEY: pip reads capitals, `_` and two dashes in front as the same.
pip_config__is_key() {
	local key
	key=${1%"${1##*[![:space:]]}"}
	case $key in *[A-Z_]*) key=$(printf '%s' "$key" | tr A-Z_ a-z-) ;; esac
	[ "${key#--}" = "$2" ]
}

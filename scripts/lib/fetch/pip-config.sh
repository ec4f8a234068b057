# Pip config: reads pip's configuration from its environment variables and files, in pip's order of precedence.
# Understands the sections `global` and `install`, and values that continue on indented lines.
# https://pip.pypa.io/en/stable/topics/configuration/
# shellcheck shell=sh

PIP_CONFIG_MAX_BYTES=65536

# pip_config_use FOLDER: pip is that of this virtual environment, which need not be activated.
pip_config_use() { VIRTUAL_ENV=$1; }

# pip_config_values KEY: prints the values of KEY (as pip writes it, such as index-url) in pip's files; the last one
# wins.
pip_config_values() {
	local section file
	# To pip, PIP_CONFIG_FILE=/dev/null switches all files off.
	[ "${PIP_CONFIG_FILE:-}" != /dev/null ] || return 0
	for section in global install; do
		for file in /etc/xdg/pip/pip.conf /etc/pip.conf "${HOME:-/}/.pip/pip.conf" \
			"${XDG_CONFIG_HOME:-${HOME:-}/.config}/pip/pip.conf" /usr/pip.conf /usr/local/pip.conf \
			"${VIRTUAL_ENV:-/nonexistent}/pip.conf" "${PIP_CONFIG_FILE:-/nonexistent}"; do
			[ -f "$file" ] && [ -r "$file" ] || continue
			head -c "$PIP_CONFIG_MAX_BYTES" "$file" | pip_config__of_section "$section" "$1"
		done
	done
}

# pip_config_index pip|uv: prints the index URL that the tool is configured with; nothing if it uses its own default, or
# if only a file of uv names it.
pip_config_index() {
	if [ "$1" = uv ]; then
		printf '%s\n' "${UV_DEFAULT_INDEX:-${UV_INDEX_URL:-}}"
	elif [ -n "${PIP_INDEX_URL:-}" ]; then
		printf '%s\n' "$PIP_INDEX_URL"
	else
		pip_config_values index-url | tail -n 1
	fi
}

# pip_config_has_extra_index: whether the environment or pip's files name a second index.
pip_config_has_extra_index() {
	[ -n "${PIP_EXTRA_INDEX_URL:-}${UV_EXTRA_INDEX_URL:-}${UV_INDEX:-}$(pip_config_values extra-index-url)" ]
}

# pip_config__of_section SECTION KEY < FILE: prints the values of KEY in that section.
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

# pip_config__print TEXT: prints a value without blanks around it; nothing for a comment.
pip_config__print() {
	local value
	value=${1#"${1%%[![:space:]]*}"}
	case $value in '' | [\#\;]*) ;; *) printf '%s\n' "$value" ;; esac
}

# pip_config__is_key WRITTEN KEY: true if pip reads WRITTEN as KEY: it ignores case, a leading --, and _ in place of -.
pip_config__is_key() {
	local key
	key=${1%"${1##*[![:space:]]}"}
	case $key in *[A-Z_]*) key=$(printf '%s' "$key" | tr A-Z_ a-z-) ;; esac
	[ "${key#--}" = "$2" ]
}

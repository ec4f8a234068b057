# Go settings: what `go env` says, which knows the environment, `go env -w`, GOENV and go.work.
# shellcheck shell=sh

# go_settings_ask WORD...: runs go with the toolchain of the image. Otherwise go may download one, without a time limit.
go_settings_ask() { GOTOOLCHAIN=local go "$@" 2>/dev/null; }

# go_settings_read: reads all settings at once.
go_settings_read() {
	GO_SETTINGS=$(go_settings_ask env -json GOPROXY GOPRIVATE GONOPROXY GONOSUMDB GOSUMDB GOFLAGS GOMODCACHE \
		GOMOD GOWORK) ||
		GO_SETTINGS=''
}

# go_settings_value NAME: prints the value. False if go did not tell it, or in a form that is not understood.
go_settings_value() {
	local line
	while IFS= read -r line; do
		case $line in *"	\"$1\": \""*) line=${line#*": \""} ;; *) continue ;; esac
		line=${line%,}
		go_settings__unquote "${line%'"'}"
		return
	done <<-TEXT
		$GO_SETTINGS
	TEXT
	return 1
}

# go_settings_folder: prints the folder with the go.work or go.mod that go uses here, which may be a folder above; false
# if there is none.
go_settings_folder() {
	local name file
	for name in GOWORK GOMOD; do
		file=$(go_settings_value "$name") || continue
		case $file in */go.work | */go.mod) printf '%s\n' "${file%/*}" && return ;; esac
	done
	return 1
}

# go_settings__unquote TEXT: prints a JSON string; false for an escape that no setting needs.
go_settings__unquote() {
	local rest value
	rest=$1 value=''
	while :; do
		value=$value${rest%%"\\"*}
		case $rest in *"\\"*) rest=${rest#*"\\"} ;; *) break ;; esac
		case $rest in
			'"'*) value="$value\"" rest=${rest#?} ;;
			"\\"*) value="$value\\" rest=${rest#?} ;;
			u0026*) value="$value&" rest=${rest#?????} ;;
			u003[cC]*) value="$value<" rest=${rest#?????} ;;
			u003[eE]*) value="$value>" rest=${rest#?????} ;;
			*) return 1 ;;
		esac
	done
	printf '%s\n' "$value"
}

# go_settings_private: prints the patterns of private modules; `*` if a setting cannot be read.
go_settings_private() {
	local name value private
	private=''
	for name in GOPRIVATE GONOPROXY GONOSUMDB; do
		value=$(go_settings_value "$name") || value='*'
		# GONOSUMDB=* switches the checksum database off and does not mean that all modules are private. `none` needs no
		# special case: it is a pattern that matches no module.
		[ "$name:$value" != 'GONOSUMDB:*' ] || continue
		case ,$private, in *",$value,"*) ;; *) private=${private:+$private,}$value ;; esac
	done
	printf '%s\n' "$private"
}

# go_settings_proxy: prints the first entry of GOPROXY: a URL, direct or off; the URL and `|` if go ignores each failure
# of it. Prints nothing if the list has no entry, or if go refuses it, because of any entry before `direct` or `off`; a
# `|` if the list cannot be read.
go_settings_proxy() {
	local rest entry first
	rest=$(go_settings_value GOPROXY) || { printf '|\n' && return; }
	first=''
	while [ -n "$rest" ]; do
		entry=${rest%%[,\|]*} rest=${rest#"${rest%%[,\|]*}"}
		entry=${entry#"${entry%%[! ]*}"}
		entry=${entry%"${entry##*[! ]}"}
		# go adds the scheme to a name with a dot, a colon or a slash.
		case $entry in *:/* | /*) ;; *[.:/]*) entry=https://$entry ;; esac
		case $entry:$rest in
			:*) ;;
			direct:* | off:*) : "${first:=$entry}" && break ;;
			http://?*:'|'* | https://?*:'|'* | file:///*:'|'*) : "${first:="$entry|"}" ;;
			http://?* | https://?* | file:///*) : "${first:=$entry}" ;;
			*) return 0 ;;
		esac
		rest=${rest#[,\|]}
	done
	printf '%s\n' "$first"
}

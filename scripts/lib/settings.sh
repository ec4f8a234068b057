# Settings: the one table of names, kinds and defaults; environment before file before default.
# The file is KEY=VALUE lines, parsed, never sourced.
# Needs log.sh, exit.sh and options.sh.
# shellcheck shell=sh

# Columns: name, kind, default, and `step` for what a build hands to its RUN steps.
SETTINGS_TABLE='SEAWALL|one of on off|on
SEAWALL_GO_PROXIES|sources|default direct|step
SEAWALL_PYPI_INDEXES|sources|default|step
SEAWALL_APT_MIRRORS|sources|default|step
SEAWALL_APK_MIRRORS|sources|default|step
SEAWALL_NPM_REGISTRIES|sources|default|step
SEAWALL_URL_MIRRORS|pairs||step
SEAWALL_GIT_MIRRORS|pairs||step
SEAWALL_REGISTRY_MIRRORS|pairs|docker.io=mirror.gcr.io docker.io=public.ecr.aws/docker
SEAWALL_BASE_FALLBACKS|pairs|
SEAWALL_IMAGE_LOCK|file|
SEAWALL_STRATEGIES|plans|
SEAWALL_CACHE_REF|image|
SEAWALL_CACHE_FOLDER|path|
SEAWALL_WEAVE|one of auto always off|auto
SEAWALL_BUILDERS|words|
SEAWALL_LAST_GOOD|path|
SEAWALL_LAST_GOOD_MAX_AGE|number|604800
SEAWALL_DEADLINE|deadline|7200|step
SEAWALL_ATTEMPT_TIMEOUT|number||step
SEAWALL_SILENCE|number|60|step
SEAWALL_STALL|number|8|step
SEAWALL_MIN_SPEED|number|1024|step
SEAWALL_BUDGET|number|10|step
SEAWALL_CA_BUNDLE|file|
SEAWALL_HTTPS_ONLY|one of on off|off
SEAWALL_HTTPS_EXCEPT|words|
SEAWALL_STEP_SOURCES|one of all plain none|plain
SEAWALL_EVENTS|path|
SEAWALL_STATE|path|
SEAWALL_SEED|words||step
SEAWALL_RUN|words||step'

# settings_load DEFAULT_FILE: sets and checks every setting; 78 with the place of what is wrong. The folders of a host get
# their places by settings_use_home.
settings_load() {
	settings__read_environment
	if [ -n "${SEAWALL_CONF:-}" ]; then
		[ -r "$SEAWALL_CONF" ] || die 78 "SEAWALL_CONF: wanted a readable file, saw '$SEAWALL_CONF': correct the path or unset it"
		settings__read_file "$SEAWALL_CONF"
	elif [ -r "$1" ]; then
		settings__read_file "$1"
	fi
	settings__fill_defaults
}

# What the environment sets is checked like a file's line, and wins over it.
settings__read_environment() {
	local name kind default value reach
	while IFS='|' read -r name kind default reach; do
		eval "value=\${$name-}"
		settings__check "environment" "$name" "$kind" "$value"
	done <<-TABLE
		$SETTINGS_TABLE
	TABLE
}

settings__read_file() {
	local line number
	number=0
	while IFS= read -r line || [ -n "$line" ]; do
		number=$((number + 1))
		case $line in
			'' | '#'*) ;;
			SEAWALL*=*) settings__take "$1:$number" "${line%%=*}" "${line#*=}" ;;
			*) die 78 "$1:$number: wanted SEAWALL_NAME=VALUE, saw '$line': correct or remove the line" ;;
		esac
	done <"$1"
}

settings__take() {
	local kind
	kind=$(settings__kind "$2")
	[ -n "$kind" ] || die 78 "$1: unknown setting '$2': wanted one of those in scripts/README.md, perhaps $(options_nearest "$2" "$(printf '%s\n' "$SETTINGS_TABLE" | cut -d '|' -f 1)")"
	settings__check "$1" "$2" "$kind" "$3"
	if eval "[ -z \"\${$2+set}\" ]"; then eval "$2=\$3"; fi
}

settings__kind() {
	printf '%s\n' "$SETTINGS_TABLE" | sed -n "s/^$1|\([^|]*\)|.*/\1/p"
}

settings__fill_defaults() {
	local name kind default reach
	while IFS='|' read -r name kind default reach; do
		eval ": \"\${$name=\$default}\""
	done <<-TABLE
		$SETTINGS_TABLE
	TABLE
}

# Where a host keeps what it remembers; a RUN step has no such place.
settings_use_home() {
	[ -n "$SEAWALL_STATE" ] || SEAWALL_STATE=${XDG_STATE_HOME:-${HOME:-/root}/.local/state}/seawall
	[ -n "$SEAWALL_EVENTS" ] || SEAWALL_EVENTS=$SEAWALL_STATE/events.jsonl
}

# settings__check PLACE NAME KIND VALUE: an empty value is always right, it is "none".
settings__check() {
	local word wanted
	[ -n "$4" ] || return 0
	wanted=
	case $3 in
		'one of '*) case " ${3#one of } " in *" $4 "*) ;; *) wanted=$3 ;; esac ;;
		number) settings__is_number "$4" || wanted='a whole number' ;;
		deadline) settings__is_number "${4#@}" || wanted='seconds, or @ and seconds since the epoch' ;;
		file) [ -r "$4" ] || wanted='a readable file' ;;
		image) case $4 in *[!A-Za-z0-9._/:@-]* | *://*) wanted='the name of an image' ;; esac ;;
		sources | pairs | plans) for word in $4; do settings__check_word "$3" "$word" || wanted=$WANTED; done ;;
	esac
	[ -z "$wanted" ] || die 78 "$1: $2: wanted $wanted, saw '$4': correct the value"
}

settings__is_number() {
	case $1 in '' | *[!0-9]* | ??????????????*) return 1 ;; esac
}

# Sets WANTED to what a word of this kind looks like.
settings__check_word() {
	case $1 in
		sources) WANTED="'default', 'direct' or URLs, blanks between" ;;
		pairs) WANTED="'none' or NAME=OTHER, blanks between" ;;
		plans) WANTED='gha-full, gha-only, registry-only, no-cache, local, inline' ;;
	esac
	case $1:$2 in
		sources:*,*) return 1 ;;
		sources:default | sources:direct | sources:http://?* | sources:https://?* | sources:file:///?*) ;;
		pairs:none | pairs:?*=?*) ;;
		plans:gha-full | plans:gha-only | plans:registry-only | plans:no-cache | plans:local | plans:inline) ;;
		*) return 1 ;;
	esac
}

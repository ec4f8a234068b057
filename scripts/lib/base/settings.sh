# Settings: declares all settings in one table and loads them; option before environment before files before default.
# Files hold KEY=VALUE lines. They are parsed (conf.sh) and never sourced; a name is looked up, never executed.
# shellcheck shell=sh

# Columns: name; kind (values.sh); default; `step` if a build passes the setting to its RUN steps; rule for the file of
# the build folder (folder-conf.sh), which may set no other name. A new setting for RUN steps must travel as `#seawall
# KEY VALUE` (handed.sh): the first version of the kit exits 78 on an unknown name.
SETTINGS_TABLE='SEAWALL|one of on off|on||
SEAWALL_GO_PROXIES|sources|default direct|step|web
SEAWALL_PYPI_INDEXES|sources|default|step|web
SEAWALL_APT_MIRRORS|sources|default|step|web
SEAWALL_APK_MIRRORS|sources|default|step|web
SEAWALL_NPM_REGISTRIES|sources|default|step|web
SEAWALL_URL_MIRRORS|pairs||step|web_pairs
SEAWALL_GIT_MIRRORS|pairs||step|web_pairs
SEAWALL_REGISTRY_MIRRORS|pairs|docker.io=mirror.gcr.io docker.io=public.ecr.aws/docker||images
SEAWALL_BASE_FALLBACKS|pairs|||images
SEAWALL_IMAGE_LOCK|file|||inside
SEAWALL_STRATEGIES|plans|||
SEAWALL_CACHE_REF|image|||
SEAWALL_CACHE_FOLDER|path|||
SEAWALL_WEAVE|one of auto always off|auto||only off
SEAWALL_WEAVE_TOOLS|programs|||
SEAWALL_BUILDERS|words|||
SEAWALL_LAST_GOOD|path|||
SEAWALL_LAST_GOOD_MAX_AGE|number|604800||
SEAWALL_DEADLINE|deadline|7200|step|at most 7200
SEAWALL_ATTEMPT_TIMEOUT|number||step|at most 2400
SEAWALL_SILENCE|number|60|step|at most 60
SEAWALL_STALL|number|8|step|at most 8
SEAWALL_MIN_SPEED|number|1024|step|at least 1024
SEAWALL_BUDGET|number|10|step|at most 10
SEAWALL_CA_BUNDLE|file|||
SEAWALL_HTTPS_ONLY|one of on off|off||only on
SEAWALL_HTTPS_EXCEPT|words|||
SEAWALL_STEP_SOURCES|one of all plain none|plain||
SEAWALL_EVENTS|path|||
SEAWALL_STATE|path|||
SEAWALL_SEED|text||step|
SEAWALL_RUN|text||step|'
SETTINGS_LINE_END='
'
# settings_load FILE: sets and checks every setting. Exits 78 and names the place of a wrong value. Commands on the host
# call conf_places_load instead.
settings_load() {
	settings_begin
	# A RUN step of another user than root may be unable to read its secret.
	[ -n "${SEAWALL_CONF:-}" ] || [ ! -r "$1" ] || settings_read_file conf "$1"
	[ -z "${SEAWALL_CONF:-}" ] || settings_read_file conf "$SEAWALL_CONF"
	settings_fill_defaults
}

# settings_use_option NAME VALUE: sets a setting from an option of the command. Call it before the settings are loaded.
settings_use_option() {
	eval "$1=\$2"
	SETTINGS_OPTIONS="${SETTINGS_OPTIONS:-} $1"
}

# settings_begin: takes and checks the values of options and environment, which win over files.
settings_begin() {
	local row name kind value place blanks
	SETTINGS_FROM=' ' SETTINGS_FILTER=: blanks=$IFS IFS=$SETTINGS_LINE_END
	# shellcheck disable=SC2086 # lines; `read` would take each byte alone
	set -- $SETTINGS_TABLE && IFS=$blanks
	for row in "$@"; do
		name=${row%%'|'*} kind=${row#*'|'} kind=${kind%%'|'*}
		eval "value=\${$name-} place=\${$name+environment}"
		case " ${SETTINGS_OPTIONS:-} " in *" $name "*) place=option ;; esac
		values_join "$kind" "$value"
		values_check "$place" "$name" "$kind" "$VALUES_JOINED"
		[ -z "$place" ] || settings__keep "$place" "$name" "$kind" "$VALUES_JOINED"
	done
}

# settings_filter_by FUNCTION: FUNCTION looks at each line of the files that are read next; `:` for none.
settings_filter_by() { SETTINGS_FILTER=$1; }

# settings_replace_value VALUE: for the filter: the line counts as if it had VALUE.
settings_replace_value() { SETTINGS_VALUE=$1; }

# settings_read_file PLACE FILE: sets the settings in FILE that have no value yet. The function in SETTINGS_FILTER is
# called with WHERE NAME RULE VALUE for each line, and may call settings_replace_value.
settings_read_file() {
	SETTINGS_PLACE=$1 SETTINGS_SEEN=' '
	conf_each "$2" settings__take
}

# settings__take WHERE NAME VALUE: checks one line of a file and sets it. Exits 78 on an unknown or repeated name.
settings__take() {
	settings__find "$2" || settings__refuse "$1: unknown setting '$2'" "$(options_nearest "$2" "$(settings_names)")"
	case $SETTINGS_SEEN in *" $2 "*) die 78 "$1: $2 is set twice in this file: remove one of the lines" ;; esac
	values_join "$SETTINGS_KIND" "$3"
	SETTINGS_SEEN="$SETTINGS_SEEN$2 " SETTINGS_VALUE=$VALUES_JOINED
	"$SETTINGS_FILTER" "$1" "$2" "$SETTINGS_RULE" "$SETTINGS_VALUE"
	values_check "$1" "$2" "$SETTINGS_KIND" "$SETTINGS_VALUE"
	case $SETTINGS_FROM in
		*" $2="*) ;;
		*) settings__keep "$SETTINGS_PLACE" "$2" "$SETTINGS_KIND" "$SETTINGS_VALUE" ;;
	esac
}

settings__refuse() { die 78 "$1: wanted one of those in scripts/README.md, perhaps $2"; }

# settings__find NAME: sets SETTINGS_KIND and SETTINGS_RULE from the table; false for an unknown name. mksh reads a bare
# | in a pattern as an alternative, so it is quoted.
settings__find() {
	SETTINGS_RULE=${SETTINGS_LINE_END}$SETTINGS_TABLE$SETTINGS_LINE_END
	case $SETTINGS_RULE in *"$SETTINGS_LINE_END$1|"*) ;; *) return 1 ;; esac
	SETTINGS_RULE=${SETTINGS_RULE#*"$SETTINGS_LINE_END$1|"}
	SETTINGS_RULE=${SETTINGS_RULE%%"$SETTINGS_LINE_END"*}
	SETTINGS_KIND=${SETTINGS_RULE%%'|'*} SETTINGS_RULE=${SETTINGS_RULE##*'|'}
}

# settings__keep PLACE NAME KIND VALUE: sets NAME and notes its place. An empty list is a value, an empty number is not.
settings__keep() {
	case $3:$4 in 'one of '*: | number: | deadline:) return 0 ;; esac
	eval "$2=\$4"
	SETTINGS_FROM="$SETTINGS_FROM$2=$1 "
}

# settings_fill_defaults: sets each setting without a value to its default.
settings_fill_defaults() {
	local row name default blanks
	blanks=$IFS IFS=$SETTINGS_LINE_END
	# shellcheck disable=SC2086 # lines
	set -- $SETTINGS_TABLE && IFS=$blanks
	# shellcheck disable=SC2034 # the eval reads `default`
	for row in "$@"; do
		name=${row%%'|'*} default=${row#*'|'} default=${default#*'|'} default=${default%%'|'*}
		case $SETTINGS_FROM in *" $name="*) ;; *) eval "$name=\$default" ;; esac
	done
}

# settings_place NAME: prints the origin of its value: option, environment, conf (SEAWALL_CONF, or the secret of a RUN
# step), user, system, folder or default.
settings_place() {
	local place
	place=default
	case ${SETTINGS_FROM:-} in *" $1="*) place=${SETTINGS_FROM#*" $1="} ;; esac
	printf '%s\n' "${place%% *}"
}

# settings_names: prints the name of every setting, one per line.
settings_names() { printf '%s\n' "$SETTINGS_TABLE" | cut -d '|' -f 1; }

# settings_use_home: on a host, sets the default places of the state folder and the events file. A RUN step has neither.
settings_use_home() {
	[ -n "$SEAWALL_STATE" ] || SEAWALL_STATE=${XDG_STATE_HOME:-${HOME:-/root}/.local/state}/seawall
	[ -n "$SEAWALL_EVENTS" ] || SEAWALL_EVENTS=$SEAWALL_STATE/events.jsonl
}

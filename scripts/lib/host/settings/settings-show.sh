# Settings show: prints the effective settings and their origin.
# shellcheck shell=sh

# settings_show_table: prints name, place and value of each setting in columns.
settings_show_table() {
	{
		printf 'setting\tplace\tvalue\n'
		settings_show__rows
	} | LC_ALL=C awk -F '\t' '{ printf "%-26s  %-11s  %s\n", $1, $2, $3 == "" ? "-" : $3 }'
}

# settings_show_json: prints one JSON object per setting and line: setting, place, value.
settings_show_json() {
	local name place shown
	settings_show__rows | while IFS='	' read -r name place shown; do
		json_object setting "$name" place "$place" value "$shown"
	done
}

settings_show__rows() {
	local name value
	for name in $(settings_names); do
		eval "value=\$$name"
		value=$(settings_show__clean "$value")
		printf '%s\t%s\t%s\n' "$name" "$(settings_place "$name")" "$(redact_text "$value")"
	done
}

# settings_show__clean VALUE: prints VALUE without logins (between :// and the last @ of a word) and without queries,
# which may be signatures.
settings_show__clean() {
	local word shown
	shown=''
	for word in $1; do
		case $word in *://*@*) word="${word%%://*}://***@${word##*@}" ;; esac
		case $word in *\?*) word="${word%%\?*}?***" ;; esac
		shown="$shown $word"
	done
	printf '%s\n' "${shown# }"
}

# settings_print_set: prints the settings that do not have their default, as KEY=VALUE lines for another command's file.
settings_print_set() {
	local name _rest value
	while IFS='|' read -r name _rest; do
		eval "value=\${$name-}"
		case ${SETTINGS_FROM:-} in *" $name="*) printf '%s=%s\n' "$name" "$value" ;; esac
	done <<-TABLE
		$SETTINGS_TABLE
	TABLE
}

# Handed: what the host hands to a RUN step beside settings. It travels in the secret that holds the settings, as lines
# `#seawall KEY VALUE`, which a kit that does not know the key skips.
# shellcheck shell=sh

HANDED_FILE=/run/seawall.conf

# handed_values KEY: prints the value of each line with that key; nothing where there is none, or no secret.
handed_values() {
	local line
	[ -r "$HANDED_FILE" ] || return 0
	while IFS= read -r line || [ -n "$line" ]; do
		case $line in "#seawall $1 "*) printf '%s\n' "${line#"#seawall $1 "}" ;; esac
	done <"$HANDED_FILE"
}

# handed_from_folder NAME: whether the host took this setting from the file of the build's own folder, which nobody has read.
handed_from_folder() {
	local name
	for name in $(handed_values folder); do
		[ "$name" != "$1" ] || return 0
	done
	return 1
}

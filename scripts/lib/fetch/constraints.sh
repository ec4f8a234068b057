# Constraints: what constraints files pin: packages that a call names without a version, and dependencies.
# shellcheck shell=sh

# constraints_begin: nothing is pinned. CONSTRAINTS_NAMES: the names that are pinned by ==, as an index compares them.
constraints_begin() { CONSTRAINTS_NAMES=''; }

# constraints_take TEXT: reads an entry of a constraints file. A marker may exclude it.
constraints_take() {
	requirement_specifier_read "$1"
	case $SPECIFIER_PINNED:$SPECIFIER_CLEAR:$1 in
		*';'*) ;;
		yes:yes:*) CONSTRAINTS_NAMES="$CONSTRAINTS_NAMES $(constraints__normal "$SPECIFIER_NAME")" ;;
	esac
}

# constraints_pin "NAME...": whether all of these names are pinned.
constraints_pin() {
	local name
	for name in $1; do
		values_has "$(constraints__normal "$name")" "$CONSTRAINTS_NAMES" || return
	done
}

# A shell has no lower case.
constraints__normal() {
	case $1 in
		*[A-Z_.]*) printf '%s\n' "$1" | tr 'A-Z_.' 'a-z--' ;;
		*) printf '%s\n' "$1" ;;
	esac
}

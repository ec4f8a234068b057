# Spent: hosts and places from which a build of this run has failed, and the class of the failure.
# Works in SCRATCH: spent.tsv has the columns place and class. SPENT_PLACES: those that the run does not use now.
# shellcheck shell=sh

# spent_has PLACE: whether a build of this run has failed from it, or from its host.
spent_has() {
	[ -n "${SPENT_PLACES:-}" ] || return 1
	values_has "${1%%@*}" "$SPENT_PLACES" || values_has "$(reference_host "$1")" "$SPENT_PLACES"
}

# spent_add HOST|PLACE CLASS: this run does not use it again. PLACE has no digest.
spent_add() {
	SPENT_PLACES="${SPENT_PLACES:-} $1"
	printf '%s\t%s\n' "$1" "$2" >>"$SCRATCH/spent.tsv"
}

# spent_return_all: what was left may be used again, if the breakers allow it.
spent_return_all() { SPENT_PLACES=''; }

# spent_class PLACE: prints the class of the last failure of PLACE or its host, also of a place that may be used again;
# false if no build of this run has failed from it.
spent_class() {
	local host place class found
	host=$(reference_host "$1") found=''
	[ -f "$SCRATCH/spent.tsv" ] || return 1
	while IFS='	' read -r place class; do
		case $place in "$host" | "${1%%@*}") found=$class ;; esac
	done <"$SCRATCH/spent.tsv"
	[ -n "$found" ] && printf '%s\n' "$found"
}

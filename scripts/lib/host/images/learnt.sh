# Learnt: images that a build asked for and that the Dockerfile on this machine does not name: those of a remote
# context, of a trigger in a base image, of a line that the kit cannot read. If the builder cannot fetch one of them,
# the next attempt knows them all.
# Works in SCRATCH, where `learnt` has a line KIND<tab>IMAGE for each (sources.sh).
# shellcheck shell=sh

# learnt_add CLASS: adds the images that the failed build asked for, by its progress (suspects_read). True if the
# failure, CLASS, is an outage of one of them, which has another place.
learnt_add() {
	local image has_other
	has_other=no
	case $1 in not-found | auth | integrity) return 1 ;; esac
	for image in $SUSPECTS_ASKED; do
		! sources_name "$image" || continue
		printf 'from\t%s\n' "$image" >>"$SCRATCH/learnt"
		places_find_list "$image" || continue
		suspects_names "$image" && places_has_other "$image" "$PLACES_OWN" || continue
		# The next attempt asks another place.
		spent_add "${PLACES_OWN%%@*}" "$1"
		has_other=yes
	done
	[ "$has_other" = yes ]
}

# Picks: the place that was picked for each image of an attempt, SCRATCH/picks.tsv. Answers that come later change
# nothing.
# shellcheck shell=sh

# picks_make IMAGE...
picks_make() {
	local image
	for image in "$@"; do
		picks_find "$image"
		printf '%s\t%s\n' "$image" "$PICKS_PLACE"
	done >"$SCRATCH/picks.tsv"
}

# picks_find IMAGE: sets PICKS_PLACE to the first place that may serve it by the answers so far, empty if none may.
picks_find() {
	places_find_list "$1"
	while read -r PICKS_PLACE; do
		places_has "$PICKS_PLACE" && ! spent_has "$PICKS_PLACE" || continue
		[ "$PICKS_PLACE" = "$PLACES_OWN" ] || places_is_certain "$PICKS_PLACE" ||
			places_has_failed "$PLACES_OWN" || continue
		return 0
	done <"$PLACES_LIST"
	PICKS_PLACE=''
}

# picks_are_made: whether the registries were asked for this attempt.
picks_are_made() { [ -f "$SCRATCH/picks.tsv" ]; }

# picks_place IMAGE: prints its place, nothing if no place may serve it.
picks_place() {
	local image place
	while IFS='	' read -r image place; do
		[ "$image" != "$1" ] || { printf '%s\n' "$place" && return 0; }
	done <"$SCRATCH/picks.tsv"
}

# picks_count: prints how many images have a place.
picks_count() {
	local image place number
	number=0
	while IFS='	' read -r image place; do [ -z "$place" ] || number=$((number + 1)); done <"$SCRATCH/picks.tsv"
	printf '%s\n' "$number"
}

# picks_forget: the next attempt asks again.
picks_forget() { rm -f "$SCRATCH/picks.tsv"; }

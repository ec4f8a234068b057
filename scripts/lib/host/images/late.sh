# Late: the own registry of an image that has been late, for the kit or for a build, while no other place serves the
# image. The last source gets the time that it has in the plain build, up to SEAWALL_SILENCE, once in a run.
# shellcheck shell=sh

# Places. Not taken from the environment.
LATE_PLACES=''

# late_awaits IMAGE OWN: whether the build waits for OWN, which no other place can replace.
late_awaits() {
	local class
	class=$(places_class "$1" || spent_class "$2" || :)
	[ "$class" = timeout ] && ! late_is_awaited "$2" || return 1
	log_info "$1: no other source serves it, waiting up to $SEAWALL_SILENCE s for $(reference_host "$2")"
	LATE_PLACES="$LATE_PLACES $2"
}

# late_is_awaited PLACE: whether this run waits, or has waited, for PLACE.
late_is_awaited() { values_has "$1" "$LATE_PLACES"; }

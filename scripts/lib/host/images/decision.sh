# Decision: reports where an image comes from, as an event and in the log, and puts it into the image plan.
# shellcheck shell=sh

# decision_add LEVEL USE IMAGE @DIGEST PLACE SOURCE VERDICT: reports the decision and puts it into the plan.
decision_add() {
	local source
	source=$6
	# The report names the frontend as buildx gets it.
	[ "$2" = base ] || source=${6#docker-image://}
	events_emit base "$1" upstream registry source "$source" verdict "$7" detail "$3"
	image_plan_add "$2" "$3" "${4#@}" "$5" "$source" "$7"
}

# decision_fail_over USE IMAGE @DIGEST PLACE SOURCE VERDICT: the same for a source that replaces the image's own
# registry.
decision_fail_over() {
	local doubt source
	doubt='' source=${5#docker-image://}
	[ "$6" != 'unverified tag' ] || doubt=' (unverified tag: only the mirror names this digest)'
	[ "$source" != builtin ] || source='the frontend that is built into the builder'
	log_warn "$2: $(decision__reason "$2"); using $source$doubt"
	decision_add warn "$@"
}

# decision_use_mirror USE IMAGE PLACE: uses the mirror PLACE; if PLACE is empty, a mirror that only the builder may
# reach. False if there is none.
decision_use_mirror() {
	local place digest verdict
	place=$3 verdict=mirror
	if [ -n "$place" ]; then
		digest=${3#"${3%%@*}"} place=$(places_pinned "$place")
	else
		view_find_mirror "$2"
		place=$VIEW_MIRROR
		[ -n "$place" ] || return 1
		digest=${place#"${place%%@*}"}
	fi
	[ -n "$digest" ] || verdict='unverified tag'
	decision_fail_over "$1" "$2" "$digest" "$place" "docker-image://$place" "$verdict"
}

# decision__reason IMAGE: prints why its own registry is not used.
decision__reason() {
	local own
	own=$(image_lock_pinned "$1")
	if spent_has "$own"; then
		printf '%s failed during the build\n' "$(reference_host "$own")"
	else
		{ places_words "$1" || printf '%s has not answered yet\n' "$(reference_host "$own")"; } | head -n 1
	fi
}

# Hedge: asks the places of images side by side, a mirror a quarter of a second after the place before it (RFC 8305 names
# that time), and takes the first good answer.
# Needs clock.sh, references.sh, registry.sh and places.sh. Works in SCRATCH. HEDGE_ALL: not empty where
# all places are to be asked.
# shellcheck shell=sh

# hedge_probe IMAGE...: asks the registries of all, and a mirror a quarter of a second after the one before it where none
# has answered by then. PLACES_ANSWERED: how many of the images can be had from one of them.
hedge_probe() {
	local image place places number
	hedge_await
	HEDGE_ASKED=''
	for image in "$@"; do
		number=0
		places=$(places_of "$image") || exit
		for place in $places; do
			hedge__ask "$place" "$number" "$image" &
			HEDGE_ASKED="$HEDGE_ASKED $!"
			number=$((number + 1))
		done
	done
	hedge__settle "$@"
	PLACES_ANSWERED=0
	for image in "$@"; do
		[ -z "$(places_first "$image")" ] || PLACES_ANSWERED=$((PLACES_ANSWERED + 1))
	done
}

# Ends what is still asking. A slow registry may answer while the build runs, so that the next build knows; a command
# ends it at the latest when it cleans up.
hedge_await() {
	# shellcheck disable=SC2086 # a list of process ids
	registry_end_askers ${HEDGE_ASKED:-}
	HEDGE_ASKED=''
}

# hedge__ask PLACE NUMBER IMAGE. The answer is a file: its presence says that the image can be had there, its text is the
# digest.
hedge__ask() {
	local answer
	places_find_answer "$1"
	answer=$PLACES_ANSWER
	registry_asker_begins
	[ "$2" -eq 0 ] || [ -n "${HEDGE_ALL:-}" ] || { clock_sleep "$(($2 / 4)).$(($2 % 4 * 25))" && [ -z "$(places_first "$3")" ]; } || return 0
	case $2 in 0) registry_ask "$1" "$answer" || : ;; *) registry_ask "$1" "$answer" mirror || : ;; esac
	: >"$answer.end"
}

# Until each image has an answer or none to come, in ticks of a twentieth of a second. It is looked at again where an answer
# has come, and after a second, for so long its own registry is waited for where a mirror was faster.
hedge__settle() {
	local ticks seen now
	ticks=0 seen=''
	while [ "$ticks" -lt 120 ]; do
		now=$(set +f && printf '%s ' "$SCRATCH"/answer.*)
		if [ "$now" != "$seen" ] || [ "$ticks" -eq 20 ]; then
			seen=$now
			! hedge__are_settled "$ticks" "$@" || return 0
		fi
		clock_sleep 0.05 && ticks=$((ticks + 1))
	done
}

hedge__are_settled() {
	local ticks image
	ticks=$1
	shift
	for image in "$@"; do hedge__is_settled "$image" "$ticks" || return 1; done
}

hedge__is_settled() {
	local place own
	own=$(reference_pinned "$1") place=$(places_first "$1")
	[ -z "${HEDGE_ALL:-}" ] || place=''
	[ "$place" != "$own" ] && ! places_is_refused "$1" || return 0
	if [ -n "$place" ]; then
		[ "$2" -ge 20 ] || places_is_spent "$own" || hedge__has_ended "$own"
	else
		for place in $(places_of "$1"); do hedge__has_ended "$place" || return 1; done
	fi
}

hedge__has_ended() { places_find_answer "$1" && [ -f "$PLACES_ANSWER.end" ]; }

# Hedge: asks the places of images side by side, each mirror a quarter of a second after the place before it (RFC 8305
# names that delay), and picks the first good answer.
# Works in SCRATCH.
# shellcheck shell=sh

# hedge_ask [--all] IMAGE...: begins to ask.
hedge_ask() {
	local image place places number
	hedge_stop
	HEDGE_ASKED='' HEDGE_ALL=''
	rm -f "$SCRATCH/answers.late"
	exit_at_end hedge_stop
	[ "${1:-}" != --all ] || { HEDGE_ALL=yes && shift; }
	for image in "$@"; do
		number=0
		places=$(places_of "$image") || exit
		for place in $places; do
			hedge__ask "$place" "$number" "$image" &
			HEDGE_ASKED="$HEDGE_ASKED $!"
			number=$((number + 1))
		done
	done
}

# hedge_wants_all: whether every place is asked, even after a good answer.
hedge_wants_all() { [ -n "$HEDGE_ALL" ]; }

# hedge_stop: ends the questions that are still open. A registry that is slow may answer during the build, for the next
# build's benefit; the command ends its question when it cleans up.
hedge_stop() {
	# shellcheck disable=SC2086 # a list of process ids
	askers_stop ${HEDGE_ASKED:-}
	HEDGE_ASKED=''
}

# hedge__ask PLACE NUMBER IMAGE: the answer is a file that exists if the place has the image; its text is the digest. If
# the own registry has named the digest before a mirror is asked, the mirror is asked for that digest.
hedge__ask() {
	local place own
	place=$1
	askers_enter
	places_find_list "$3"
	own=$PLACES_OWN
	if [ "$2" -gt 0 ] && ! hedge_wants_all; then
		clock_sleep "$(($2 / 4)).$(($2 % 4 * 25))" || return 0
		# Written before the decision: from now on hedge__pin asks instead of this process.
		places_find_answer "$place"
		: >"$PLACES_ANSWER.begun"
		[ ! -f "$SCRATCH/answers.late" ] && ! places_has_answer "$3" || return 0
		places_is_certain "$place" || ! hedge__reads_digest "$own" || place=$place@$HEDGE_DIGEST
	fi
	places_find_answer "$place"
	set -- "$place" "$2" "$PLACES_ANSWER"
	case $2 in 0) registry_ask "$1" "$3" || : ;; *) registry_ask "$1" "$3" mirror || : ;; esac
	: >"$3.end"
}

# hedge__reads_digest OWN: sets HEDGE_DIGEST to the digest that the own registry has named; false once the check of its
# bytes is over (registry_ask), because then OWN has an answer.
hedge__reads_digest() {
	places_find_answer "$1"
	HEDGE_DIGEST=''
	{ read -r HEDGE_DIGEST <"$PLACES_ANSWER.seen"; } 2>/dev/null && [ ! -f "$PLACES_ANSWER" ]
}

# hedge__pin IMAGE: once the own registry has named the digest, a mirror must serve that digest. A mirror that was asked
# for the tag and answered with another digest is asked again.
hedge__pin() {
	local place number tag digest
	places_find_list "$1"
	case $PLACES_OWN in *@*) return 0 ;; esac
	! hedge__is_void "$PLACES_OWN" || hedge__unpin "$1"
	[ ! -f "$PLACES_LIST.pinned" ] && ! hedge_wants_all && hedge__reads_digest "$PLACES_OWN" || return 0
	: >"$PLACES_LIST.pinned"
	digest=$HEDGE_DIGEST number=0
	places_pin "$1" "$digest"
	while read -r place; do
		[ "$place" != "$PLACES_OWN" ] || continue
		number=$((number + 1)) tag=${place%@*}
		hedge__has_begun "$tag" || continue
		hedge__takes "$tag" "$place" "$digest" && continue
		hedge__ask "$place" "$number" "$1" &
		HEDGE_ASKED="$HEDGE_ASKED $!"
	done <"$PLACES_LIST"
}

# hedge__is_void OWN: whether the mirrors are bound to a digest that OWN has named and does not serve.
hedge__is_void() {
	places_find_answer "$1"
	[ -f "$PLACES_LIST.pinned" ] && [ -f "$PLACES_ANSWER.end" ] && [ ! -f "$PLACES_ANSWER.seen" ] &&
		[ ! -f "$PLACES_ANSWER" ]
}

# hedge__unpin IMAGE: its mirrors may serve any digest again; one that was asked for another digest is asked again.
hedge__unpin() {
	local place number
	rm -f "$PLACES_LIST" "$PLACES_LIST.pinned"
	places_find_list "$1"
	number=0
	while read -r place; do
		[ "$place" != "$PLACES_OWN" ] || continue
		number=$((number + 1))
		hedge__has_begun "$place" && ! hedge_has_ended "$place" || continue
		hedge__ask "$place" "$number" "$1" &
		HEDGE_ASKED="$HEDGE_ASKED $!"
	done <"$PLACES_LIST"
}

# hedge_has_ended PLACE: whether the question to PLACE is over.
hedge_has_ended() { places_find_answer "$1" && [ -f "$PLACES_ANSWER.end" ]; }

hedge__has_begun() { places_find_answer "$1" && [ -f "$PLACES_ANSWER.begun" ]; }

# hedge__takes TAG PLACE DIGEST: whether the answer for TAG is DIGEST; then it becomes the answer of PLACE.
hedge__takes() {
	local answer
	places_has "$1" || return 1
	answer=$PLACES_ANSWER
	[ "$(cat "$answer")" = "$3" ] || return 1
	places_find_answer "$2"
	cp "$answer" "$PLACES_ANSWER.new" && mv "$PLACES_ANSWER.new" "$PLACES_ANSWER" && : >"$PLACES_ANSWER.end"
}

# hedge_pin_all IMAGE...: does so for each image.
hedge_pin_all() {
	local image
	for image in "$@"; do hedge__pin "$image"; done
}

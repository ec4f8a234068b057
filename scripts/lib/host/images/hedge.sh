# Hedge: asks the places of images side by side, a mirror a quarter of a second after the place before it (RFC 8305 names
# that time), and takes the first good answer.
# Works in SCRATCH. HEDGE_ALL: not empty where
# all places are to be asked.
# shellcheck shell=sh

# hedge_probe IMAGE...: asks the registries of all, and a mirror a quarter of a second after the one before it where none
# has answered by then. PLACES_ANSWERED: how many of the images can be had from one of them.
hedge_probe() {
	local image place places number
	hedge_stop
	HEDGE_ASKED=''
	exit_at_end hedge_stop
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

# hedge_stop: ends the requests that still run. A slow registry may answer while the build runs, so that the next build
# knows; at the latest they are ended with the command.
hedge_stop() {
	# shellcheck disable=SC2086 # a list of process ids
	registry_end_askers ${HEDGE_ASKED:-}
	HEDGE_ASKED=''
}

# hedge__ask PLACE NUMBER IMAGE. The answer is a file: its presence says that the image can be had there, its text is the
# digest. A mirror that has not been asked when the image's own registry tells the digest is asked for that digest.
hedge__ask() {
	local place own
	place=$1
	registry_asker_begins
	places_find_list "$3"
	own=$PLACES_OWN
	if [ "$2" -gt 0 ] && [ -z "${HEDGE_ALL:-}" ]; then
		clock_sleep "$(($2 / 4)).$(($2 % 4 * 25))" || return 0
		# Before it decides: hedge__pin asks in its place from now on.
		places_find_answer "$place"
		: >"$PLACES_ANSWER.begun"
		! places_has_answer "$3" || return 0
		places_is_certain "$place" || ! hedge__reads_digest "$own" || place=$place@$HEDGE_DIGEST
	fi
	places_find_answer "$place"
	set -- "$place" "$2" "$PLACES_ANSWER"
	case $2 in 0) registry_ask "$1" "$3" || : ;; *) registry_ask "$1" "$3" mirror || : ;; esac
	: >"$3.end"
}

# hedge__reads_digest OWN: sets HEDGE_DIGEST to what it has told while its bytes are still looked at (registry.sh).
hedge__reads_digest() {
	places_find_answer "$1"
	HEDGE_DIGEST=''
	{ read -r HEDGE_DIGEST <"$PLACES_ANSWER.seen"; } 2>/dev/null && [ ! -f "$PLACES_ANSWER" ]
}

# hedge__pin IMAGE: once its own registry has told the digest, a mirror that was asked for the tag must have that one; where it
# gave another it is asked for it.
hedge__pin() {
	local place number tag digest
	places_find_list "$1"
	case $PLACES_OWN in *@*) return 0 ;; esac
	[ ! -f "$PLACES_LIST.pinned" ] && [ -z "${HEDGE_ALL:-}" ] && hedge__reads_digest "$PLACES_OWN" || return 0
	: >"$PLACES_LIST.pinned"
	digest=$HEDGE_DIGEST number=0
	places_pin "$1" "$digest"
	while read -r place; do
		[ "$place" != "$PLACES_OWN" ] || continue
		number=$((number + 1)) tag=${place%@*}
		places_find_answer "$tag"
		[ -f "$PLACES_ANSWER.begun" ] || continue
		hedge__takes "$PLACES_ANSWER" "$place" "$digest" && continue
		hedge__ask "$place" "$number" "$1" &
		HEDGE_ASKED="$HEDGE_ASKED $!"
	done <"$PLACES_LIST"
}

# hedge__takes ANSWER PLACE DIGEST: whether the answer for the tag was that digest, so that it holds for PLACE too.
hedge__takes() {
	[ -f "$1" ] && [ "$(cat "$1")" = "$3" ] || return 1
	places_find_answer "$2"
	cp "$1" "$PLACES_ANSWER.new" && mv "$PLACES_ANSWER.new" "$PLACES_ANSWER" && : >"$PLACES_ANSWER.end"
}

# Until each image has an answer or none to come, in ticks of a twentieth of a second; each question has a limit of its own. It
# is looked at again where an answer has come, and after a second, for so long its own registry is waited for where a mirror
# with the same digest was faster.
hedge__settle() {
	local ticks seen now
	ticks=0 seen=''
	while [ "$ticks" -lt 400 ]; do
		now=$(set +f && printf '%s ' "$SCRATCH"/answer.*)
		if [ "$now" != "$seen" ] || [ "$ticks" -eq 20 ]; then
			seen=$now
			hedge__pin_all "$@"
			! hedge__are_settled "$ticks" "$@" || return 0
		fi
		clock_sleep 0.05 && ticks=$((ticks + 1))
	done
}

hedge__pin_all() {
	local image
	for image in "$@"; do hedge__pin "$image"; done
}

hedge__are_settled() {
	local ticks image
	ticks=$1
	shift
	for image in "$@"; do hedge__is_settled "$image" "$ticks" || return 1; done
}

hedge__is_settled() {
	local place own
	place=$(places_first "$1")
	places_find_list "$1"
	own=$PLACES_OWN
	[ -z "${HEDGE_ALL:-}" ] || place=''
	[ "$place" != "$own" ] && ! places_is_refused "$1" || return 0
	if [ -n "$place" ]; then
		[ "$2" -ge 20 ] || places_is_spent "$own" || hedge__has_ended "$own"
	else
		for place in $(places_of "$1"); do hedge__has_ended "$place" || return 1; done
	fi
}

hedge__has_ended() { places_find_answer "$1" && [ -f "$PLACES_ANSWER.end" ]; }

# Places: where an image can be had, its own registry or a mirror of it, found out by questions side by side.
# Needs clock.sh, attempt.sh, lock.sh, references.sh and registry.sh. Works in SCRATCH. PLACES_SPENT: the hosts from which a
# build of this run has failed.
# shellcheck shell=sh

# places_probe IMAGE...: asks the registries of all, and a mirror a quarter of a second after the one before it where none
# has answered by then. PLACES_ANSWERED: how many of the images can be had from one of them.
places_probe() {
	local image place places number
	PLACES_ASKED=
	for image in "$@"; do
		number=0
		places=$(places_of "$image") || exit
		for place in $places; do
			places__ask "$place" "$number" "$image" &
			PLACES_ASKED="$PLACES_ASKED $!"
			number=$((number + 1))
		done
	done
	places__settle "$@"
	places_await
	PLACES_ANSWERED=0
	for image in "$@"; do
		[ -z "$(places_first "$image")" ] || PLACES_ANSWERED=$((PLACES_ANSWERED + 1))
	done
}

# places_of IMAGE: its own name, then its name behind each mirror, in order. Where the digest of a tag is known from its own
# registry, a mirror must have that one. A host from which this run could not build is left out.
places_of() {
	local place digest own places
	places=$(reference_places "$1") || return
	own='' digest=''
	for place in $places; do
		[ -n "$own" ] || {
			own=$place
			case $own in *@*) ;; *) digest=$(places_known_digest "$own") || : ;; esac
			digest=${digest:+@$digest}
			places__is_spent "$place" || printf '%s\n' "$place"
			continue
		}
		places__is_spent "$place" || printf '%s%s\n' "$place" "$digest"
	done
}

# places_known_digest IMAGE: what its own registry has said lately; false where it has not.
places_known_digest() { registry_recall "$1" "${SEAWALL_LAST_GOOD_MAX_AGE:-604800}"; }

places__is_spent() { case " ${PLACES_SPENT:-} " in *" $(reference_host "$1") "*) ;; *) return 1 ;; esac }

# places_has_other IMAGE PLACE: whether another place is left for it, of which nothing bad is known.
places_has_other() {
	local place host
	host=$(reference_host "$2")
	for place in $(places_of "$1"); do
		[ "$(reference_host "$place")" != "$host" ] || continue
		registry_find_opening "$(reference_host "$place")"
		[ "$REGISTRY_OPENS" -ne 0 ] || return 0
	done
	return 1
}

# places_leave PLACE: its host is not used again in this run.
places_leave() { PLACES_SPENT="${PLACES_SPENT:-} $(reference_host "$1")"; }

# For the clean-up of a command too: what is still asking is ended.
places_await() {
	[ -n "${PLACES_ASKED:-}" ] || return 0
	# shellcheck disable=SC2086 # a list of process ids
	{ kill $PLACES_ASKED || :; } 2>/dev/null
	# shellcheck disable=SC2086
	wait $PLACES_ASKED || :
	PLACES_ASKED=
}

# places__ask PLACE NUMBER IMAGE. The answer is a file: its presence says that the image can be had there, its text is the
# digest.
places__ask() {
	local answer
	answer=$(places__answer "$1")
	LOCK_HELD=''
	trap 'attempt_end; lock_drop; exit 0' TERM
	[ "$2" -eq 0 ] || { clock_sleep "$(($2 / 4)).$(($2 % 4 * 25))" && [ -z "$(places_first "$3")" ]; } || return 0
	case $2 in 0) registry_ask "$1" "$answer" || : ;; *) registry_ask "$1" "$answer" mirror || : ;; esac
	: >"$answer.end"
}

# Until each image has an answer or none to come; its own registry is waited for a second where a mirror was faster.
places__settle() {
	local image tenths open
	tenths=0 open=yes
	while [ "$open" = yes ] && [ "$tenths" -lt 60 ]; do
		open=no
		for image in "$@"; do places__is_settled "$image" "$tenths" || open=yes; done
		[ "$open" = no ] || { clock_sleep 0.1 && tenths=$((tenths + 1)); }
	done
}

places__is_settled() {
	local place own
	own=$(reference_pinned "$1") place=$(places_first "$1")
	[ "$place" != "$own" ] && ! places_is_refused "$1" || return 0
	if [ -n "$place" ]; then
		[ "$2" -ge 10 ] || places__is_spent "$own" || [ -f "$(places__answer "$own").end" ]
	else
		for place in $(places_of "$1"); do [ -f "$(places__answer "$place").end" ] || return 1; done
	fi
}

# places_first IMAGE: the first place that has answered for it, itself before its mirrors.
places_first() {
	local place
	for place in $(places_of "$1"); do
		[ -f "$(places__answer "$place")" ] || continue
		printf '%s\n' "$place"
		return 0
	done
}

# places_class IMAGE: why its own registry does not serve it.
places_class() { cat "$(places__answer "$(reference_pinned "$1")").class" 2>/dev/null; }

# places_words IMAGE: the same in the registry's words.
places_words() { cat "$(places__answer "$(reference_pinned "$1")").why" 2>/dev/null; }

# places_is_refused IMAGE: its own registry answers that it is not there, or not for everybody: nobody else can say more.
places_is_refused() {
	case $(places_class "$1"):$(places_words "$1") in
		not-found:* | auth:*401*) ;;
		*) return 1 ;;
	esac
}

# places_is_asked IMAGE: whether its own registry was asked in this round, and did not want to be left alone.
places_is_asked() {
	[ ! -f "$(places__answer "$(reference_pinned "$1")").recalled" ] && [ "$(places_class "$1")" != rate-limited ]
}

# places_digest PLACE: what its answer says that the image is.
places_digest() { cat "$(places__answer "$1")"; }

# What was learnt may be old.
places_forget() { PLACES_ANSWERED='' && rm -f "$SCRATCH"/answer.*; }

places__answer() { printf '%s/answer.%s\n' "$SCRATCH" "$(reference_key "$1")"; }

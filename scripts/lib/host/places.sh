# Places: where an image can be had, its own registry or a mirror of it, and what hedge.sh has found out of each.
# Needs references.sh and registry.sh. Works in SCRATCH. PLACES_SPENT: the hosts from which a build of this run has
# failed.
# shellcheck shell=sh

# places_of IMAGE: its own name, then its name behind each mirror, in order. Where the digest of a tag is known from its own
# registry, a mirror must have that one. A host from which this run could not build is left out.
places_of() {
	local place file
	reference_key "$1"
	file=$SCRATCH/places.$REFERENCE_KEY
	[ -f "$file" ] || places__list "$1" >"$file" || { rm -f "$file" && return 78; }
	while read -r place; do places_is_spent "$place" || printf '%s\n' "$place"; done <"$file"
}

places__list() {
	local place digest own places
	places=$(reference_places "$1") || return
	own='' digest=''
	for place in $places; do
		if [ -z "$own" ]; then
			own=$place
			case $own in *@*) ;; *) digest=$(places_known_digest "$own") || : ;; esac
		else
			place=$place${digest:+@$digest}
		fi
		printf '%s\n' "$place"
	done
}

# places_known_digest IMAGE: what its own registry has said lately; false where it has not.
places_known_digest() { registry_recall "$1" "${SEAWALL_LAST_GOOD_MAX_AGE:-604800}"; }

# places_is_spent PLACE: whether a build of this run has failed from there.
places_is_spent() { [ -n "${PLACES_SPENT:-}" ] && case " $PLACES_SPENT " in *" $(reference_host "$1") "*) ;; *) return 1 ;; esac }

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

# places_first IMAGE: the first place that has answered for it, itself before its mirrors.
places_first() {
	local place
	for place in $(places_of "$1"); do
		places_find_answer "$place"
		[ -f "$PLACES_ANSWER" ] || continue
		printf '%s\n' "$place"
		return 0
	done
}

# places_class IMAGE: why its own registry does not serve it.
places_class() { places__own "$1" class; }

# places_words IMAGE: the same in the registry's words.
places_words() { places__own "$1" why; }

places__own() {
	places_find_answer "$(reference_pinned "$1")"
	[ -f "$PLACES_ANSWER.$2" ] && cat "$PLACES_ANSWER.$2"
}

# places_tell PLACE: what it said, `ok` or a class, a tab, and its words or the digest.
places_tell() {
	places_find_answer "$1"
	if [ -f "$PLACES_ANSWER" ]; then
		printf 'ok\t%s%s\n' "$(cat "$PLACES_ANSWER")" "$(sed 's/^/, pulls left: /' "$PLACES_ANSWER.left" 2>/dev/null)"
	else
		printf '%s\t%s\n' "$(cat "$PLACES_ANSWER.class" 2>/dev/null || printf 'silent')" "$(head -n 1 "$PLACES_ANSWER.why" 2>/dev/null)"
	fi
}

# places_is_refused IMAGE: its own registry answers that it is not there, or not for everybody: nobody else can say more.
places_is_refused() {
	case $(places_class "$1"):$(places_words "$1") in
		not-found:* | auth:*401*) ;;
		*) return 1 ;;
	esac
}

# places_is_asked IMAGE: whether its own registry was asked in this round, and did not want to be left alone.
places_is_asked() {
	[ "$(places_class "$1")" != rate-limited ] && places_find_answer "$(reference_pinned "$1")" && [ ! -f "$PLACES_ANSWER.recalled" ]
}

# places_pinned PLACE: with the digest that its answer gives.
places_pinned() { places_find_answer "$1" && printf '%s@%s\n' "${1%%@*}" "$(cat "$PLACES_ANSWER")"; }

# What was learnt may be old.
places_forget() { PLACES_ANSWERED='' && (set +f && rm -f "$SCRATCH"/answer.* "$SCRATCH"/places.*); }

# places_find_answer PLACE: sets PLACES_ANSWER to the file with its answer; beside it are others, as registry.sh has them.
places_find_answer() {
	reference_key "$1"
	PLACES_ANSWER=$SCRATCH/answer.$REFERENCE_KEY
}

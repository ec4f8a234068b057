# Places: where an image can be had, its own registry or a mirror of it, and what hedge.sh has found out of each. A mirror
# vouches for nothing: where the digest of a tag is not known, it counts only once the image's own registry has failed.
# Works in SCRATCH. PLACES_SPENT: the hosts from
# which a build of this run has failed.
# shellcheck shell=sh

# places_of IMAGE: its own name, then its name behind each mirror, in order. Where the digest of a tag is known from its own
# registry, a mirror must have that one. A host from which this run could not build is left out.
places_of() {
	local place
	places_find_list "$1" || return
	while read -r place; do places_is_spent "$place" || printf '%s\n' "$place"; done <"$PLACES_LIST"
}

# places_find_list IMAGE: sets PLACES_LIST to the file with all its places, its own first, and PLACES_OWN to that.
places_find_list() {
	local list
	reference_key "$1"
	list=$SCRATCH/places.$REFERENCE_KEY
	[ -f "$list" ] || places__list "$1" >"$list" || { rm -f "$list" && return 78; }
	read -r PLACES_OWN <"$list" && PLACES_LIST=$list
}

places__list() {
	local own mirrors digest
	own=$(image_lock_pinned "$1") || return
	printf '%s\n' "$own"
	mirrors=$(mirrors_of "$(reference_full "$own")")
	[ -n "$mirrors" ] || return 0
	case $own in *@*) digest='' ;; *) digest=$(places_known_digest "$own") || : ;; esac
	printf '%s\n' "$mirrors" | places__add_digest "$digest"
}

# places__add_digest DIGEST: in place of what each mirror has; nothing is changed where it is not known.
places__add_digest() {
	local place
	while read -r place; do printf '%s\n' "${1:+${place%%@*}@}${1:-$place}"; done
}

# places_pin IMAGE DIGEST: its own registry has told the digest meanwhile, and its mirrors must have it.
places_pin() {
	places_find_list "$1"
	{ printf '%s\n' "$PLACES_OWN" && sed 1d "$PLACES_LIST" | places__add_digest "$2"; } >"$PLACES_LIST.new" && mv "$PLACES_LIST.new" "$PLACES_LIST"
}

# places_known_digest IMAGE: what its own registry has said lately; false where it has not.
places_known_digest() { digests_recall "$1" "${SEAWALL_LAST_GOOD_MAX_AGE:-604800}" seen; }

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

# places_first IMAGE: the first place that may serve it, itself before its mirrors.
places_first() {
	local place
	places_find_list "$1"
	while read -r place; do
		places_find_answer "$place"
		[ -f "$PLACES_ANSWER" ] && ! places_is_spent "$place" || continue
		[ "$place" = "$PLACES_OWN" ] || places_is_certain "$place" || places__has_failed "$PLACES_OWN" || continue
		printf '%s\n' "$place"
		return 0
	done <"$PLACES_LIST"
}

# places_has_answer IMAGE: whether any of them has answered, may it serve or not.
places_has_answer() {
	local place
	places_find_list "$1"
	while read -r place; do places_find_answer "$place" && [ ! -f "$PLACES_ANSWER" ] || return 0; done <"$PLACES_LIST"
	return 1
}

# places_is_certain MIRROR: whether its digest is known from elsewhere than from itself.
places_is_certain() { case $1 in *@*) ;; *) return 1 ;; esac }

# places__has_failed OWN: whether it has said so, or nothing for HTTP_PATIENCE seconds. What is not there, or not for everybody, is
# no failure.
places__has_failed() {
	local class
	! places_is_spent "$1" || return 0
	class=''
	places_find_answer "$1"
	{ read -r class <"$PLACES_ANSWER.class"; } 2>/dev/null || :
	case $class in '' | not-found) return 1 ;; auth) ! grep -q 401 "$PLACES_ANSWER.why" ;; esac
}

# places_verdict MIRROR
places_verdict() { if places_is_certain "$1"; then printf 'mirror\n'; else printf 'unverified tag\n'; fi; }

# places_class IMAGE: why its own registry does not serve it.
places_class() { places__own "$1" class; }

# places_words IMAGE: in the registry's words.
places_words() { places__own "$1" why; }

places__own() {
	places_find_list "$1" && places_find_answer "$PLACES_OWN"
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
	[ "$(places_class "$1")" != rate-limited ] && places_find_list "$1" && places_find_answer "$PLACES_OWN" && [ ! -f "$PLACES_ANSWER.recalled" ]
}

# places_pinned PLACE: with the digest that its answer gives.
places_pinned() { places_find_answer "$1" && printf '%s@%s\n' "${1%%@*}" "$(cat "$PLACES_ANSWER")"; }

places_forget() { PLACES_ANSWERED='' && (set +f && rm -f "$SCRATCH"/answer.* "$SCRATCH"/places.*); }

# places_find_answer PLACE: sets PLACES_ANSWER to the file with its answer; beside it are others, as registry.sh has them.
places_find_answer() {
	reference_key "$1"
	PLACES_ANSWER=$SCRATCH/answer.$REFERENCE_KEY
}

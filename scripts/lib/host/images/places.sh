# Places: the registries that may serve an image (its own, then the mirrors) and what hedge.sh learnt from each. A
# mirror does not decide what a tag means: if the digest of a tag is not known, a mirror counts only once the own
# registry has failed.
# Works in SCRATCH.
# shellcheck shell=sh

# places_of IMAGE: prints the image's own reference, then the same behind each mirror, without hosts that are spent. If
# the own registry has named the digest of a tag, a mirror must serve that digest.
places_of() {
	local place
	places_find_list "$1" || return
	while read -r place; do spent_has "$place" || printf '%s\n' "$place"; done <"$PLACES_LIST"
}

# places_find_list IMAGE: sets PLACES_LIST to the file with all its places and PLACES_OWN to the first, its own.
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

# places__add_digest DIGEST: replaces the digest of each place on stdin; an empty DIGEST changes nothing.
places__add_digest() {
	local place
	while read -r place; do printf '%s\n' "${1:+${place%%@*}@}${1:-$place}"; done
}

# places_pin IMAGE DIGEST: the own registry has named the digest, so its mirrors must serve it.
places_pin() {
	places_find_list "$1"
	{ printf '%s\n' "$PLACES_OWN" && sed 1d "$PLACES_LIST" | places__add_digest "$2"; } >"$PLACES_LIST.new" &&
		mv "$PLACES_LIST.new" "$PLACES_LIST"
}

# places_known_digest IMAGE: prints the digest that its own registry has named lately; false if it has not.
places_known_digest() { digests_recall "$1" "${SEAWALL_LAST_GOOD_MAX_AGE:-604800}" seen; }

# places_has_other IMAGE PLACE: whether IMAGE has another place whose registry is not ejected.
places_has_other() {
	local place host
	host=$(reference_host "$2")
	for place in $(places_of "$1"); do
		[ "$(reference_host "$place")" != "$host" ] || continue
		registry_is_ejected "$(reference_host "$place")" || return 0
	done
	return 1
}

# places_has_answer IMAGE: whether any of its places has the image.
places_has_answer() {
	local place
	places_find_list "$1"
	while read -r place; do ! places_has "$place" || return 0; done <"$PLACES_LIST"
	return 1
}

# places_has PLACE: whether PLACE has answered that it has the image.
places_has() { places_find_answer "$1" && [ -f "$PLACES_ANSWER" ]; }

# places_is_certain MIRROR: whether its digest is known from elsewhere than the mirror.
places_is_certain() { case $1 in *@*) ;; *) return 1 ;; esac }

# places_has_failed OWN: whether the own registry answered with a failure or not at all within HTTP_TIMEOUT seconds. An
# image that is missing or needs a login is no failure.
places_has_failed() {
	local class
	! spent_has "$1" || return 0
	class=''
	places_find_answer "$1"
	{ read -r class <"$PLACES_ANSWER.class"; } 2>/dev/null || :
	case $class in '' | not-found) return 1 ;; auth) ! grep -q 401 "$PLACES_ANSWER.why" ;; esac
}

# places_class IMAGE: prints the class of its own registry's failure; false if it has not failed.
places_class() { places__own "$1" class; }

# places_words IMAGE: prints the words of that failure.
places_words() { places__own "$1" why; }

places__own() {
	places_find_list "$1" && places_find_answer "$PLACES_OWN"
	[ -s "$PLACES_ANSWER.$2" ] && cat "$PLACES_ANSWER.$2"
}

# places_tell_failure IMAGE: prints the failure of one of its places, its own before the mirrors, and an outage before a
# missing image or a refusal: the class, a blank and the place, then the lines of answer_details behind the reason.
# Nothing if none has failed in this run.
places_tell_failure() {
	local place class found
	found=''
	places_find_list "$1"
	while read -r place; do
		places_find_answer "$place"
		class=''
		{ read -r class <"$PLACES_ANSWER.class"; } 2>/dev/null || :
		[ -n "$class" ] || class=$(spent_class "$place") || continue
		case ${found:+$class} in not-found | auth) continue ;; esac
		found="$class $place"
		case $class in not-found | auth) ;; *) break ;; esac
	done <"$PLACES_LIST"
	[ -n "$found" ] || return 0
	printf '%s\n' "$found"
	places_find_answer "${found#* }"
	cat "$PLACES_ANSWER.why" 2>/dev/null ||
		printf '%s failed during a build: %s\nhttps://%s\n' "$(reference_host "${found#* }")" "${found%% *}" \
			"$(reference_url "${found#* }")"
}

# places_is_refused IMAGE: whether its own registry answers that the image is missing or needs a login (401). Then the
# builder, which may have a login, decides, unless it has failed there. A registry that has named the digest and lacks
# the content is incomplete: a mirror may have it.
places_is_refused() {
	places_find_list "$1"
	! spent_has "$PLACES_OWN" || return 1
	case $(places_class "$1"):$(places_words "$1") in
		not-found:*) places_find_answer "$PLACES_OWN" && [ ! -f "$PLACES_ANSWER.seen" ] ;;
		auth:*401*) ;;
		*) return 1 ;;
	esac
}

# places_is_asked IMAGE: whether its own registry was asked for this attempt and has not asked for a pause.
places_is_asked() {
	[ "$(places_class "$1")" != rate-limited ] && places_find_list "$1" && places_find_answer "$PLACES_OWN" &&
		[ ! -f "$PLACES_ANSWER.recalled" ]
}

# places_pinned PLACE: prints PLACE with the digest that it answered.
places_pinned() { places_find_answer "$1" && printf '%s@%s\n' "${1%%@*}" "$(cat "$PLACES_ANSWER")"; }

# places_forget: the answers of one attempt are not those of the next.
places_forget() { (set +f && rm -f "$SCRATCH"/answer.* "$SCRATCH"/places.*); }

# places_find_answer PLACE: sets PLACES_ANSWER to the file with its digest; files beside it are those of registry_ask.
places_find_answer() {
	reference_key "$1"
	PLACES_ANSWER=$SCRATCH/answer.$REFERENCE_KEY
}

# Places: where an image can be had, its own registry or a mirror of it, and what hedge.sh has found out of each.
# Needs references.sh and registry.sh. Works in SCRATCH. PLACES_SPENT: the hosts from which a build of this run has
# failed.
# shellcheck shell=sh

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
			places_is_spent "$place" || printf '%s\n' "$place"
			continue
		}
		places_is_spent "$place" || printf '%s%s\n' "$place" "$digest"
	done
}

# places_known_digest IMAGE: what its own registry has said lately; false where it has not.
places_known_digest() { registry_recall "$1" "${SEAWALL_LAST_GOOD_MAX_AGE:-604800}"; }

# places_is_spent PLACE: whether a build of this run has failed from there.
places_is_spent() { case " ${PLACES_SPENT:-} " in *" $(reference_host "$1") "*) ;; *) return 1 ;; esac }

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
		[ -f "$(places_answer "$place")" ] || continue
		printf '%s\n' "$place"
		return 0
	done
}

# places_class IMAGE: why its own registry does not serve it.
places_class() { cat "$(places_answer "$(reference_pinned "$1")").class" 2>/dev/null; }

# places_words IMAGE: the same in the registry's words.
places_words() { cat "$(places_answer "$(reference_pinned "$1")").why" 2>/dev/null; }

# places_tell PLACE: what it said, `ok` or a class, a tab, and its words or the digest.
places_tell() {
	local answer
	answer=$(places_answer "$1")
	if [ -f "$answer" ]; then
		printf 'ok\t%s%s\n' "$(cat "$answer")" "$(sed 's/^/, pulls left: /' "$answer.left" 2>/dev/null)"
	else
		printf '%s\t%s\n' "$(cat "$answer.class" 2>/dev/null || printf 'silent')" "$(head -n 1 "$answer.why" 2>/dev/null)"
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
	[ ! -f "$(places_answer "$(reference_pinned "$1")").recalled" ] && [ "$(places_class "$1")" != rate-limited ]
}

# places_pinned PLACE: with the digest that its answer gives.
places_pinned() { printf '%s@%s\n' "${1%%@*}" "$(cat "$(places_answer "$1")")"; }

# What was learnt may be old.
places_forget() { PLACES_ANSWERED='' && rm -f "$SCRATCH"/answer.*; }

# places_answer PLACE: the file with its answer; beside it are others, as registry.sh has them.
places_answer() { printf '%s/answer.%s\n' "$SCRATCH" "$(reference_key "$1")"; }

# View of images: which images are left to the builder, because its view of the registries counts and not that of this
# machine; and what its answers show about that view (view.sh).
# Works in SCRATCH.
# shellcheck shell=sh

# view_leaves IMAGE OWN PLACE: whether the builder fetches IMAGE from OWN, its own registry, although that failed for
# this machine: the builder may reach another registry under that name, and no build of this run has failed from there.
# PLACE is a mirror that serves it, empty for none. Every engine may trust certificates (certs.d), and registries
# without TLS, that this machine does not.
view_leaves() {
	! spent_has "$2" || return 1
	view_find
	case $VIEW:${3:+mirror} in
		ours:mirror | agreed:mirror) return 1 ;;
		ours:) [ "$(places_class "$1")" = tls ] ;;
	esac
}

# view_find_mirror IMAGE: sets VIEW_MIRROR to the first mirror that no build of this run has failed from, whatever it
# answered this machine; empty if there is none, or if the builder reaches what this machine reaches.
view_find_mirror() {
	local place
	VIEW_MIRROR=''
	! view__rejects_mirrors || return 0
	places_find_list "$1"
	while read -r place; do
		[ "$place" != "$PLACES_OWN" ] && ! spent_has "$place" || continue
		VIEW_MIRROR=$place
		return 0
	done <"$PLACES_LIST"
}

# view__rejects_mirrors: whether a mirror that failed for this machine is expected to fail for the builder.
view__rejects_mirrors() { view_is_ours || [ "$VIEW_AGREES" = mirrors ]; }

# view_has_place IMAGE PLACE: whether the builder may still reach another place for IMAGE, which failed for this
# machine.
view_has_place() {
	local place
	! view__rejects_mirrors || return 1
	for place in $(places_of "$1"); do
		[ "$(reference_host "$place")" = "$(reference_host "$2")" ] || return 0
	done
	return 1
}

# view_is_forbidden FILE: whether a registry answered the builder, but not this machine, with a bare 403, as FILE says.
# A mirror may still serve.
view_is_forbidden() { ! view_is_ours && grep -q '403 Forbidden' "$1"; }

# view_note_failure IMAGE PLACE VERDICT CLASS: the builder failed with CLASS on PLACE. If this machine failed on the own
# registry, too, their views agree; if this machine has reached a mirror that the builder cannot, they differ.
# VIEW_AGREES says on what they agree in this run: own (registries) or mirrors, empty for nothing.
view_note_failure() {
	view__place_has_failed "$2" && case $3 in
		default | pinned) [ -n "$VIEW_AGREES" ] || VIEW_AGREES=own ;;
		*) VIEW_AGREES=mirrors ;;
	esac
	case $3:$4 in
		default:* | pinned:*) ! view__has_failed "$1" || view_note agreed ;;
		mirror:connection-refused | mirror:dns | mirror:proxy | mirror:tls) view_note other ;;
		'unverified tag:connection-refused' | 'unverified tag:dns') view_note other ;;
		mirror:timeout | 'unverified tag:timeout') view_is_ours || view_note other ;;
	esac
}

# view_agrees PLACE: whether PLACE failed for this machine, and the builder has failed in this run where this machine
# failed.
view_agrees() { [ -n "$VIEW_AGREES" ] && view__place_has_failed "$1"; }

# view__place_has_failed PLACE: whether PLACE failed for this machine; a missing or refused image is no failure.
view__place_has_failed() {
	local class
	places_find_answer "$1"
	{ read -r class <"$PLACES_ANSWER.class"; } 2>/dev/null || return 1
	case $class in not-found | auth) return 1 ;; esac
}

# view_note_success: a build has passed. The builder's view differs from that of this machine if it got an image from a
# registry that failed for this machine. A builder with this machine's view may have had its own copy.
view_note_success() { image_plan_each view__note_row; }

# view__note_row USE IMAGE DIGEST PLACE SOURCE VERDICT
view__note_row() {
	case $6 in default | pinned) ;; *) return 0 ;; esac
	view__has_failed "$2" && ! view_is_ours || return 0
	view_note other
}

# view__has_failed IMAGE: whether its own registry failed for this machine; a refusal is no failure.
view__has_failed() { [ -n "$(places_class "$1")" ] && ! places_is_refused "$1"; }

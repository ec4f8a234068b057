# Blame: moves the images that a failed build could not fetch to their next place, and ejects the registry that failed.
# If several registries may have failed, none is ejected, because some of them are healthy.
# Works in SCRATCH. BLAME_OUTAGE: the class of the last outage of a registry in this run.
# shellcheck shell=sh

# blame_registry FILE PROGRESS: a build failed with the words of FILE and the finding of these words; PROGRESS is its
# plain progress. Completes the finding if it concerns images. True if the next attempt can begin at once.
blame_registry() {
	BLAME_RETRY=no BLAME_SECONDS=0
	suspects_read "$1" "$2"
	blame__find_class "$1" || return 1
	suspects_find
	if suspects_are_none; then learnt_add "$BLAME_CLASS" && return; fi
	! suspects_are_none || return 1
	if [ "$BLAME_CLASS" = integrity ] && kept_bytes_explain "$1" "${SUSPECTS_PLACES##* }"; then
		BLAME_RETRY=$KEPT_BYTES_GONE
	else
		image_plan_each blame__one "$1"
		[ "$BLAME_RETRY" = no ] || image_plan_each blame__follow
		blame__complete_finding
		[ "$BLAME_RETRY" = no ] || blame__drop_bytes
	fi
	[ "$BLAME_RETRY" = yes ]
}

# blame__find_class FILE: sets BLAME_CLASS to the class of a failed fetch; false if the failure is no such. A response
# that cannot be read (broken chunks or compression) has no class of its own. A registry that names a manifest and lacks
# it is incomplete.
blame__find_class() {
	BLAME_CLASS=$FINDING_CLASS
	! suspects_say step || return 1
	case $BLAME_CLASS in
		integrity | timeout | connection-* | dns | tls | proxy | http-* | rate-limited | html-* | truncated) ;;
		not-found) ! grep -q 'content at .*/manifests/sha256:.*: not found' "$1" || BLAME_CLASS=truncated ;;
		auth) ;;
		build-command-failed | dockerfile-syntax | other)
			suspects_say fetch || return 1
			BLAME_CLASS=truncated
			! suspects_say absent || BLAME_CLASS=not-found
			;;
		*)
			suspects_say stray || return 1
			BLAME_CLASS=truncated
			;;
	esac
}

# blame__one USE IMAGE DIGEST PLACE SOURCE VERDICT FILE: moves IMAGE to its next place if its place has failed.
blame__one() {
	local host
	values_has "$4" "$SUSPECTS_PLACES" || return 0
	host=$(reference_host "$4")
	# If the builder fetches content, its own copy is incomplete.
	! suspects_say fetched && ! grep -q -F -e /blobs/ -e layer-sha256: -e config-sha256: "$7" || images_note_absent "$2"
	view_note_failure "$2" "$4" "$6" "$BLAME_CLASS"
	case $BLAME_CLASS in
		not-found | auth) view_is_forbidden "$7" || ! blame__is_final "$2" "$4" || return 0 ;;
		# A late registry has been blamed for its late answer.
		timeout) late_is_awaited "$4" || blame__note_failure "$2" "$host" "$7" ;;
		*) blame__note_failure "$2" "$host" "$7" ;;
	esac
	[ "$6" != alternative ] && blame__has_next "$2" "$4" || return 0
	BLAME_RETRY=yes
	case $BLAME_CLASS:$SUSPECTS_HOSTS in
		not-found:* | auth:* | *' '*) spent_add "${4%%@*}" "$BLAME_CLASS" ;;
		*) spent_add "$host" "$BLAME_CLASS" ;;
	esac
}

# blame__follow USE IMAGE DIGEST PLACE SOURCE VERDICT: if the builder has failed where this machine failed, an image
# whose place failed for this machine, too, moves to its next place for the same next attempt, not for a later one.
blame__follow() {
	case $6 in default | pinned | mirror | 'unverified tag') view_agrees "$4" || return 0 ;; *) return 0 ;; esac
	! blame__has_next "$2" "$4" || spent_add "$(reference_host "$4")" "$BLAME_CLASS"
}

# blame__has_next IMAGE PLACE: whether IMAGE has a source behind PLACE.
blame__has_next() { places_has_other "$1" "$2" || view_has_place "$1" "$2" || images_can_do_without "$1"; }

# blame__is_final IMAGE PLACE: whether PLACE has the last word on a missing or forbidden image. Its own registry decides
# what a tag means; content with a known digest may be at another place.
blame__is_final() {
	places_find_list "$1"
	[ "${2%%@*}" = "${PLACES_OWN%%@*}" ] && ! places_is_certain "$PLACES_OWN" && ! places_has "$PLACES_OWN"
}

# blame__note_failure IMAGE HOST FILE: ejects HOST if no other registry can have failed.
blame__note_failure() {
	local seconds wrong
	wrong='served wrong bytes'
	if [ "$SUSPECTS_HOSTS" != "$2" ]; then
		wrong='may have served wrong bytes'
	elif view_is_ours; then
		# Another builder may reach what this one does not.
		registry_blame "$2" "$BLAME_CLASS" "$3" "$2 failed during a build: $BLAME_CLASS"
		seconds=$(registry_seconds_left "$2")
		[ "$BLAME_SECONDS" -ge "$seconds" ] || BLAME_SECONDS=$seconds
	fi
	[ "$BLAME_CLASS" != integrity ] || log_warn "$2 $wrong for $1"
}

# blame__complete_finding: the finding names the registry, if only one can have failed. What the last place lacks or
# refuses is an outage if an earlier place had one, because that place may have the image.
blame__complete_finding() {
	local verdict code host
	verdict=$FINDING_VERDICT code=$FINDING_CODE host=''
	case $SUSPECTS_HOSTS in *' '*) ;; *) host=$SUSPECTS_HOSTS ;; esac
	if [ "$BLAME_CLASS" = "$FINDING_CLASS" ]; then
		blame__set_finding "$host" && finding_decide "$verdict" "$code"
	else
		blame__set_finding "$host"
	fi
	case $BLAME_CLASS:$BLAME_RETRY:${BLAME_OUTAGE:-} in
		not-found:no:?* | auth:no:?* | tls:no:?* | http-4xx-other:no:?*)
			finding_set "$BLAME_OUTAGE" registry "$host" 0 && finding_decide elsewhere 75
			;;
		*:yes:*) finding_decide elsewhere ;;
	esac
	[ "$FINDING_CODE" -ne 75 ] || BLAME_OUTAGE=$FINDING_CLASS
}

# blame__set_finding HOST: nothing is asked before its ejection is over.
blame__set_finding() {
	local before
	before=0
	[ "$BLAME_SECONDS" -eq 0 ] || before=$(($(clock_now) + BLAME_SECONDS))
	finding_set "$BLAME_CLASS" registry "$1" "$before"
}

# The next fetch would continue from the bytes of this one, which may be wrong.
blame__drop_bytes() {
	! suspects_say stray || return 0
	case $BLAME_CLASS:$SUSPECTS_FACTS in
		integrity:* | truncated:* | html-*:* | *' partial'*) kept_bytes_drop || : ;;
	esac
}

# Blame: ejects the registry that made a build fail: the place that the image plan of that attempt chose, and no other.
# shellcheck shell=sh

# blame_registry FILE: a build has failed with the words of FILE. Ejects the registry from which the plan took the image
# that FILE names, and does not use it again in this run if the image has another source. True if the next attempt can
# begin at once.
blame_registry() {
	local class
	BLAME_RETRY=no
	# Most failures concern no image. BuildKit replays wrong bytes of a manifest without the name of the image.
	blame__names_any "$1" || grep -q 'unexpected commit digest' "$1" || return 1
	class=$(status_class_of_text "$1" buildkit 1)
	case $class in
		integrity) ! blame__note_wrong_bytes "$1" || image_plan_each blame__one "$1" "$class" ;;
		timeout | connection-* | dns | tls | proxy | http-* | rate-limited | html-* | truncated)
			image_plan_each blame__one "$1" "$class"
			;;
		auth) view_is_ours || ! grep -q '403 Forbidden' "$1" || image_plan_each blame__one "$1" "$class" ;;
	esac
	[ "$BLAME_RETRY" = yes ] || return 1
	# A 403 of one registry is not that of a mirror. If this machine saw it, the plan has left the registry already.
	[ "$class" != auth ] || { finding_set auth registry && finding_decide elsewhere; }
}

# blame__one USE IMAGE DIGEST PLACE SOURCE VERDICT FILE CLASS
blame__one() {
	local host
	blame__is_named "$2" "$4" "$7" || return 0
	host=$(reference_host "$4")
	# If the builder fetches a blob, its local copy is incomplete.
	! grep -q -F -e /blobs/ -e layer-sha256: -e config-sha256: "$7" || images_note_absent "$2"
	[ "$8" != integrity ] || log_warn "$host served wrong bytes for $2"
	view_note_failure "$2" "$4" "$6" "$8"
	# Another builder may reach what this one does not.
	! view_is_ours || registry_blame "$host" "$8" "$7" "$host failed during a build: $8"
	if [ "$6" != alternative ] &&
		{ places_has_other "$2" "$4" || view_has_place "$2" "$4" || images_can_do_without "$2"; }; then
		places_leave "$4"
		BLAME_RETRY=yes
	elif view_is_ours; then
		blame__print_wait "$host" >>"$7"
	fi
}

# blame__print_wait HOST: prints a Retry-After for the ladder, without the second that retry-after.sh adds.
blame__print_wait() {
	local seconds
	seconds=$(registry_seconds_left "$1")
	[ "$seconds" -eq 0 ] || printf 'Retry-After: %s\n' "$((seconds > 1 ? seconds - 1 : 1))"
}

# blame__note_wrong_bytes FILE: false if FILE names a digest that an earlier attempt saw: then BuildKit replays its own
# copy, and the registry that it uses now is not to blame. BuildKit 0.25 keeps a wrong layer for seconds, during which
# the kit waits, and a wrong manifest or configuration for five minutes.
blame__note_wrong_bytes() {
	local digest seen
	digest=$(LC_ALL=C sed -n 's/.*unexpected commit digest \(sha256:[0-9a-f]*\).*/\1/p' "$1" | head -n 1)
	seen=no
	! values_has "${digest:-none}" "${BLAME_WRONG:-}" || seen=yes
	BLAME_WRONG="${BLAME_WRONG:-} ${digest:-}"
	if grep -q layer-sha256: "$1" && blame__may_wait; then
		clock_sleep "$((6 * BLAME_WAITS))"
		BLAME_RETRY=$seen
	elif [ "$seen" = yes ]; then
		log_warn "the builder keeps the wrong bytes $digest for five minutes:" \
			"build again after that, or with another builder"
	fi
	[ "$seen" = no ]
}

# Six seconds, then twelve.
blame__may_wait() {
	BLAME_WAITS=$((${BLAME_WAITS:-0} + 1))
	[ "$BLAME_WAITS" -le 2 ]
}

blame__names_any() {
	BLAME_NAMED=no
	image_plan_each blame__note_named "$1"
	[ "$BLAME_NAMED" = yes ]
}

blame__note_named() { ! blame__is_named "$2" "$4" "$7" || BLAME_NAMED=yes; }

# blame__is_named IMAGE PLACE FILE: whether FILE names the image, as a failing step does, or its host, as a URL does.
blame__is_named() { [ "$2" != - ] && grep -q -F -e "$1" -e "$(reference_host "$2")/" "$3"; }

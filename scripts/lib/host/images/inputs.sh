# Inputs: makes the image plan of a build, and after a failed build blames the place that the plan chose.
# Works in SCRATCH, on the arguments that arguments.sh has read.
# shellcheck shell=sh

# inputs_choose DOCKERFILE: makes the plan of one attempt. SCRATCH/contexts gets the words that the build adds, none if
# every image comes from its own registry. DOCKERFILE is empty if the kit cannot read it.
inputs_choose() {
	local images frontend
	image_plan_begin
	: >"$SCRATCH/contexts"
	[ -n "$1" ] || { inputs__tell_blind && return; }
	sources_read "$1"
	source_policy_check_unread "$1"
	sources_tell_unread
	images=$(sources_images) frontend=$(sources_syntax)
	# shellcheck disable=SC2086 # names of images hold no blanks
	picks_are_made || hedge_probe $images $frontend
	# shellcheck disable=SC2086
	images_choose $images
	[ -z "$frontend" ] || syntax_choose "$frontend" "$1"
	[ "${HTTPS_ONLY:-off}" = off ] || https_check
	{
		image_plan_words
		syntax_words "$1"
		[ "$ARGUMENTS_LABELLED" = yes ] || images_label
	} >"$SCRATCH/contexts"
}

# A Dockerfile that the kit cannot read is built all the same; the log says so, unless the call itself is wrong.
inputs__tell_blind() {
	local what
	case ${STDIN:+stdin}:$ARGUMENTS_CONTEXT in
		:*://* | :git@* | :github.com/*) what='the context is remote' ;;
		stdin:*) what='stdin is an archive' ;;
		*) return 0 ;;
	esac
	log_info "$what: base images are not checked, and RUN steps get no settings from this machine"
}

# inputs_are_served FILE: whether every image has a source. Otherwise the finding is the failure of an image's own registry; if
# only the builder was asked, FILE gets its message.
inputs_are_served() {
	image_plan_has unserved || return 0
	: >"$1"
	image_plan_each inputs__report_unserved "$1"
	places_return_all
	return 1
}

# inputs__report_unserved USE IMAGE DIGEST PLACE SOURCE VERDICT FILE
inputs__report_unserved() {
	local class words
	[ "$6" = unserved ] || return 0
	class=$(places_class "$2") || class=''
	words=$(places_words "$2" | head -n 1)
	log_warn "no source has $2: ${class:-the builder cannot resolve it}${words:+, $words}"
	[ -n "$class" ] || cat "$SCRATCH/builder.why" >>"$7"
	[ -z "$class" ] || inputs__set_finding "$class" "$2" "$words"
}

# inputs__set_finding CLASS PLACE WORDS: the registry of PLACE failed.
inputs__set_finding() {
	local host seconds
	host=$(reference_host "$2")
	seconds=$(registry_seconds_left "$host")
	[ "$seconds" -eq 0 ] || seconds=$(($(clock_now) + seconds))
	finding_set "$1" registry "$host" "$seconds" "$3"
}

# inputs_blame FILE: a build has failed with the words of FILE. Ejects the registry from which the plan took the image
# that FILE names, and does not use it again in this run if the image has another source. True if the next attempt can
# begin at once.
inputs_blame() {
	local class
	INPUTS_RETRY=no
	# Most failures concern no image. BuildKit replays wrong bytes of a manifest without the name of the image.
	inputs__names_any "$1" || grep -q 'unexpected commit digest' "$1" || return 1
	class=$(status_class_of_text "$1" buildkit 1)
	case $class in
		integrity) ! inputs__note_wrong_bytes "$1" || image_plan_each inputs__blame_one "$1" "$class" ;;
		timeout | connection-* | dns | tls | proxy | http-* | rate-limited | html-* | truncated)
			image_plan_each inputs__blame_one "$1" "$class"
			;;
	esac
	[ "$INPUTS_RETRY" = yes ]
}

# inputs__blame_one USE IMAGE DIGEST PLACE SOURCE VERDICT FILE CLASS
inputs__blame_one() {
	local host
	inputs__is_named "$2" "$4" "$7" || return 0
	host=$(reference_host "$4")
	# If the builder fetches a blob, its local copy is incomplete.
	! grep -q -F -e /blobs/ -e layer-sha256: -e config-sha256: "$7" || images_note_absent "$2"
	[ "$8" != integrity ] || log_warn "$host served wrong bytes for $2"
	registry_blame "$host" "$8" "$7" "$host failed during a build: $8"
	if [ "$6" != alternative ] && { places_has_other "$2" "$4" || images_can_do_without "$2"; }; then
		places_leave "$4"
		INPUTS_RETRY=yes
	else
		inputs__print_wait "$host" >>"$7"
	fi
}

# inputs__print_wait HOST: a Retry-After for the ladder, which adds a second (retry-after.sh) that the number includes already.
inputs__print_wait() {
	local seconds
	seconds=$(registry_seconds_left "$1")
	[ "$seconds" -eq 0 ] || printf 'Retry-After: %s\n' "$((seconds > 1 ? seconds - 1 : 1))"
}

# inputs__note_wrong_bytes FILE: false if FILE names a digest that an earlier attempt saw: then BuildKit replays its own
# copy, and the registry that it uses now is not to blame. BuildKit 0.25 keeps a wrong layer for seconds, during which
# the kit waits, and a wrong manifest or configuration for five minutes.
inputs__note_wrong_bytes() {
	local digest seen
	digest=$(LC_ALL=C sed -n 's/.*unexpected commit digest \(sha256:[0-9a-f]*\).*/\1/p' "$1" | head -n 1)
	seen=no
	! values_has "${digest:-none}" "${INPUTS_WRONG:-}" || seen=yes
	INPUTS_WRONG="${INPUTS_WRONG:-} ${digest:-}"
	if grep -q layer-sha256: "$1" && inputs__may_wait; then
		clock_sleep "$((6 * INPUTS_WAITS))"
		INPUTS_RETRY=$seen
	elif [ "$seen" = yes ]; then
		log_warn "the builder keeps the wrong bytes $digest for five minutes: build again after that, or with another builder"
	fi
	[ "$seen" = no ]
}

# Six seconds, then twelve.
inputs__may_wait() {
	INPUTS_WAITS=$((${INPUTS_WAITS:-0} + 1))
	[ "$INPUTS_WAITS" -le 2 ]
}

inputs__names_any() {
	INPUTS_NAMED=no
	image_plan_each inputs__note_named "$1"
	[ "$INPUTS_NAMED" = yes ]
}

inputs__note_named() { ! inputs__is_named "$2" "$4" "$7" || INPUTS_NAMED=yes; }

# inputs__is_named IMAGE PLACE FILE: whether FILE names the image, as a failing step does, or its host, as a URL does.
inputs__is_named() { [ "$2" != - ] && grep -q -F -e "$1" -e "$(reference_host "$2")/" "$3"; }

# inputs_patience: prints the seconds without a byte of an image after which its source is given up: fewer if another
# place is left for one.
inputs_patience() {
	INPUTS_SECONDS=$SEAWALL_SILENCE
	image_plan_each inputs__shorten_patience
	printf '%s\n' "$INPUTS_SECONDS"
}

inputs__shorten_patience() { [ "$1" != base ] || ! places_has_other "$2" "$4" || INPUTS_SECONDS=$SEAWALL_STALL; }

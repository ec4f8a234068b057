# Inputs: the images that a Dockerfile builds on, where they come from in this attempt, and where else after a failure.
# Works in SCRATCH, on what buildx.sh has read.
# shellcheck shell=sh

# inputs_choose DOCKERFILE: sets IMAGES_WORDS to the list of the words that the build adds, empty if every registry is healthy.
inputs_choose() {
	IMAGES_WORDS='' IMAGES_UNSERVED='' IMAGES_DEGRADED='' IMAGES_UNVERIFIED=''
	[ -n "$1" ] || { inputs__tell_blind && return; }
	sources_read "$1"
	source_policy_check_unread "$1"
	sources_tell_unread
	INPUTS=$(sources_images) INPUTS_SYNTAX=$(sources_syntax)
	# shellcheck disable=SC2086 # names of images hold no blanks
	[ -n "${PLACES_ANSWERED:-}" ] || hedge_probe $INPUTS $INPUTS_SYNTAX
	# shellcheck disable=SC2086
	images_choose $INPUTS
	[ -z "$INPUTS_SYNTAX" ] || syntax_choose "$INPUTS_SYNTAX" "$1"
	# shellcheck disable=SC2086
	[ "${SEAWALL_HTTPS_ONLY:-off}" = off ] || https_check $INPUTS $INPUTS_SYNTAX
	[ -z "$IMAGES_DEGRADED" ] || [ "$ARGUMENTS_LABELLED" = yes ] || list_add IMAGES_WORDS --label seawall.degraded=base-image
}

# What cannot be read here is built all the same, and said, where it is no mistake of the call.
inputs__tell_blind() {
	case ${STDIN_FILE:+stdin}:$ARGUMENTS_CONTEXT in
		:*://* | :git@* | :github.com/*) log_info "the context is elsewhere: it is built without a look at its base images, and its RUN steps get nothing from here" ;;
		stdin:*) log_info "what comes on stdin is an archive: it is built without a look at its base images, and its RUN steps get nothing from here" ;;
	esac
}

# inputs_are_served FILE: else FILE gets the words of the registries, and how long they are to be left alone.
inputs_are_served() {
	local image words
	[ -n "$IMAGES_UNSERVED" ] || return 0
	for image in $IMAGES_UNSERVED; do
		words=$(places_words "$image")
		log_warn "no source has $image: $(places_class "$image" || :)"
		printf '%s\n' "${words:-$(cat "$SCRATCH/builder.why")}"
		inputs__wait "$image"
	done >"$1"
	# The next round may ask them again, if their breakers let it.
	PLACES_SPENT=''
	return 1
}

# The ladder adds a second to what it reads (retry-after.sh), which this number has already.
inputs__wait() {
	registry_find_opening "$(reference_host "$1")"
	[ "$REGISTRY_OPENS" -eq 0 ] || printf 'Retry-After: %s\n' "$((REGISTRY_OPENS > 1 ? REGISTRY_OPENS - 1 : 1))"
}

# inputs_blame FILE: a build has failed with the words of FILE. Which image is meant, its registry is left alone, and not
# used again in this run where the image can be had elsewhere: INPUTS_ELSEWHERE is then yes.
inputs_blame() {
	local image place class
	INPUTS_ELSEWHERE=no
	# Most that fails is no matter of images. Wrong bytes that the builder has kept may name none.
	inputs__names_any "$1" || grep -q 'unexpected commit digest' "$1" || return 0
	class=$(classify_file "$1" buildkit 1)
	class=${class%%	*}
	case $class in
		integrity) inputs__note_lie "$1" || return 0 ;;
		timeout | connection-* | dns | tls | proxy | http-* | rate-limited | html-* | truncated) ;;
		*) return 0 ;;
	esac
	for image in ${INPUTS:-} ${INPUTS_SYNTAX:-}; do
		place=$(places_first "$image")
		[ -n "$place" ] && inputs__is_named "$image" "$place" "$1" || continue
		# What it fetches it does not have.
		! grep -q -F -e /blobs/ -e layer-sha256: -e config-sha256: "$1" || images_note_absent "$image"
		[ "$class" != integrity ] || log_warn "$(reference_host "$place") served wrong bytes for $image"
		registry_blame "$(reference_host "$place")" "$class" "$1"
		if places_has_other "$image" "$place" || images_can_do_without "$image"; then
			places_leave "$place"
			INPUTS_ELSEWHERE=yes
		else
			inputs__wait "$place" >>"$1"
		fi
	done
}

# False where the wrong bytes are those of before: then the builder has kept them, and who was asked after the liar is
# innocent. BuildKit 0.25 keeps a layer's for seconds, which are waited for, and those of a manifest or configuration for five
# minutes.
inputs__note_lie() {
	local lie seen
	lie=$(LC_ALL=C sed -n 's/.*unexpected commit digest \(sha256:[0-9a-f]*\).*/\1/p' "$1" | head -n 1)
	case " ${INPUTS_LIES:-} " in *" ${lie:-none} "*) seen=yes ;; *) seen=no ;; esac
	INPUTS_LIES="${INPUTS_LIES:-} ${lie:-}"
	if grep -q layer-sha256: "$1" && inputs__may_wait; then
		clock_sleep "$((6 * INPUTS_WAITS))"
		INPUTS_ELSEWHERE=$seen
	elif [ "$seen" = yes ]; then
		log_warn "the builder keeps the wrong bytes $lie for five minutes: build again then, or with another builder"
	fi
	[ "$seen" = no ]
}

# Six seconds, then twelve.
inputs__may_wait() {
	INPUTS_WAITS=$((${INPUTS_WAITS:-0} + 1))
	[ "$INPUTS_WAITS" -le 2 ]
}

inputs__names_any() {
	local image place
	for image in ${INPUTS:-} ${INPUTS_SYNTAX:-}; do
		place=$(places_first "$image")
		[ -z "$place" ] || ! inputs__is_named "$image" "$place" "$1" || return 0
	done
	return 1
}

# The failing step says the name of the image, and an address the host that it came from.
inputs__is_named() { grep -q -F -e "$1" -e "$(reference_host "$2")/" "$3"; }

# inputs_patience: seconds without a byte of an image until its source is left: few where another place is left for one.
inputs_patience() {
	local image seconds
	seconds=$SEAWALL_SILENCE
	for image in ${INPUTS:-}; do
		! places_has_other "$image" "$(places_first "$image")" || seconds=$SEAWALL_STALL
	done
	printf '%s\n' "$seconds"
}

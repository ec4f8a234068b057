# Images: which source serves each base image of a Dockerfile: its own registry, a mirror, the user's alternative.
# Needs log.sh, exit.sh, clock.sh, attempt.sh, events.sh, engine.sh, bases.sh and layout.sh. Works in SCRATCH.
# shellcheck shell=sh

# images_list DOCKERFILE NAMES: the default values of its ARG lines ..._IMAGE whose names begin as NAMES (a basic
# regular expression) says.
images_list() {
	sed -n "s/^ARG \\($2\\)_IMAGE=//p" "$1" | sort -u
}

# images_choose IMAGE...: writes the options for buildx that redirect an image, one a line, to SCRATCH/contexts, and
# sets IMAGES_DEGRADED to the images that were replaced, IMAGES_MIRRORED to how many come from a mirror.
images_choose() {
	local image
	: >"$SCRATCH/contexts"
	IMAGES_DEGRADED='' IMAGES_MIRRORED=0
	[ -n "${IMAGES_ANSWERED:-}" ] || images_probe "$@"
	for image in "$@"; do images__choose_one "$image"; done
}

# images_probe IMAGE...: asks all registries and mirrors at once, each at most three seconds. IMAGES_ANSWERED: how many
# of the images can be had from one of them.
images_probe() {
	local image place
	IMAGES_PROBES=
	for image in "$@"; do
		for place in "$image" $(images__mirrors "$image"); do
			images__probe "$place" &
			IMAGES_PROBES="$IMAGES_PROBES $!"
		done
	done
	images_await
	IMAGES_ANSWERED=0
	for image in "$@"; do
		for place in "$image" $(images__mirrors "$image"); do
			[ -f "$SCRATCH/answer.$(images__key "$place")" ] || continue
			IMAGES_ANSWERED=$((IMAGES_ANSWERED + 1))
			break
		done
	done
}

# For the clean-up of a command too: a probe ends by itself within its three seconds.
images_await() {
	# shellcheck disable=SC2086 # a list of process ids
	[ -z "${IMAGES_PROBES:-}" ] || wait $IMAGES_PROBES || :
	IMAGES_PROBES=
}

# The answer is a file: its presence says that the image can be resolved there, its text is the digest.
images__probe() {
	local answer
	answer=$SCRATCH/answer.$(images__key "$1")
	attempt_run 3 docker buildx imagetools inspect "$1" >"$answer.part" 2>/dev/null || return 0
	sed -n 's/^Digest: *//p' "$answer.part" >"$answer.digest"
	mv "$answer.digest" "$answer"
}

images__key() { printf '%s' "$1" | cksum | cut -d ' ' -f 1; }

# The same image behind each mirror of its registry, in order.
images__mirrors() {
	local image pair
	image=$1
	case ${image%%/*} in
		*.* | *:*) [ "$image" != "${image#*/}" ] || image=docker.io/library/$image ;;
		*) case $image in */*) image=docker.io/$image ;; *) image=docker.io/library/$image ;; esac ;;
	esac
	for pair in $SEAWALL_REGISTRY_MIRRORS; do
		case $image in
			"${pair%%=*}"/*) printf '%s\n' "${pair#*=}/${image#"${pair%%=*}"/}" ;;
		esac
	done
}

images__choose_one() {
	local place
	if [ -f "$SCRATCH/answer.$(images__key "$1")" ] || docker image inspect "$1" >/dev/null 2>&1; then
		event_emit base info upstream registry source "$1" verdict default
		return 0
	fi
	for place in $(images__mirrors "$1"); do
		[ -f "$SCRATCH/answer.$(images__key "$place")" ] || continue
		images__redirect "$1" "docker-image://$place@$(cat "$SCRATCH/answer.$(images__key "$place")")" mirror
		IMAGES_MIRRORED=$((IMAGES_MIRRORED + 1))
		return 0
	done
	images__replace "$1"
}

# images__redirect IMAGE TARGET VERDICT
images__redirect() {
	log_warn "registry of $1 does not answer, using $2 [elsewhere]"
	event_emit base warn upstream registry source "$2" verdict "$3" detail "$1"
	printf -- '--build-context\n%s=%s\n' "$1" "$2" >>"$SCRATCH/contexts"
}

# A different image: only where the user named it, and said.
images__replace() {
	local pair other
	for pair in $SEAWALL_BASE_FALLBACKS; do
		[ "${pair%%=*}" = "$1" ] || continue
		other=${pair#*=}
		case $other in
			base:*)
				bases_make "${other#base:}"
				images__hand_in "${other#base:}"
				other=$IMAGES_CONTEXT
				;;
			*) other=docker-image://$other ;;
		esac
		images__redirect "$1" "$other" alternative
		IMAGES_DEGRADED="$IMAGES_DEGRADED $1"
		return 0
	done
	die 75 "no registry serves $1 and SEAWALL_BASE_FALLBACKS names no alternative: run again later or name one"
}

# Sets IMAGES_CONTEXT to what stands for the base in BASE_LAYOUT, where the builder reads layouts; else the engine gets
# it as an image of this run.
images__hand_in() {
	IMAGES_CONTEXT=oci-layout://$BASE_LAYOUT
	[ -n "${IMAGES_LAYOUTS:-}" ] || IMAGES_LAYOUTS=$(engine_takes_layouts && printf 'yes\n' || printf 'no\n')
	[ "$IMAGES_LAYOUTS" = no ] || return 0
	layout_load "$BASE_LAYOUT" "seawall-base-$SEAWALL_RUN/$1" || die 71 "wanted to load base $1 into the engine, could not: see the daemon's log"
	IMAGES_CONTEXT=docker-image://seawall-base-$SEAWALL_RUN/$1
}

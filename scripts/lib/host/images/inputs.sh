# Inputs: makes the image plan of a build, and answers questions about it.
# Works in SCRATCH, on the arguments that arguments.sh has read.
# shellcheck shell=sh

# inputs_ask DOCKERFILE: reads the images of the Dockerfile and begins to ask their registries. DOCKERFILE is empty if
# the kit cannot read it.
inputs_ask() {
	sources_read "$1"
	source_policy_check_unread "$1"
	inputs_ask_sources
}

# inputs_ask_sources: begins to ask the registries of the images in SCRATCH/sources.
inputs_ask_sources() {
	INPUTS_ARE_ASKED=yes
	sources_tell_unread
	INPUTS_IMAGES=$(sources_images) INPUTS_FRONTENDS=$(sources_frontends)
	# shellcheck disable=SC2086 # names of images hold no blanks
	[ "${SEAWALL_HTTPS_ONLY:-off}" = off ] || https_check_names $INPUTS_IMAGES $INPUTS_FRONTENDS
	# shellcheck disable=SC2086
	hedge_ask $INPUTS_IMAGES $INPUTS_FRONTENDS
}

# inputs_are_asked: whether the registries are asked for the attempt that comes.
inputs_are_asked() { [ "${INPUTS_ARE_ASKED:-no}" = yes ]; }

# inputs_choose DOCKERFILE: makes the plan of one attempt. Sets IMAGES_WORDS, the words that the build adds; empty
# if every image comes from its own registry.
inputs_choose() {
	inputs_are_asked || inputs_ask "$1"
	image_plan_begin
	images_set_words yes
	[ -n "$1" ] || inputs__tell_blind
	inputs_choose_with inputs__name_dockerfile "$1"
	syntax_find_copy "$1"
	inputs__set_words
}

# inputs_choose_with FUNCTION ARGUMENT...: makes the plan of the images that were asked for. FUNCTION FRONTEND
# ARGUMENT... prints a Dockerfile that names the frontend.
inputs_choose_with() {
	local frontend
	INPUTS_ARE_ASKED=no
	# shellcheck disable=SC2086 # names of images hold no blanks
	hedge_pick $INPUTS_IMAGES $INPUTS_FRONTENDS
	# shellcheck disable=SC2086
	images_choose $INPUTS_IMAGES
	for frontend in $INPUTS_FRONTENDS; do syntax_choose "$frontend" "$("$1" "$frontend" "${2:-}")"; done
	[ "${SEAWALL_HTTPS_ONLY:-off}" = off ] || https_check
}

inputs__name_dockerfile() { printf '%s\n' "$2"; }

# inputs_use_plan DOCKERFILE: sets IMAGES_WORDS for one of several Dockerfiles, whose part of the plan is in SCRATCH.
inputs_use_plan() {
	syntax_make_copy "$1"
	inputs__set_words
}

# A call that builds nothing has no image for a label.
inputs__set_words() {
	local labelled
	labelled=$ARGUMENTS_LABELLED
	[ -z "$ARGUMENTS_CALL" ] || labelled=yes
	images_set_words "$labelled" "$SYNTAX_COPY"
}

# A Dockerfile that the kit cannot read is still built; the log says so, unless the call itself is wrong.
inputs__tell_blind() {
	local what
	[ -z "${INPUTS_TOLD:-}" ] || return 0
	INPUTS_TOLD=yes
	case ${STDIN_FILE:+stdin}:$ARGUMENTS_CONTEXT in
		:*://* | :git@* | :github.com/*) what='the context is remote' ;;
		stdin:*) what='stdin is an archive' ;;
		*) return 0 ;;
	esac
	log_info "$what: base images are not checked, and RUN steps get no settings from this machine"
}

# inputs_are_served FILE: whether every image has a source. Otherwise the finding is the failure of a place, unless only
# the builder was asked; FILE gets the details.
inputs_are_served() {
	image_plan_has unserved || return 0
	: >"$1"
	image_plan_each inputs__report_unserved "$1"
	spent_return_all
	return 1
}

# inputs__report_unserved USE IMAGE DIGEST PLACE SOURCE VERDICT FILE
inputs__report_unserved() {
	local class place words
	[ "$6" = unserved ] || return 0
	places_tell_failure "$2" >"$SCRATCH/failure"
	if { read -r class place && read -r words; } <"$SCRATCH/failure"; then
		log_warn "no source has $2: $class, $words"
		# The ladder compares URLs to see whether a failure is the same as before.
		sed 1d "$SCRATCH/failure" >>"$7"
		inputs__set_finding "$class" "$place" "$words"
	else
		log_warn "no source has $2: the builder cannot resolve it"
		[ ! -f "$SCRATCH/builder.why" ] || cat "$SCRATCH/builder.why" >>"$7"
	fi
}

# inputs__set_finding CLASS PLACE WORDS: the registry of PLACE failed.
inputs__set_finding() {
	local host seconds
	host=$(reference_host "$2")
	seconds=$(registry_seconds_left "$host")
	[ "$seconds" -eq 0 ] || seconds=$(($(clock_now) + seconds))
	finding_set "$1" registry "$host" "$seconds" "$3"
}

# inputs_patience: prints the seconds without a byte of an image after which its source is given up: fewer if another
# place is left for one.
inputs_patience() {
	INPUTS_SECONDS=$SEAWALL_SILENCE
	image_plan_each inputs__shorten_patience
	printf '%s\n' "$INPUTS_SECONDS"
}

inputs__shorten_patience() {
	[ "$1" != base ] || late_is_awaited "$4" || ! places_has_other "$2" "$4" || INPUTS_SECONDS=$SEAWALL_STALL
}

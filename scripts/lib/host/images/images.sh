# Room images: Which source serves each image of a build?
# Face: inputs_* source* view_* blame_* suspects_* images_* image_plan_* hedge_* picks_* https_* preflight_* syntax_*
#   urls_*
# Images: decides the source of each base image: its own registry, a mirror, the same bytes on this machine, or the
# user's alternative.
# Works in SCRATCH.
# shellcheck shell=sh

# images_list DOCKERFILE NAMES: prints the default values of its ARG lines ..._IMAGE whose names match NAMES (a basic
# regular expression).
images_list() {
	sed -n "s/^ARG \\($2\\)_IMAGE=//p" "$1" | sort -u
}

# images_choose IMAGE...: makes the image plan of an attempt.
images_choose() {
	local image
	image_plan_begin
	picks_are_made || hedge_probe "$@"
	for image in "$@"; do images__choose_one "$image"; done
}

# images_set_words LABELLED [FILE]: sets IMAGES_WORDS to the list of the words that the plan adds to the build: a
# redirect for each image that needs one, FILE as the Dockerfile, a label for a degraded result unless LABELLED is yes.
images_set_words() {
	redirects_read
	IMAGES_WORDS=$REDIRECTS_WORDS
	[ -z "${2:-}" ] || list_add IMAGES_WORDS --file "$2"
	[ "$1" = yes ] || ! image_plan_has degraded || list_add IMAGES_WORDS --label seawall.degraded=base-image
}

# images_forget: the next attempt asks the registries again. A question that is still open would write into its answers.
images_forget() {
	hedge_stop
	picks_forget
	places_forget
}

# If its own registry refuses the image, the builder decides: it may have a login.
images__choose_one() {
	local place own
	own=$(image_lock_pinned "$1") place=$(picks_place "$1")
	if [ "$place" = "$own" ] || places_is_refused "$1" || view_leaves "$1" "$own" "$place" ||
		docker image inspect "$own" >/dev/null 2>&1; then
		images__keep "$1" "$own"
	elif decision_use_mirror base "$1" "$place" || images__use_own "$1" "$own" || images__replace "$1"; then
		return 0
	elif late_awaits "$1" "$own" || ! view_is_ours; then
		# The builder is asked again, and all places may be used again after it.
		images__keep "$1" "$own"
		spent_return_all
	else
		image_plan_add base "$1" '' '' '' unserved
	fi
}

# images__keep IMAGE OWN: the build adds nothing but the digest of the lock file.
images__keep() {
	local source verdict
	source=$1 verdict=default
	[ "$1" = "$2" ] || source=docker-image://$2 verdict=pinned
	decision_add info base "$1" "${2#"${2%%@*}"}" "$2" "$source" "$verdict"
}

# images__use_own IMAGE OWN: no registry serves it, but this machine may have the same bytes: the last known good store,
# or the builder. If neither a digest nor an alternative is known, the builder is asked: it may reach registries that
# the kit cannot. A late registry would be late for this question, too.
images__use_own() {
	local digest
	digest=$(images__digest "$2")
	if store_find "$1" "$digest" && images__reads_layouts; then
		decision_fail_over base "$1" "$digest" '' "oci-layout://$STORE_FOLDER@$STORE_DIGEST" last-good
	elif [ -n "$digest" ] && ! images__is_absent "$1"; then
		store_builder_has "${2%%@*}@$digest" || return
		decision_fail_over base "$1" "$digest" "${2%%@*}@$digest" "docker-image://${2%%@*}@$digest" local
	else
		view_is_ours && [ -z "$digest$(images__alternative "$1")" ] && places_is_asked "$1" &&
			[ "$(places_class "$1")" != timeout ] && store_builder_has "$2" || return
		images__keep "$1" "$2"
	fi
}

# images__digest OWN: prints the digest in OWN, or the one that its registry served lately; nothing if none is known. A
# digest that the registry only named is not on this machine.
images__digest() {
	case $1 in
		*@*) printf '%s\n' "${1##*@}" ;;
		*) digests_recall "$1" "${SEAWALL_LAST_GOOD_MAX_AGE:-604800}" || : ;;
	esac
}

# images_can_do_without IMAGE: whether a source other than a registry is left to try.
images_can_do_without() {
	local digest
	digest=$(images__digest "$(image_lock_pinned "$1")")
	{ [ -n "$digest" ] && ! images__is_absent "$1"; } || [ -n "$(images__alternative "$1")" ] ||
		store_find "$1" "$digest" || syntax_is_built_in "$1"
}

# images_note_absent IMAGE: the builder's copy is incomplete.
images_note_absent() { IMAGES_ABSENT="${IMAGES_ABSENT:-} $1"; }

images__is_absent() { values_has "$1" "${IMAGES_ABSENT:-}"; }

images__alternative() {
	local pair
	for pair in $SEAWALL_BASE_FALLBACKS; do
		[ "${pair%%=*}" != "$1" ] || { printf '%s\n' "${pair#*=}" && return; }
	done
}

# images__replace IMAGE: uses the alternative that the user named for it.
images__replace() {
	local other
	other=$(images__alternative "$1")
	case $other in
		'') return 1 ;;
		base:*)
			bases_make "${other#base:}"
			images__hand_in "${other#base:}"
			decision_fail_over base "$1" '' '' "$IMAGES_CONTEXT" alternative
			;;
		*) decision_fail_over base "$1" '' "$other" "docker-image://$other" alternative ;;
	esac
}

# images__hand_in BASE: sets IMAGES_CONTEXT to the source for the base in BASE_LAYOUT. A builder that cannot read
# layouts gets it as an image of this run.
images__hand_in() {
	IMAGES_CONTEXT=oci-layout://$BASE_LAYOUT
	! images__reads_layouts || return 0
	layout_load "$BASE_LAYOUT" "seawall-base-$SEAWALL_RUN/$1" ||
		die 71 "wanted to load base $1 into the engine, could not: see the daemon's log"
	IMAGES_CONTEXT=docker-image://seawall-base-$SEAWALL_RUN/$1
}

images__reads_layouts() {
	[ -n "${IMAGES_LAYOUTS:-}" ] || IMAGES_LAYOUTS=$(layout_is_readable && printf 'yes\n' || printf 'no\n')
	[ "$IMAGES_LAYOUTS" = yes ]
}

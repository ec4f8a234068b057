# Room images: Which source serves each image of a build?
# Face: inputs_* images_* hedge_* places_forget https_check_context source_policy_begin preflight_*
# Images: which source serves each base image of a Dockerfile: its own registry, a mirror, what is kept on this machine, the
# user's alternative.
# Works in SCRATCH.
# shellcheck shell=sh

# images_list DOCKERFILE NAMES: the default values of its ARG lines ..._IMAGE whose names begin as NAMES (a basic
# regular expression) says.
images_list() {
	sed -n "s/^ARG \\($2\\)_IMAGE=//p" "$1" | sort -u
}

# images_choose IMAGE...: sets IMAGES_WORDS to the list of the options for buildx that redirect an image, and
# sets IMAGES_DEGRADED to the images that were replaced, IMAGES_UNSERVED to those that nobody has, IMAGES_MIRRORED to how
# many come from a mirror, IMAGES_UNVERIFIED to those whose tag only a mirror vouches for. SCRATCH/choices.tsv tells image,
# source and verdict of each.
images_choose() {
	local image
	: >"$SCRATCH/choices.tsv"
	IMAGES_WORDS=''
	IMAGES_DEGRADED='' IMAGES_UNSERVED='' IMAGES_UNVERIFIED='' IMAGES_MIRRORED=0
	[ -n "${PLACES_ANSWERED:-}" ] || hedge_probe "$@"
	for image in "$@"; do images__choose_one "$image"; done
}

# A registry that answers no to a name is left to the builder, which may have a login.
images__choose_one() {
	local place own
	own=$(image_lock_pinned "$1") place=$(places_first "$1")
	if [ "$place" = "$own" ] || places_is_refused "$1" || docker image inspect "$own" >/dev/null 2>&1; then
		images__keep "$1" "$own"
	elif [ -n "$place" ]; then
		images__redirect "$1" "docker-image://$(places_pinned "$place")" "$(places_verdict "$place")"
		places_is_certain "$place" || IMAGES_UNVERIFIED="$IMAGES_UNVERIFIED $1"
		IMAGES_MIRRORED=$((IMAGES_MIRRORED + 1))
	else
		images__use_own "$1" "$own" || images__replace "$1" || IMAGES_UNSERVED="$IMAGES_UNSERVED $1"
	fi
}

# images__keep IMAGE OWN: nothing is added, but the digest that the lock file gives.
images__keep() {
	if [ "$1" = "$2" ]; then
		images_tell info "$1" "$1" default
	else
		images__redirect "$1" "docker-image://$2" pinned
	fi
}

# images__redirect IMAGE TARGET VERDICT
images__redirect() {
	if [ "$3" = pinned ]; then images_tell info "$1" "$2" "$3"; else images_tell_elsewhere "$1" "$2" "$3" "$2"; fi
	list_add IMAGES_WORDS --build-context "$1=$2"
}

# images_tell_elsewhere IMAGE SOURCE VERDICT WORDS: what is used where its registry does not serve it, in WORDS for people.
images_tell_elsewhere() {
	local doubt
	doubt=''
	[ "$3" != 'unverified tag' ] || doubt=' (unverified tag: nobody but the mirror says that this digest is meant)'
	log_warn "registry of $1: $(places_class "$1" || printf 'left'), using $4$doubt [elsewhere]"
	images_tell warn "$1" "$2" "$3"
}

# images_tell LEVEL IMAGE SOURCE VERDICT: what was decided, as an event and in SCRATCH/choices.tsv.
images_tell() {
	events_emit base "$1" upstream registry source "$3" verdict "$4" detail "$2"
	printf '%s\t%s\t%s\n' "$2" "$3" "$4" >>"$SCRATCH/choices.tsv"
}

# images__use_own IMAGE OWN: no registry serves it, but the same bytes may be kept here: in the last known good store, or by
# the builder. Where neither digest nor alternative is known the builder is asked all the same, for it may see further.
images__use_own() {
	local digest
	digest=$(images__digest "$2")
	if store_find "$1" "$digest" && images__reads_layouts; then
		images__redirect "$1" "oci-layout://$STORE_FOLDER@$STORE_DIGEST" last-good
		[ "$STORE_DIGEST" = "$digest" ] || IMAGES_DEGRADED="$IMAGES_DEGRADED $1"
	elif [ -n "$digest" ] && ! images__is_absent "$1"; then
		store_builder_has "${2%%@*}@$digest" || return
		images__redirect "$1" "docker-image://${2%%@*}@$digest" local
	else
		[ -z "$digest$(images__alternative "$1")" ] && places_is_asked "$1" && store_builder_has "$2" || return
		images__keep "$1" "$2"
	fi
}

# images__digest OWN: its own, else what its registry has served lately, else nothing. What it has only named is not here.
images__digest() { case $1 in *@*) printf '%s\n' "${1##*@}" ;; *) digests_recall "$1" "${SEAWALL_LAST_GOOD_MAX_AGE:-604800}" || : ;; esac }

# images_can_do_without IMAGE: whether there is something else to try than registries.
images_can_do_without() {
	local digest
	digest=$(images__digest "$(image_lock_pinned "$1")")
	{ [ -n "$digest" ] && ! images__is_absent "$1"; } || [ -n "$(images__alternative "$1")" ] || store_find "$1" "$digest"
}

# images_note_absent IMAGE: the builder has not got it.
images_note_absent() { IMAGES_ABSENT="${IMAGES_ABSENT:-} $1"; }

images__is_absent() { case " ${IMAGES_ABSENT:-} " in *" $1 "*) ;; *) return 1 ;; esac }

images__alternative() {
	local pair
	for pair in $SEAWALL_BASE_FALLBACKS; do
		[ "${pair%%=*}" != "$1" ] || { printf '%s\n' "${pair#*=}" && return; }
	done
}

# A different image: only where the user named it, and said.
images__replace() {
	local other
	other=$(images__alternative "$1")
	case $other in
		'') return 1 ;;
		base:*)
			bases_make "${other#base:}"
			images__hand_in "${other#base:}"
			other=$IMAGES_CONTEXT
			;;
		*) other=docker-image://$other ;;
	esac
	images__redirect "$1" "$other" alternative
	IMAGES_DEGRADED="$IMAGES_DEGRADED $1"
}

# Sets IMAGES_CONTEXT to what stands for the base in BASE_LAYOUT, where the builder reads layouts; else the engine gets
# it as an image of this run.
images__hand_in() {
	IMAGES_CONTEXT=oci-layout://$BASE_LAYOUT
	! images__reads_layouts || return 0
	layout_load "$BASE_LAYOUT" "seawall-base-$SEAWALL_RUN/$1" || die 71 "wanted to load base $1 into the engine, could not: see the daemon's log"
	IMAGES_CONTEXT=docker-image://seawall-base-$SEAWALL_RUN/$1
}

images__reads_layouts() {
	[ -n "${IMAGES_LAYOUTS:-}" ] || IMAGES_LAYOUTS=$(layout_is_readable && printf 'yes\n' || printf 'no\n')
	[ "$IMAGES_LAYOUTS" = yes ]
}

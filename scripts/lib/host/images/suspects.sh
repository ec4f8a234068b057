# Suspects: the images of the plan that a failed build could not fetch, by BuildKit's output (suspects.awk).
# Works in SCRATCH. One record: SUSPECTS_PLACES (their places), SUSPECTS_HOSTS (the registries of these places),
# SUSPECTS_GUESSED (yes: the output names none of them, so every image counts), SUSPECTS_ASKED (images that the build
# asked its registries for), SUSPECTS_FACTS.
# shellcheck shell=sh

# Not taken from the environment.
SUSPECTS_PLACES='' SUSPECTS_GUESSED=no SUSPECTS_FACTS=''

# suspects_read FILE PROGRESS: FILE is the text of the failing step, PROGRESS the plain progress of the build.
suspects_read() {
	local fact word
	SUSPECTS_FACTS='' SUSPECTS_NAMES='' SUSPECTS_FETCHED='' SUSPECTS_PLACES='' SUSPECTS_HOSTS='' SUSPECTS_GUESSED=no
	SUSPECTS_ASKED=''
	: >>"$2"
	LC_ALL=C awk -f "$SEAWALL_LIB/host/images/suspects.awk" what=text "$1" what=progress "$2" >"$SCRATCH/suspects"
	while read -r fact word; do
		case $fact in
			name) SUSPECTS_NAMES="$SUSPECTS_NAMES $word" ;;
			fetched) SUSPECTS_FETCHED="$SUSPECTS_FETCHED $word" ;;
			asked) SUSPECTS_ASKED="$SUSPECTS_ASKED $word" ;;
		esac
		SUSPECTS_FACTS="$SUSPECTS_FACTS $fact"
	done <"$SCRATCH/suspects"
}

# suspects_say FACT: whether the output says so (suspects.awk lists the facts).
suspects_say() { values_has "$1" "$SUSPECTS_FACTS"; }

# suspects_find: completes the record. What the text names comes before what was incomplete, and if neither is known,
# the fetch of any image may have failed.
suspects_find() {
	[ -z "$SUSPECTS_NAMES" ] || image_plan_each suspects__add "$SUSPECTS_NAMES"
	[ -z "$SUSPECTS_PLACES" ] && suspects_say fetch || return 0
	if [ -n "$SUSPECTS_FETCHED" ]; then
		image_plan_each suspects__add "$SUSPECTS_FETCHED"
	elif ! suspects_say cached && ! suspects__name_image; then
		SUSPECTS_GUESSED=yes
		image_plan_each suspects__add any
	fi
}

# suspects_are_known: whether the output names them: then nothing else has failed.
suspects_are_known() { [ -n "$SUSPECTS_PLACES" ] && [ "$SUSPECTS_GUESSED" = no ]; }

# suspects_are_none: whether the failure concerns no image.
suspects_are_none() { [ -z "$SUSPECTS_PLACES" ]; }

# suspects_names IMAGE: whether the output names it.
suspects_names() { suspects__is_named "$1" "$1" "$SUSPECTS_NAMES"; }

# suspects__add USE IMAGE DIGEST PLACE SOURCE VERDICT WORDS
suspects__add() {
	local host
	[ "$4" != - ] && { [ "$7" = any ] || suspects__is_named "$2" "$4" "$7"; } || return 0
	SUSPECTS_PLACES="$SUSPECTS_PLACES $4"
	host=$(reference_host "$4")
	values_has "$host" "$SUSPECTS_HOSTS" || SUSPECTS_HOSTS="${SUSPECTS_HOSTS:+$SUSPECTS_HOSTS }$host"
}

# suspects__is_named IMAGE PLACE WORDS: whether one of WORDS is the image, its place, or a URL of the place: a URL of
# the registry's API for this repository, of a token for it, or any other URL of the registry.
suspects__is_named() {
	local word image place url host scope
	url=$(reference_url "$2") && reference_read "$2" || return 1
	place=$REFERENCE_HOST/$REFERENCE_PATH url=${url%%/manifests/*} host=${url%%/*}
	scope=$(printf 'repository%%3A%s%%3A' "$REFERENCE_PATH" | sed 's|/|%2F|g')
	! reference_read "$1" || image=$REFERENCE_HOST/$REFERENCE_PATH
	for word in $3; do
		case $word in
			*://"$url"/* | *://*[?\&]scope="$scope"*) return 0 ;;
			*://*[?\&]scope=repository%3A*) ;;
			*://"$host"/v2/*) ;;
			*://"$host"/*) return 0 ;;
			*://*) ;;
			*)
				reference_read "$word" || continue
				case $REFERENCE_HOST/$REFERENCE_PATH in "$image" | "$place") return 0 ;; esac
				;;
		esac
	done
	return 1
}

# Whether the text names an image, which is then not in the plan.
suspects__name_image() {
	local word
	for word in $SUSPECTS_NAMES; do case $word in *://*) ;; *) return 0 ;; esac done
	return 1
}

# Weave-path: the PATH of a RUN step, and the variables for certificates that its image or Dockerfile sets. The builder
# itself is asked, with the same Dockerfile up to the step: it knows arguments, named contexts, mirrors and logins. The
# question is an error that quotes the values, so nothing is fetched but configurations of images. Works in
# SCRATCH/weave: path.KEY has PATH, names.KEY the variables; KEY is STAGE.SCOPE of steps.tsv.
# shellcheck shell=sh

# A question takes 0.2 s, and the time of a registry.
WEAVE_PATH_SECONDS=15

weave_path_is_known() { [ -e "$SCRATCH/weave/path.$1" ]; }

# weave_path_ask KEY LINE: LINE is the one before which the variables count.
weave_path_ask() {
	local key name question
	key=$1 question='' WEAVE_PATH_WORDS=''
	for name in $WEAVE_CERTIFICATE_NAMES; do question="$question\${$name:+$name,}"; done
	weave_copy_source "$WEAVE_FILE"
	{
		head -n $(($2 - 1)) "$WEAVE_SOURCE"
		printf '\nENV SEAWALL=${seawall_unset:?|$PATH|%s|}\n' "$question"
	} >"$SCRATCH/weave/question"
	mkdir -p "$SCRATCH/weave/empty"
	eval "arguments_each weave_path__keep $ARGUMENTS_WORDS"
	# shellcheck disable=SC2086 # words
	set -- $ARGUMENTS_PLATFORMS
	eval "set -- ${1:+--platform \"\$1\"} $WEAVE_PATH_WORDS $IMAGES_WORDS"
	attempt_run "$WEAVE_PATH_SECONDS" docker buildx build --progress plain --output type=cacheonly "$@" \
		--file "$SCRATCH/weave/question" "$SCRATCH/weave/empty" >"$SCRATCH/weave/answer" 2>&1 || :
	sed -n 's/^ERROR: .*: seawall_unset: |\(\/[^|]*\)|[A-Za-z_,]*|$/\1/p' "$SCRATCH/weave/answer" >"$SCRATCH/weave/path.$key"
	sed -n 's/^ERROR: .*: seawall_unset: |[^|]*|\([A-Za-z_,]*\)|$/,\1/p' "$SCRATCH/weave/answer" >"$SCRATCH/weave/names.$key"
}

# weave_path__keep FORM FLAG VALUE SPELLED: keeps what decides the values of variables.
weave_path__keep() {
	case $1:$2 in
		pair:--build-arg | equals:--build-arg | pair:--build-context | equals:--build-context)
			list_add WEAVE_PATH_WORDS "$2" "$3"
			;;
	esac
}

# weave_path_read KEY: sets WEAVE_PATH, WEAVE_PATH_ID, the number of this PATH, and WEAVE_NAMES, the variables that the
# image or the Dockerfile sets, each between commas. False without a PATH.
weave_path_read() {
	IFS= read -r WEAVE_PATH <"$SCRATCH/weave/path.$1" && IFS= read -r WEAVE_NAMES <"$SCRATCH/weave/names.$1" || return
	WEAVE_PATH_ID=$(printf '%s' "$WEAVE_PATH" | cksum)
	WEAVE_PATH_ID=${WEAVE_PATH_ID%% *}
	printf '/run/seawall:%s' "$WEAVE_PATH" >"$SCRATCH/weave/secret.$WEAVE_PATH_ID"
}

# Weave-path: the PATH of a RUN step, and the variables of a woven step that its image or Dockerfile sets. The builder
# itself is asked, with the same Dockerfile up to the step: it knows arguments, named contexts, mirrors and logins. The
# question is an error that quotes the values, so nothing is fetched but configurations of images. Works in
# SCRATCH/weave: path.KEY has PATH, names.KEY the variables; KEY is STAGE.SCOPE of steps.tsv.
# shellcheck shell=sh

# A question takes 0.2 s, and the time of a registry.
WEAVE_PATH_SECONDS=15

# Not taken from the environment.
WEAVE_PATH_ASK=weave_path__build

# weave_path_use FUNCTION: FUNCTION FILE SECONDS builds the Dockerfile FILE as the call does, with the output of buildx.
weave_path_use() { WEAVE_PATH_ASK=$1; }

# weave_path_begin: what got no answer before may be asked again.
weave_path_begin() { WEAVE_PATH_FAILED=''; }

# weave_path_is_known KEY: whether the builder has answered, or need not be asked again now.
weave_path_is_known() {
	[ -s "$SCRATCH/weave/path.$1" ] || [ "$WEAVE_PATH_FAILED" = all ] || values_has "$1" "$WEAVE_PATH_FAILED"
}

# weave_path_ask KEY DOCKERFILE LINE: LINE is the one before which the variables count.
weave_path_ask() {
	local key name question status
	key=$1 question='' status=0
	for name in $(trust_step_names) $WEAVE_VARIABLES_NAMES; do question="$question\${$name:+$name,}"; done
	{
		head -n $(($3 - 1)) "$(syntax_print_file "$2")"
		printf '\nENV SEAWALL=${seawall_unset:?|$PATH|%s|}\n' "$question"
	} >"$SCRATCH/weave/question"
	"$WEAVE_PATH_ASK" "$SCRATCH/weave/question" "$WEAVE_PATH_SECONDS" >"$SCRATCH/weave/answer" 2>&1 || status=$?
	sed -n 's/^ERROR: .*: seawall_unset: |\(\/[^|]*\)|[A-Za-z0-9_,]*|$/\1/p' "$SCRATCH/weave/answer" \
		>"$SCRATCH/weave/path.$key"
	sed -n 's/^ERROR: .*: seawall_unset: |[^|]*|\([A-Za-z0-9_,]*\)|$/,\1/p' "$SCRATCH/weave/answer" \
		>"$SCRATCH/weave/names.$key"
	[ -s "$SCRATCH/weave/path.$key" ] || WEAVE_PATH_FAILED="$WEAVE_PATH_FAILED $key"
	# Other stages would have to wait as long.
	[ "$status" -ne 124 ] || WEAVE_PATH_FAILED=all
}

# weave_path__build FILE SECONDS: builds the Dockerfile FILE with the words of the call that count for it.
weave_path__build() {
	local file seconds
	file=$1 seconds=$2
	mkdir -p "$SCRATCH/weave/empty"
	weave_path__find_words
	eval "set -- $WEAVE_PATH_WORDS $IMAGES_WORDS"
	attempt_run "$seconds" docker buildx build --progress plain --output type=cacheonly "$@" --file "$file" \
		"$SCRATCH/weave/empty"
}

# weave_path__find_words: sets WEAVE_PATH_WORDS to the list of the words of the call that decide it.
weave_path__find_words() {
	WEAVE_PATH_WORDS=''
	eval "arguments_each weave_path__keep $ARGUMENTS_WORDS"
	# shellcheck disable=SC2086 # words
	set -- $ARGUMENTS_PLATFORMS
	[ $# -eq 0 ] || list_add WEAVE_PATH_WORDS --platform "$1"
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
	[ -s "$SCRATCH/weave/path.$1" ] || return
	IFS= read -r WEAVE_PATH <"$SCRATCH/weave/path.$1" && IFS= read -r WEAVE_NAMES <"$SCRATCH/weave/names.$1" || return
	WEAVE_PATH_ID=$(printf '%s' "$WEAVE_PATH" | cksum)
	WEAVE_PATH_ID=${WEAVE_PATH_ID%% *}
	printf '/run/seawall:%s' "$WEAVE_PATH" >"$SCRATCH/weave/secret.$WEAVE_PATH_ID"
}

# weave_path_find_sh DOCKERFILE LINE: whether the image of the stage that begins in LINE has /bin/sh: the builder runs
# it. Asked once.
weave_path_find_sh() {
	local answer
	answer=$SCRATCH/weave/sh.$2
	[ ! -f "$answer" ] || { [ -s "$answer" ] && return || return; }
	: >"$answer"
	[ "$WEAVE_PATH_FAILED" != all ] || return
	{
		head -n "$2" "$(syntax_print_file "$1")"
		printf '\nRUN --network=none ["/bin/sh", "-c", ":"]\n'
	} >"$SCRATCH/weave/question"
	"$WEAVE_PATH_ASK" "$SCRATCH/weave/question" "$WEAVE_PATH_SECONDS" >"$SCRATCH/weave/answer" 2>&1 || return
	printf 'yes\n' >"$answer"
}

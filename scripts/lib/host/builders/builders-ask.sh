# Builders ask: asks all builders that SEAWALL_BUILDERS names, in parallel, before the build.
# shellcheck shell=sh

# Time limit for a builder's answer before a build; buildx itself waits 20 s for a dead one.
BUILDERS_SECONDS=2

# The second limit, if none answered in the first one.
BUILDERS_AGAIN_SECONDS=10

# builders_ask: asks all named builders in the background. A builder that the call names is the only one.
builders_ask() {
	local name number
	BUILDERS_ASKED='' number=0
	# shellcheck disable=SC2086 # a list of names
	BUILDERS_NAMED=$(printf '%s ' $SEAWALL_BUILDERS)
	BUILDERS_NAMED=${BUILDERS_NAMED% }
	[ -z "$ARGUMENTS_NAMED" ] || BUILDERS_NAMED=''
	for name in $BUILDERS_NAMED; do
		number=$((number + 1))
		exit_at_end builders_stop
		builders__start "$name" "$SCRATCH/builder.$number"
	done
}

# builders_ask_again "NAME...": asks these builders once more, and waits for all answers.
builders_ask_again() {
	local BUILDERS_SECONDS name
	BUILDERS_SECONDS=$BUILDERS_AGAIN_SECONDS BUILDERS_ASKED=''
	for name in $1; do builders__start "$name" "$(builders_answer_of "$name")"; done
	# shellcheck disable=SC2086 # a list of process ids
	[ -z "$BUILDERS_ASKED" ] || wait $BUILDERS_ASKED || :
}

# builders__start NAME FILE: asks in the background.
builders__start() {
	builders__ask "$1" "$2" &
	BUILDERS_ASKED="$BUILDERS_ASKED $!"
}

# builders__ask NAME FILE: writes the answer to FILE, 0 or another status to FILE.status, and the failure to FILE.why.
builders__ask() {
	local status
	askers_enter
	status=0
	builder_ask "$1" "$2" "$BUILDERS_SECONDS" || status=$?
	[ "$status" -ne 124 ] || printf 'no answer within %s s\n' "$BUILDERS_SECONDS" >"$2.why"
	# buildx reports a dead node on stdout with status 0, and does not start an inactive remote one.
	builder_field Error "$2" >>"$2.why"
	[ "$(builder_field Driver "$2"):$(builder_field Status "$2")" != remote:inactive ] ||
		printf 'its endpoint does not answer\n' >"$2.why"
	[ ! -s "$2.why" ] || [ "$status" -ne 0 ] || status=1
	printf '%s\n' "$status" >"$2.status"
}

# builders_answer_of NAME: prints the file with the answer about NAME.
builders_answer_of() {
	local name number
	number=0
	for name in $BUILDERS_NAMED; do
		number=$((number + 1))
		[ "$name" != "$1" ] || printf '%s\n' "$SCRATCH/builder.$number"
	done
}

# builders_await NUMBER: waits for the answer of the builder with this number.
builders_await() {
	# shellcheck disable=SC2086 # a list of process ids
	set -- "$1" $BUILDERS_ASKED
	shift "$1"
	wait "$1" || :
}

# builders_stop: ends the questions that still run.
builders_stop() {
	# shellcheck disable=SC2086 # a list of process ids
	askers_stop ${BUILDERS_ASKED:-}
	BUILDERS_ASKED=''
}

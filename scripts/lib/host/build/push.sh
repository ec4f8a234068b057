# Push: what a build that pushes owes to its registries. A push that fails is tried again as a push, for no step runs twice; the
# others get theirs first; and what a registry has taken must be there afterwards.
# Works in SCRATCH, on what
# buildx.sh has read and SCRATCH/metadata.
# shellcheck shell=sh

# Seconds that a registry gets until what it has taken can be asked for.
PUSH_PATIENCE=3

# push_blame FILE: sets PUSH_FAILED to where a build has failed to push to, in the words of FILE; it stays where it is no matter
# of a push.
push_blame() {
	local target
	[ "$ARGUMENTS_PUSHES" = yes ] || return 0
	target=$(sed -n 's/.*failed to push \([^ ]*\): .*/\1/p' "$1" | tail -n 1)
	reference_is_valid "$target" || return 0
	PUSH_FAILED=$target
	log_warn "the push to $target failed, and is what is tried again: no step runs twice"
}

# push_words ARGUMENT...: sets PUSH_WORDS to the arguments, quoted for eval, for one more push of what is built: from what the
# builder has, and last to where it has failed, so that the others get theirs.
push_words() {
	local tag last
	last=''
	arguments_leave_out ' --no-cache --no-cache-filter --pull --tag -t ' "$@"
	PUSH_WORDS=$ARGUMENTS_LEFT
	for tag in $ARGUMENTS_TAGS; do
		if [ "$tag" = "$PUSH_FAILED" ]; then last=$tag; else list_add PUSH_WORDS --tag "$tag"; fi
	done
	[ -z "$last" ] || list_add PUSH_WORDS --tag "$last"
}

# push_verify FILE SECONDS: after a build that went well: whether each registry has what it has taken; else FILE says which lost
# it. One that does not answer, or not without a login, is believed, and so are all where only SECONDS are left.
push_verify() {
	local target digest
	[ "$ARGUMENTS_PUSHES" = yes ] && [ "$2" -gt $((2 * PUSH_PATIENCE)) ] || return 0
	digest=$(sed -n 's/.*"containerimage\.digest": *"\([^"]*\)".*/\1/p' "$SCRATCH/metadata" 2>/dev/null | head -n 1)
	reference_is_digest "$digest" || return 0
	for target in $ARGUMENTS_TAGS; do
		reference_is_valid "$target" && push__is_lost "$target" "$digest" || continue
		PUSH_FAILED=$target
		log_warn "$(reference_host "$target") took $target and does not have it [again]"
		printf 'push: error: builder: push, tried 1 times: %s is not there under %s\n' "$target" "$digest" >"$1"
		return 1
	done
}

# push__is_lost TARGET DIGEST
push__is_lost() {
	local place end status
	place=$1@$2 end=$(($(clock_uptime) + PUSH_PATIENCE))
	while :; do
		status=0
		manifest_head "$place" "$(reference_host "$place")" "$SCRATCH/pushed" || status=$?
		[ "$status" -ne 0 ] && push__is_denied "$SCRATCH/pushed.why" || return 1
		[ "$(clock_uptime)" -lt "$end" ] || return 0
		clock_sleep 1
	done
}

push__is_denied() { [ "$HTTP_STATUS" = 404 ] || grep -q -i -E 'not found|404' "$1"; }

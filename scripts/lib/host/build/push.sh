# Push: a failed push is retried as a push, without running a step again, and after the pushes to the other registries.
# After a successful build each registry must have the image. Works in SCRATCH, on the record of arguments.sh and
# SCRATCH/metadata. PUSH_FAILED: the target of the last failed push, empty for none.
# shellcheck shell=sh

# Seconds until a pushed image must be visible in its registry.
PUSH_VISIBLE_SECONDS=3

push_begin() { PUSH_FAILED=''; }

# push_is_failed: whether the last push failed.
push_is_failed() { [ -n "$PUSH_FAILED" ]; }

# push_blame FILE: sets PUSH_FAILED to the target in FILE's push error; unchanged if the failure is not a push.
push_blame() {
	local target
	[ "$ARGUMENTS_PUSHES" = yes ] || return 0
	target=$(sed -n 's/.*failed to push \([^ ]*\): .*/\1/p' "$1" | tail -n 1)
	[ -n "$target" ] || target=$(push__target_of_token "$1") || return 0
	reference_is_valid "$target" || return 0
	PUSH_FAILED=$target
	push__settle "$1"
	[ "$FINDING_VERDICT" = stop ] ||
		log_warn "the push to $target failed: only the push is retried, no step runs again"
}

# push__target_of_token FILE: prints the tag whose repository is in the URL of a token that could not be fetched.
push__target_of_token() {
	local path tag
	path=$(sed -n 's/.*[?&]scope=repository%3A\([^ &]*\)%3A[^ &]*push.*/\1/p' "$1" | tail -n 1 | sed 's/%2F/\//g')
	[ -n "$path" ] || return
	for tag in $ARGUMENTS_TAGS; do
		reference_read "$tag" && [ "$REFERENCE_PATH" = "$path" ] && printf '%s\n' "$tag" && return
	done
	return 1
}

# push__settle FILE: sets the finding if the registry answered with a status that another push would get, too, whatever
# page came with it: a refusal, no such repository (404 for a new upload, not for one that was begun), no uploads at all
# (405) or none of this size (413).
push__settle() {
	local answer class
	answer=$(LC_ALL=C sed -n 's/.*status from \([A-Z]*\) request to [^ ]*: \([45][0-9]*\).*/\1 \2/p' "$1" | tail -n 1)
	case $answer in
		*' 401' | *' 403' | 'POST 404' | *' 405' | *' 413') ;;
		*) return 0 ;;
	esac
	class=$(status_class "${answer#* }")
	finding_set "$class" registry "$(reference_host "$PUSH_FAILED")"
	# The class alone would send an image to its next source.
	[ "$class" != http-4xx-other ] || finding_decide stop 1
}

# push_words ARGUMENT...: after a failed push, sets ARGUMENTS_LEFT to the arguments of a build that pushes again from
# what the builder has, last to the target that failed, so that the other registries get their image. False if no push
# failed.
push_words() {
	local tag last
	[ -n "$PUSH_FAILED" ] || return 1
	last=''
	arguments_leave_out ' --no-cache --no-cache-filter --pull --tag -t ' "$@"
	for tag in $ARGUMENTS_TAGS; do
		if [ "$tag" = "$PUSH_FAILED" ]; then last=$tag; else arguments_put pair --tag "$tag"; fi
	done
	[ -z "$last" ] || arguments_put pair --tag "$last"
}

# push_verify SECONDS: after a successful build: whether each registry has the image that it accepted; otherwise sets
# the finding. A registry that does not answer, or wants a login, passes, and all pass if only SECONDS are left or the
# builder may reach another registry under the name.
push_verify() {
	local target digest
	[ "$ARGUMENTS_PUSHES" = yes ] && [ "$1" -gt $((2 * PUSH_VISIBLE_SECONDS)) ] && view_is_ours || return 0
	for target in $ARGUMENTS_TAGS; do
		reference_is_valid "$target" && digest=$(push__digest "$target") && reference_is_digest "$digest" &&
			push__is_lost "$target" "$digest" || continue
		PUSH_FAILED=$target
		finding_set push registry "$(reference_host "$target")" 0 "the registry accepted $target and does not serve it"
		return 1
	done
}

# push__digest TARGET: prints the digest of the image that was pushed to TARGET. The metadata of a bake have an object
# for each of its targets; buildx writes one key a line, and `image.name` has the names of an image.
push__digest() {
	PUSH_TARGET=$1 LC_ALL=C awk '
		/^  "[^"]*": *[{]/ { digest = "" }
		/^    "containerimage\.digest"/ { bake = 1 }
		match($0, /"containerimage\.digest": *"[^"]*"/) {
			digest = substr($0, RSTART, RLENGTH - 1)
			sub(/.*"/, "", digest)
			if (first == "") first = digest
		}
		match($0, /"image\.name": *"[^"]*"/) {
			count = split(substr($0, RSTART, RLENGTH - 1), name, /[",]/)
			for (number = 1; number <= count; number++)
				if (name[number] == ENVIRON["PUSH_TARGET"] && found == "") found = digest
		}
		END { print found == "" && !bake ? first : found }
	' "$SCRATCH/metadata" 2>/dev/null
}

# push__is_lost TARGET DIGEST
push__is_lost() {
	local place end status
	place=$1@$2 end=$(($(clock_uptime) + PUSH_VISIBLE_SECONDS))
	while :; do
		status=0
		manifest_head "$place" "$(reference_host "$place")" "$SCRATCH/pushed" || status=$?
		[ "$status" -ne 0 ] && push__is_denied "$SCRATCH/pushed.class" || return 1
		[ "$(clock_uptime)" -lt "$end" ] || return 0
		clock_sleep 1
	done
}

push__is_denied() { grep -q -x not-found "$1"; }

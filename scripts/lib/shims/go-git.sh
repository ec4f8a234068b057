# Go git: the git that go runs for modules without a proxy. go keeps to itself what git said, so git writes it to a file
# (GIT_TRACE2, since 2.22). A git host that failed is replaced by its mirrors.
# shellcheck shell=sh

# go_git_begin COMMAND: before the first attempt. Programs that go runs do not see the variables, nor does a step that
# traces git itself: there the words of go must do.
go_git_begin() {
	GO_GIT_ROUND=0 GO_GIT_TRACE=''
	git_mirror_begin git
	case $1:${GIT_TRACE2+own}${GIT_TRACE2_BRIEF+own} in generate:* | run:* | test:* | tool:* | *:own*) return 0 ;; esac
	GO_GIT_TRACE=$SCRATCH/git-trace
	export GIT_TRACE2="$GO_GIT_TRACE" GIT_TRACE2_BRIEF=1
	shims_own GIT_TRACE2 GIT_TRACE2_BRIEF
}

# go_git_forget: before each attempt.
go_git_forget() { [ -z "$GO_GIT_TRACE" ] || rm -f "$GO_GIT_TRACE"; }

# go_git_has_failed STATUS: whether go failed because of git: by the words of go or, where a limit ended go, because git
# was at work.
go_git_has_failed() {
	[ "$1" -ne 124 ] || { go_git__is_unfinished && return || return; }
	grep -q -E 'no secure protocol found for repository|: ambiguous revision |git [a-z-]+ .*: exit status [0-9]' \
		"$LADDER_TEXT"
}

# go_git__is_unfinished: whether a git has begun and not ended.
go_git__is_unfinished() {
	[ -f "$GO_GIT_TRACE" ] || return 1
	[ "$(grep -c '^start ' "$GO_GIT_TRACE")" -gt "$(grep -c '^atexit ' "$GO_GIT_TRACE")" ]
}

# go_git_explain STATUS: completes the finding by the words of git. The next attempt, at once, uses the next mirrors, if
# there are any.
go_git_explain() {
	local pairs
	# Other errors are those of ssh, which go tries after https, and of questions that git may answer with no.
	[ "$1" -eq 124 ] || [ -z "$GO_GIT_TRACE" ] ||
		sed -n '/https*:/s/^error /fatal: /p' "$GO_GIT_TRACE" 2>/dev/null >>"$LADDER_TEXT" || :
	judge_attempt "$1" "$LADDER_TEXT" git ''
	GO_GIT_ROUND=$((GO_GIT_ROUND + 1))
	pairs=$(git_mirror_pairs "$GO_GIT_ROUND")
	[ -n "$pairs" ] || return 0
	git_mirror_leave
	git_mirror_use "$pairs"
	finding_decide elsewhere
	finding_retry_at_once
}

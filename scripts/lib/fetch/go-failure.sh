# Go failure: what a failed go means, where its words do not tell.
# shellcheck shell=sh

# Seconds for go without a network.
GO_FAILURE_OFFLINE_SECONDS=30
# Not taken from the environment. Whether a proxy has answered that a module is not there.
GO_FAILURE_MISSING=no

# go_failure_is_own STATUS: a mistake in the module, the workspace or the call: no other proxy helps, and the code is
# that of go.
go_failure_is_own() { finding_set build-command-failed && finding_decide stop "$1"; }

# go_failure_explain: sets the finding of a failed download where go's words do not tell it.
go_failure_explain() {
	if go_proxy_forbids_all; then
		finding_set proxy '' '' '' 'GOPROXY=off forbids downloads'
	elif grep -q 'toolchain not available' "$LADDER_TEXT"; then
		finding_set not-found '' '' '' 'the Go toolchain that go.mod requires'
	elif grep -q 'reading file:///.*: no such file or directory' "$LADDER_TEXT"; then
		finding_set not-found
	elif grep -q -E 'reading https?://.*: 4(04|10) ' "$LADDER_TEXT"; then
		GO_FAILURE_MISSING=yes
	elif [ "$GO_FAILURE_MISSING" = yes ] && grep -q 'unrecognized import path .*: no such host' "$LADDER_TEXT"; then
		# A proxy answered that the module is not there, and its origin does not exist either.
		finding_set not-found
	elif grep -q 'invalid proxy URL\|proxy URL uses file scheme' "$LADDER_TEXT"; then
		finding_set proxy '' '' '' 'GOPROXY holds an entry that go refuses'
		finding_decide elsewhere 78
	fi
}

# go_failure_stays_offline ARGUMENT...: true if `go mod download` fails without a network for another reason than that.
go_failure_stays_offline() {
	! attempt_run "$GO_FAILURE_OFFLINE_SECONDS" env GOPROXY=off GONOPROXY=none GOSUMDB=off go mod download "$@" \
		>"$SCRATCH/offline" 2>&1 || return 1
	! grep -q -i -e 'GOPROXY=off' -e 'toolchain not available' -e 'mismatch' -e 'security error' "$SCRATCH/offline"
}

# Other: tools whose lock files fix the URLs, or that have fetchers of their own: limits, classes, certificates, and
# attempts where repeating is safe. One table, and the tools that the user names (SEAWALL_WEAVE_TOOLS).
# shellcheck shell=sh

# Columns: tool; the words of a call that downloads and can be repeated: the first word of the call (`first`), any word
# (`any`), or a task that stands with no task that publishes or runs something (`task`); the variable that switches the
# tool's own retries off; a file that may hold the user's own retries; limits: silence, or none for the client of a
# daemon, which is silent while the daemon works.
OTHER_TABLE='bundle|first add install lock package cache update|BUNDLE_RETRY=0|.bundle/config|silence
cargo|first build check fetch generate-lockfile install update vendor|CARGO_NET_RETRY=0|.cargo/config.toml|silence
composer|first install require update upgrade|||silence
dnf|any distro-sync groupinstall install makecache reinstall update upgrade|||silence
dotnet|first add build pack publish restore tool workload|NUGET_ENHANCED_MAX_NETWORK_TRY_COUNT=1||silence
gem|first fetch install update|||silence
gradle|task assemble build check classes dependencies jar bootJar installDist shadowJar test|||none
microdnf|any install makecache reinstall update upgrade|||silence
mvn|task compile dependency:go-offline dependency:resolve install package test-compile verify|||silence
poetry|first add install lock sync update|POETRY_REQUESTS_MAX_RETRIES=0||silence'
# other_shim ARGUMENT...: ends as the tool does.
other_shim() {
	local once status tool
	other__find "$SHIMS_TOOL"
	other__may_repeat "$@" || shims_exec "$@"
	shims_begin "$@"
	net_begin 1
	other__leave_retries
	[ "$OTHER_LIMITS" = silence ] || net_leave_limits all
	once='' status=0 tool=$(tool_of_command "$SHIMS_TOOL")
	[ "$STEP_STDIN_KIND" != once ] || once=1
	net_climb --tool "${tool% *}" --attempts "$once" 3 "${tool#* }" default other__try "$@" || status=$?
	exit "$status"
}

# other_is_named TOOL: true if SEAWALL_WEAVE_TOOLS, which the host hands over, has the tool.
other_is_named() { values_has "$1" "$(handed_values tools)"; }

# other__find TOOL: sets OTHER_WORDS, OTHER_RETRIES, OTHER_FILES and OTHER_LIMITS. A tool that the user has named has no
# row: each of its calls may be repeated.
other__find() {
	local row
	OTHER_WORDS='' OTHER_RETRIES='' OTHER_FILES='' OTHER_LIMITS=silence
	row=$SHIMS_LINE_END$OTHER_TABLE$SHIMS_LINE_END
	case $row in *"$SHIMS_LINE_END$1|"*) ;; *) return 0 ;; esac
	row=${row#*"$SHIMS_LINE_END$1|"}
	IFS='|' read -r OTHER_WORDS OTHER_RETRIES OTHER_FILES OTHER_LIMITS <<-ROW
		${row%%"$SHIMS_LINE_END"*}
	ROW
}

# other__may_repeat ARGUMENT...: true if the call downloads, and can be repeated.
other__may_repeat() {
	local kind words word found
	kind=${OTHER_WORDS%% *} words=${OTHER_WORDS#* } found=no
	[ -n "$kind" ] || return 0
	for word in "$@"; do
		case $kind:$word in
			*:-* | first:+*) ;;
			first:*) values_has "$word" "$words" && return || return ;;
			task:*[Pp]ublish* | task:*[Dd]eploy* | task:*[Uu]pload* | task:*[Rr]elease* | task:*[Rr]un) return 1 ;;
			# A task of a project in gradle: :app:build.
			*) ! values_has "$word" "$words" && ! values_has "${word##*:}" "$words" || found=yes ;;
		esac
	done
	[ "$found" = yes ]
}

# other__leave_retries: one place retries, unless the user has set how the tool does it.
other__leave_retries() {
	case $SHIMS_ENVIRONMENT in *"${OTHER_RETRIES%%=*}="*) return 0 ;; esac
	[ -n "$OTHER_RETRIES" ] || return 0
	[ -z "$OTHER_FILES" ] || ! grep -q -s -i retr "$OTHER_FILES" "${HOME:-/root}/$OTHER_FILES" || return 0
	shims_own "${OTHER_RETRIES%%=*}"
	export "${OTHER_RETRIES?}"
}

other__try() { shift && net_run "$@"; }

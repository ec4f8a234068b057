# Diagnosis: what a bug report needs to know of this machine, its engine and its last builds. Each part may be missing, and says so.
# Works in SCRATCH.
# shellcheck shell=sh

# Seconds that each question gets: an engine may be what is ill.
DIAGNOSIS_PATIENCE=10

# diagnosis__run COMMAND...: with its words above what it says.
diagnosis__run() {
	local status
	status=0
	printf '\n== %s\n' "$*"
	attempt_run "$DIAGNOSIS_PATIENCE" "$@" 2>&1 || status=$?
	case $status in
		0) ;;
		124) printf '(no answer within %s s)\n' "$DIAGNOSIS_PATIENCE" ;;
		*) printf '(exit %s)\n' "$status" ;;
	esac
}

# diagnosis_engine: its versions, builders, disk and the end of its log.
diagnosis_engine() {
	diagnosis_versions
	diagnosis_builders
	diagnosis_disk
	diagnosis_daemon 50
}

diagnosis_versions() {
	printf 'Seawall %s\n' "$OPTIONS_VERSION"
	diagnosis__run uname -srm
	diagnosis__run cat /etc/os-release
	diagnosis__run docker version
	diagnosis__run docker buildx version
	diagnosis__run docker info
}

diagnosis_builders() {
	diagnosis__run docker buildx ls
	diagnosis__run docker buildx inspect
}

diagnosis_disk() {
	diagnosis__run df -P
	diagnosis__run docker system df
	diagnosis__run docker buildx du
}

# diagnosis_daemon LINES
diagnosis_daemon() {
	private_set_paths
	if [ -f "$ENGINE_HOME/log" ]; then
		diagnosis__run tail -n "$1" "$ENGINE_HOME/log"
	elif command -v journalctl >/dev/null 2>&1; then
		diagnosis__run journalctl --no-pager --lines "$1" --unit docker
	fi
}

# diagnosis_settings: of a source its address; a long word in a path may be a token.
diagnosis_settings() {
	local name value rest
	printf '%s\n' "$SETTINGS_TABLE" | while IFS='|' read -r name rest; do
		# The names are those of the table.
		eval "value=\${$name-}"
		printf '%s=%s\n' "$name" "$value"
	done | redact_stream | sed -E 's!(://[^[:blank:]]*/)[A-Za-z0-9_]{16,}!\1***!g'
}

# What was built last: its steps and what they said.
diagnosis_builds() {
	local record
	diagnosis__run docker buildx history ls
	record=$(diagnosis_last_record)
	[ -n "$record" ] || return 0
	diagnosis__run docker buildx history inspect "$record" | diagnosis__without_arguments
	printf '\n== build arguments, the names\n'
	attempt_run "$DIAGNOSIS_PATIENCE" docker buildx history inspect --format '{{range .BuildArgs}}{{println .Name}}{{end}}' "$record" 2>/dev/null |
		sed -n '/^[A-Za-z_][A-Za-z0-9_]*$/p'
	diagnosis__run docker buildx history logs "$record"
}

# Values of build arguments and labels may have many lines, blank ones too: the tables end where what buildx prints behind them begins.
diagnosis__without_arguments() {
	LC_ALL=C awk '
		/^(BUILD ARG|LABEL)[ \t]+VALUE/ { inside = 1; print $0; print "(left out)"; next }
		/^(Dockerfile:[0-9]+|Materials:|Attachments:|Errors?:|Logs:|Warnings:|Print build logs: .*)$/ { inside = 0 }
		!inside
	'
}

# Without a format buildx 0.29 prints BUILDER/NODE/ID, with one the id alone.
diagnosis_last_record() {
	attempt_run "$DIAGNOSIS_PATIENCE" docker buildx history ls --format '{{.Ref}}' 2>/dev/null | sed -n -e '1s/.*\///' -e '1s/^[a-z0-9]\{1,\}$/&/p'
}

# What the threads of our own engine do, where it runs and does not answer; it writes them down when it is asked by a signal, and
# goes on. Only the daemon itself is asked: an old id may be another process by now, which the signal would end.
diagnosis_goroutines() {
	local pid tries
	pid=$(private_pid) && ! attempt_run 5 docker version >/dev/null 2>&1 || return 0
	private_set_paths
	printf 'the engine, process %s, is there and does not answer: state %s\n' "$pid" "$(sed -n 's/^State:[[:space:]]*//p' "/proc/$pid/status")"
	: >"$SCRATCH/asked"
	[ "$(private_pid)" = "$pid" ] && kill -s USR1 "$pid" || return 0
	tries=0
	until [ -n "$(diagnosis__stacks)" ] || [ "$tries" -ge 5 ]; do
		clock_sleep 1
		tries=$((tries + 1))
	done
	if [ -n "$(diagnosis__stacks)" ]; then diagnosis__stacks -exec cat {} + -exec rm -f {} +; else tail -n 2000 "$ENGINE_HOME/log"; fi
}

# diagnosis__stacks [ACTION...]: what it has written since it was asked.
diagnosis__stacks() { find "$ENGINE_RUN/exec" -maxdepth 1 -type f -name 'goroutine-stacks-*' -newer "$SCRATCH/asked" "$@" 2>/dev/null; }

# diagnosis_redact: all that may be a secret.
diagnosis_redact() { redact_stream | LC_ALL=C sed -E -f "$SEAWALL_LIB/host/upkeep/diagnosis.sed"; }

# diagnosis_redact_records: for lines of JSON, which stay JSON: each string is looked at alone. A line of JSON cannot begin with the
# end of one.
diagnosis_redact_records() {
	LC_ALL=C sed 's/\([^\\]\)"\([],}]\)/\1\
"\2/g' | diagnosis_redact | LC_ALL=C awk '
		/^"[],}]/ { printf "%s", $0; next }
		{ printf "%s%s", (NR > 1 ? "\n" : ""), $0 }
		END { if (NR) printf "\n" }
	'
}

# Diagnosis: prints the information for a bug report: this machine, its engine, its last builds. A part that is not
# available says so. Works in SCRATCH.
# shellcheck shell=sh

# Time limit for each command: the engine itself may be the problem.
DIAGNOSIS_SECONDS=10

# diagnosis__run COMMAND...: prints COMMAND as a heading, then its output, then a note about a failure.
diagnosis__run() {
	local status
	status=0
	printf '\n== %s\n' "$*"
	attempt_run "$DIAGNOSIS_SECONDS" "$@" 2>&1 || status=$?
	case $status in
		0) ;;
		124) printf '(no answer within %s s)\n' "$DIAGNOSIS_SECONDS" ;;
		*) printf '(exit %s)\n' "$status" ;;
	esac
}

# diagnosis_engine: prints versions, builders, disk usage and the end of the daemon's log.
diagnosis_engine() {
	diagnosis_versions
	diagnosis_builders
	diagnosis_disk
	diagnosis_daemon 50
}

# diagnosis_versions: prints the versions of kernel, distribution, engine and buildx.
diagnosis_versions() {
	printf 'Seawall %s\n' "$OPTIONS_VERSION"
	diagnosis__run uname -srm
	diagnosis__run cat /etc/os-release
	diagnosis__run docker version
	diagnosis__run docker buildx version
	diagnosis__run docker info
}

# diagnosis_builders: prints the builders, and details of the one in use.
diagnosis_builders() {
	diagnosis__run docker buildx ls
	diagnosis__run docker buildx inspect
}

# diagnosis_disk: prints free space and the engine's disk usage.
diagnosis_disk() {
	diagnosis__run df -P
	diagnosis__run docker system df
	diagnosis__run docker buildx du
}

# diagnosis_daemon LINES: prints the end of the log of the private engine, or of the system's Docker service.
diagnosis_daemon() {
	local file
	file=$(private_log_file)
	if [ -f "$file" ]; then
		diagnosis__run tail -n "$1" "$file"
	elif command -v journalctl >/dev/null 2>&1; then
		diagnosis__run journalctl --no-pager --lines "$1" --unit docker
	fi
}

# diagnosis_settings: prints all settings; without long words in paths of URLs, which may be tokens.
diagnosis_settings() {
	local name value rest
	printf '%s\n' "$SETTINGS_TABLE" | while IFS='|' read -r name rest; do
		# The names come from the table in settings.sh.
		eval "value=\${$name-}"
		printf '%s=%s\n' "$name" "$value"
	done | redact_stream | sed -E 's!(://[^[:blank:]]*/)[A-Za-z0-9_]{16,}!\1***!g'
}

# diagnosis_builds: prints the build history, and steps and log of the last build.
diagnosis_builds() {
	local record
	diagnosis__run docker buildx history ls
	record=$(diagnosis_last_record)
	[ -n "$record" ] || return 0
	diagnosis__run docker buildx history inspect "$record" | diagnosis__without_arguments
	printf '\n== names of the build arguments\n'
	attempt_run "$DIAGNOSIS_SECONDS" docker buildx history inspect \
		--format '{{range .BuildArgs}}{{println .Name}}{{end}}' "$record" 2>/dev/null |
		sed -n '/^[A-Za-z_][A-Za-z0-9_]*$/p'
	diagnosis__run docker buildx history logs "$record"
}

# diagnosis__without_arguments: removes the tables of build arguments and labels. Their values may have several lines,
# also blank ones, so a table ends at the next heading that buildx prints.
diagnosis__without_arguments() {
	LC_ALL=C awk '
		/^(BUILD ARG|LABEL)[ \t]+VALUE/ { inside = 1; print $0; print "(left out)"; next }
		/^(Dockerfile:[0-9]+|Materials:|Attachments:|Errors?:|Logs:|Warnings:|Print build logs: .*)$/ { inside = 0 }
		!inside
	'
}

# diagnosis_last_record: prints the id of the last build. buildx 0.29 prints BUILDER/NODE/ID or, with a format, the id.
diagnosis_last_record() {
	attempt_run "$DIAGNOSIS_SECONDS" docker buildx history ls --format '{{.Ref}}' 2>/dev/null |
		sed -n -e '1s/.*\///' -e '1s/^[a-z0-9]\{1,\}$/&/p'
}

# diagnosis_goroutines: prints the stacks of a private engine that runs but does not answer. dockerd writes them on
# SIGUSR1 and continues. The process id is checked again just before: any other process would die of the signal.
diagnosis_goroutines() {
	local pid tries
	pid=$(private_pid) && ! attempt_run 5 docker version >/dev/null 2>&1 || return 0
	printf 'the engine (process %s) runs and does not answer: state %s\n' "$pid" \
		"$(sed -n 's/^State:[[:space:]]*//p' "/proc/$pid/status")"
	: >"$SCRATCH/asked"
	[ "$(private_pid)" = "$pid" ] && kill -s USR1 "$pid" || return 0
	tries=0
	until [ -n "$(diagnosis__stacks)" ] || [ "$tries" -ge 5 ]; do
		clock_sleep 1
		tries=$((tries + 1))
	done
	if [ -n "$(diagnosis__stacks)" ]; then
		diagnosis__stacks -exec cat {} + -exec rm -f {} +
	else
		tail -n 2000 "$(private_log_file)"
	fi
}

# diagnosis__stacks [ACTION...]: runs find's ACTION on the files with stacks that were written since the signal.
diagnosis__stacks() {
	set -- -newer "$SCRATCH/asked" "$@"
	find "$(private_exec_folder)" -maxdepth 1 -type f -name 'goroutine-stacks-*' "$@" 2>/dev/null
}

# diagnosis_redact: copies stdin to stdout without anything that may be a secret.
diagnosis_redact() { redact_stream | LC_ALL=C sed -E -f "$SEAWALL_LIB/host/upkeep/diagnosis.sed"; }

# diagnosis_redact_records: the same for lines of JSON, which stay valid: each string is put on a line of its own,
# redacted, and joined again. No line of JSON begins with the end of a string.
diagnosis_redact_records() {
	LC_ALL=C sed 's/\([^\\]\)"\([],}]\)/\1\
"\2/g' | diagnosis_redact | LC_ALL=C awk '
		/^"[],}]/ { printf "%s", $0; next }
		{ printf "%s%s", (NR > 1 ? "\n" : ""), $0 }
		END { if (NR) printf "\n" }
	'
}

# Diagnosis: what a bug report needs to know of this machine, its engine and its last builds. Each part may be missing, and says so.
# Needs clock.sh, settings.sh, attempt.sh and private.sh. Works in SCRATCH.
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

diagnosis_settings() {
	local name
	printf '%s\n' "$SETTINGS_TABLE" | cut -d '|' -f 1 | while IFS= read -r name; do eval "printf '%s=%s\n' \"\$name\" \"\$$name\""; done
}

# What was built last: its steps and what they said.
diagnosis_builds() {
	local record
	diagnosis__run docker buildx history ls
	record=$(diagnosis_last_record)
	[ -z "$record" ] || diagnosis__run docker buildx history inspect "$record"
	[ -z "$record" ] || diagnosis__run docker buildx history logs "$record"
}

diagnosis_last_record() { attempt_run "$DIAGNOSIS_PATIENCE" docker buildx history ls --format '{{.Ref}}' 2>/dev/null | sed -n '1s/.*\///p'; }

# What the threads of our own engine do, where it runs and does not answer; it writes them down when it is asked by a signal, and
# goes on.
diagnosis_goroutines() {
	local pid tries
	private_set_paths
	pid=$(private_pid) && ! attempt_run 5 docker version >/dev/null 2>&1 || return 0
	tries=0
	printf 'the engine, process %s, is there and does not answer: state %s\n' "$pid" "$(sed -n 's/^State:[[:space:]]*//p' "/proc/$pid/status")"
	kill -s USR1 "$pid"
	while [ "$tries" -lt 5 ] && ! (set +f && ls "$ENGINE_RUN"/exec/goroutine-stacks-* >/dev/null 2>&1); do
		clock_sleep 1
		tries=$((tries + 1))
	done
	(set +f && cat "$ENGINE_RUN"/exec/goroutine-stacks-* 2>/dev/null) || tail -n 2000 "$ENGINE_HOME/log"
}

# diagnosis_redact: what follows words as token, password and Bearer, as people and JSON write it, and what looks like a token of
# GitHub's or a JSON Web Token.
diagnosis_redact() {
	sed -e 's/\([Bb]earer \)[^"[:space:]]*/\1***/g' \
		-e 's/\([A-Za-z_]*\([Tt]oken\|TOKEN\|[Pp]assword\|PASSWORD\|[Ss]ecret\|SECRET\)[A-Za-z_]*"\{0,1\} *[=:] *"\{0,1\}\)[^",[:space:]]*/\1***/g' \
		-e 's/gh[a-z]_[A-Za-z0-9]\{20,\}/***/g' -e 's/eyJ[A-Za-z0-9_-]*\.[A-Za-z0-9_-]*\.[A-Za-z0-9_-]*/***/g'
}

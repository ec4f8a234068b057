# Recovery: whether a builder still builds, and what gets it going again: it is restarted where it is ours (a private engine, a
# builder in a container), which keeps its cache; any other is named.
# Works in SCRATCH.
# shellcheck shell=sh

# Seconds that a build of nothing gets; it takes a quarter of one (measured).
RECOVERY_PATIENCE=5

# recovery_builds: whether a build of nothing comes through. RECOVERY_END: the moment when all must be over, empty for none.
recovery_builds() {
	printf 'FROM scratch\nLABEL seawall.probe=yes\n' >"$SCRATCH/probe"
	recovery__run "$SCRATCH/probe" "$RECOVERY_PATIENCE" docker buildx build --quiet --output type=cacheonly - >"$SCRATCH/probe.said" 2>&1
}

# recovery__run STDIN SECONDS COMMAND...
recovery__run() {
	local stdin seconds
	stdin=$1 seconds=$2
	shift 2
	[ -z "${RECOVERY_END:-}" ] || seconds=$(values_min "$seconds" "$(clock_left "$RECOVERY_END")")
	attempt_run --stdin "$stdin" "$seconds" "$@"
}

# recovery_try END [HURT]: true where the builder builds, or does so again: then RECOVERY_DONE is yes. Of the builds that find it
# stuck one restarts it. END: the moment when all must be over. HURT: yes where a build of nothing would not show what it lacks.
recovery_try() {
	local name ATTEMPT_ENDED RECOVERY_END
	RECOVERY_END=$1 RECOVERY_DONE=no name=${BUILDX_BUILDER:-current}
	[ "${2:-no}" = yes ] || ! recovery_builds || return 0
	log_warn "builder $name does not build any more"
	recovery__find
	[ -n "$RECOVERY_HOW" ] || {
		log_error "builder $name is stuck and not ours, it was left alone: $RECOVERY_ADVICE"
		return 1
	}
	reference_key "${DOCKER_HOST:-} $name"
	RECOVERY_MARK=$(state_folder builders)/$REFERENCE_KEY
	lock_take "$RECOVERY_MARK" "$(values_min 60 "$(clock_left "$RECOVERY_END")")" || return 1
	recovery__was_restarted || recovery__restart "$name" || { lock_drop && return 1; }
	lock_drop
	RECOVERY_DONE=yes
}

# By another build, while this one looked.
recovery__was_restarted() { [ -n "$(find "$RECOVERY_MARK.restarted" -mmin -1 2>/dev/null)" ] && recovery_builds; }

# recovery__restart NAME
recovery__restart() {
	log_warn "builder $1 is ours and restarted, its cache is kept [again]"
	events_emit probe warn upstream builder source "$1" class daemon-crashed verdict again detail restarted
	{ : >"$RECOVERY_MARK.restarted"; } 2>/dev/null || :
	"recovery__restart_$RECOVERY_HOW" >"$SCRATCH/restart" 2>&1 && recovery_builds && return
	log_error "builder $1 does not come back: $(tail -n 1 "$SCRATCH/restart")"
	return 1
}

recovery__restart_engine() { recovery__run '' 60 "$SEAWALL_LIB/../setup-engine.sh" --restart; }

# A name of a node may have been given by anybody; those that buildx makes containers of are like this.
recovery__restart_containers() {
	local name
	set --
	while IFS= read -r name; do
		case $name in '' | *[!A-Za-z0-9_.-]*) ;; *) set -- "$@" "buildx_buildkit_$name" ;; esac
	done <"$SCRATCH/nodes"
	[ $# -gt 0 ] || { printf 'no node of the builder has a name\n' && return 1; }
	recovery__run '' 20 docker restart --time 1 "$@"
}

# Sets RECOVERY_HOW: engine, containers (then SCRATCH/nodes names them), or empty where it is not ours; then RECOVERY_ADVICE says
# what to do.
recovery__find() {
	RECOVERY_HOW='' RECOVERY_ADVICE='restart the Docker daemon, or name another builder in SEAWALL_BUILDERS'
	case ${BUILDX_BUILDER:-default}:${DOCKER_HOST:-} in
		default:unix:///run/seawall-*) RECOVERY_HOW=engine && return ;;
	esac
	recovery__run '' "$RECOVERY_PATIENCE" docker buildx inspect 2>/dev/null >"$SCRATCH/builder" || :
	case $(sed -n 's/^Driver: *//p' "$SCRATCH/builder" | head -n 1) in
		docker-container)
			RECOVERY_HOW=containers
			sed -n '/^Nodes:/,$s/^Name: *//p' "$SCRATCH/builder" >"$SCRATCH/nodes"
			;;
		remote) RECOVERY_ADVICE='restart its buildkitd, or name another builder in SEAWALL_BUILDERS' ;;
	esac
}

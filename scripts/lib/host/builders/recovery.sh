# Recovery: tests whether a builder still builds, and restarts it if it is managed by Seawall or by buildx (the private
# engine, a builder in a container); its cache is kept. Any other builder is only named. Works in SCRATCH.
# shellcheck shell=sh

# Seconds for an empty build; it takes a quarter of one (measured).
RECOVERY_BUILD_SECONDS=5

# recovery_builds: whether an empty build succeeds. RECOVERY_END: the uptime second that ends a recovery, empty for
# none.
recovery_builds() {
	local ATTEMPT_STDIN
	printf 'FROM scratch\nLABEL seawall.probe=yes\n' >"$SCRATCH/probe"
	ATTEMPT_STDIN=$SCRATCH/probe
	recovery__run "$RECOVERY_BUILD_SECONDS" docker buildx build --quiet --output type=cacheonly - \
		>"$SCRATCH/probe.said" 2>&1
}

# recovery__run SECONDS COMMAND...
recovery__run() {
	local seconds
	seconds=$1
	shift
	[ -z "${RECOVERY_END:-}" ] || seconds=$(values_min "$seconds" "$(clock_left "$RECOVERY_END")")
	attempt_run "$seconds" "$@"
}

# recovery_try END [DAMAGED]: true if the builder builds, or builds again after a restart: then RECOVERY_DONE is yes.
# One of the builds that find it stuck restarts it. END: the uptime second that ends the recovery. DAMAGED: yes if an
# empty build cannot show what is wrong.
recovery_try() {
	local name ATTEMPT_ENDED RECOVERY_END
	RECOVERY_END=$1 RECOVERY_DONE=no name=${BUILDX_BUILDER:-current}
	[ "${2:-no}" = yes ] || ! recovery_builds || return 0
	log_warn "builder $name does not respond"
	recovery__find
	[ -n "$RECOVERY_HOW" ] || {
		log_error "builder $name is not managed by Seawall, so it was not restarted: $RECOVERY_ADVICE"
		return 1
	}
	reference_key "${DOCKER_HOST:-} $name"
	RECOVERY_MARK=$(state_folder builders)/$REFERENCE_KEY
	lock_take "$RECOVERY_MARK" "$(values_min 60 "$(clock_left "$RECOVERY_END")")" || return 1
	recovery__was_restarted || recovery__restart "$name" || {
		lock_drop
		return 1
	}
	lock_drop
	RECOVERY_DONE=yes
}

# Another build has restarted it within the last minute.
recovery__was_restarted() { [ -n "$(find "$RECOVERY_MARK.restarted" -mmin -1 2>/dev/null)" ] && recovery_builds; }

# recovery__restart NAME
recovery__restart() {
	log_warn "restarting builder $1: its cache is kept"
	events_emit probe warn upstream builder source "$1" class daemon-crashed verdict again detail restarted
	{ : >"$RECOVERY_MARK.restarted"; } 2>/dev/null || :
	"recovery__restart_$RECOVERY_HOW" >"$SCRATCH/restart" 2>&1 && recovery_builds && return
	log_error "builder $1 does not respond after its restart: $(tail -n 1 "$SCRATCH/restart")"
	return 1
}

recovery__restart_engine() { recovery__run 60 "$SEAWALL_LIB/../setup-engine.sh" --restart; }

# Anyone may have named a node; buildx makes containers only of names like these.
recovery__restart_containers() {
	local name
	set --
	while IFS= read -r name; do
		case $name in '' | *[!A-Za-z0-9_.-]*) ;; *) set -- "$@" "buildx_buildkit_$name" ;; esac
	done <"$SCRATCH/nodes"
	[ $# -gt 0 ] || {
		printf 'no node of the builder has a name\n'
		return 1
	}
	recovery__run 20 docker restart --time 1 "$@"
}

# Sets RECOVERY_HOW to engine, to containers (SCRATCH/nodes lists them), or to nothing if the builder is not managed by
# Seawall or buildx; RECOVERY_ADVICE then says what to do.
recovery__find() {
	RECOVERY_HOW='' RECOVERY_ADVICE='restart the Docker daemon, or name another builder in SEAWALL_BUILDERS'
	case ${BUILDX_BUILDER:-default}:${DOCKER_HOST:-} in
		default:unix:///run/seawall-*) RECOVERY_HOW=engine && return ;;
	esac
	recovery__run "$RECOVERY_BUILD_SECONDS" docker buildx inspect 2>/dev/null >"$SCRATCH/builder" || :
	case $(sed -n 's/^Driver: *//p' "$SCRATCH/builder" | head -n 1) in
		docker-container)
			RECOVERY_HOW=containers
			sed -n '/^Nodes:/,$s/^Name: *//p' "$SCRATCH/builder" >"$SCRATCH/nodes"
			;;
		remote) RECOVERY_ADVICE='restart its buildkitd, or name another builder in SEAWALL_BUILDERS' ;;
	esac
}

# Recovery: checks whether a builder still builds, and restarts a stuck one if the kit manages it (a private engine, or
# a builder in a container); its cache is kept. For other builders it logs what to do. Works in SCRATCH.
# shellcheck shell=sh

# Time limit for an empty build; it takes 0.25 s (measured).
RECOVERY_SECONDS=5

# recovery_builds: whether an empty build succeeds. RECOVERY_END: deadline (clock_uptime), empty for none.
recovery_builds() {
	printf 'FROM scratch\nLABEL seawall.probe=yes\n' >"$SCRATCH/probe"
	recovery__run "$SCRATCH/probe" "$RECOVERY_SECONDS" docker buildx build --quiet --output type=cacheonly - \
		>"$SCRATCH/probe.said" 2>&1
}

# recovery__run STDIN SECONDS COMMAND...: runs COMMAND within SECONDS, or less if RECOVERY_END comes first. STDIN: the
# file that it reads, empty for none.
recovery__run() {
	local stdin seconds
	stdin=$1 seconds=$(recovery__seconds "$2")
	shift 2
	attempt_run --stdin "$stdin" "$seconds" "$@"
}

recovery__seconds() {
	if [ -z "${RECOVERY_END:-}" ]; then printf '%s\n' "$1"; else values_min "$1" "$(clock_left "$RECOVERY_END")"; fi
}

# recovery_try END [HURT]: returns 0 if the builder in use builds, 1 if it does not and was not restarted. Sets
# RECOVERY_DONE to yes after a restart, by this build or by another at the same time. END: deadline. HURT: yes if an
# empty build would not show the fault.
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

# recovery__was_restarted: whether another build has restarted it within a minute, with success.
recovery__was_restarted() { [ -n "$(find "$RECOVERY_MARK.restarted" -mmin -1 2>/dev/null)" ] && recovery_builds; }

# recovery__restart NAME: restarts it by RECOVERY_HOW. Returns 1 if it does not build afterwards.
recovery__restart() {
	log_warn "restarting builder $1: it does not respond; its cache is kept"
	events_emit probe warn upstream builder source "$1" class daemon-crashed verdict again detail restarted
	{ : >"$RECOVERY_MARK.restarted"; } 2>/dev/null || :
	"recovery__restart_$RECOVERY_HOW" >"$SCRATCH/restart" 2>&1 && recovery_builds && return
	log_error "builder $1 does not respond after the restart: $(tail -n 1 "$SCRATCH/restart")"
	return 1
}

recovery__restart_engine() { recovery__run '' 60 "$SEAWALL_LIB/../setup-engine.sh" --restart; }

# recovery__restart_containers: restarts the containers of the builder's nodes. Users choose node names; names with
# characters that buildx does not allow are ignored.
recovery__restart_containers() {
	local name
	set --
	while IFS= read -r name; do
		case $name in '' | *[!A-Za-z0-9_.-]*) ;; *) set -- "$@" "buildx_buildkit_$name" ;; esac
	done <"$SCRATCH/nodes"
	[ $# -gt 0 ] || {
		printf 'wanted the names of the nodes of the builder, saw none\n'
		return 1
	}
	recovery__run '' 20 docker restart --time 1 "$@"
}

# recovery__find: sets RECOVERY_HOW to engine or containers (SCRATCH/nodes then lists them); empty for a builder that
# the kit does not manage, RECOVERY_ADVICE then says what to do.
recovery__find() {
	RECOVERY_HOW='' RECOVERY_ADVICE='restart the Docker daemon, or name another builder in SEAWALL_BUILDERS'
	! builder_is_private || {
		RECOVERY_HOW=engine
		return 0
	}
	builder_inspect "$(recovery__seconds "$RECOVERY_SECONDS")" || return 0
	case $(builder_field Driver) in
		docker-container)
			RECOVERY_HOW=containers
			builder_nodes >"$SCRATCH/nodes"
			;;
		remote) RECOVERY_ADVICE='restart its buildkitd, or name another builder in SEAWALL_BUILDERS' ;;
	esac
}

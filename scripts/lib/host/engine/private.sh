# A private engine from distribution packages: own socket, data and network below SEAWALL_STATE/engine; no system service.
# It lives as long as somebody holds a lease: the id of a process, or `manual` (setup-engine.sh).
# shellcheck shell=sh

# Sets the paths; the socket's must stay short (108 bytes), so it does not live in the state folder.
private_set_paths() {
	ENGINE_HOME=$SEAWALL_STATE/engine
	ENGINE_ID=$(printf '%s' "$ENGINE_HOME" | cksum | cut -d ' ' -f 1)
	ENGINE_ID=$(printf '%05x' "$((ENGINE_ID % 1048576))")
	ENGINE_RUN=/run/seawall-$ENGINE_ID
}

# private_use: makes and starts the private engine if necessary, and leases it to ENGINE_LEASE, else to this command.
private_use() {
	private_set_paths
	state_make "$SEAWALL_STATE" || die 73 "wanted to write in $SEAWALL_STATE, could not: make room or set SEAWALL_STATE"
	# A lease that the caller has named outlives the command.
	[ -n "${ENGINE_LEASE:-}" ] || { ENGINE_LEASE=$$ && exit_at_end private_release_own; }
	lock_take "$ENGINE_HOME" 600 || die 71 "wanted the lock $ENGINE_HOME.lock, held by process $(lock_holder "$ENGINE_HOME"): wait or end it"
	leases_take "$ENGINE_HOME/leases" "$ENGINE_LEASE" || die 73 "wanted to write in $ENGINE_HOME, could not: make room or set SEAWALL_STATE"
	[ -f "$ENGINE_HOME/tree/.complete" ] || toolbox_make "$ENGINE_HOME"
	toolbox_copy_logins "$ENGINE_HOME/tree"
	private__set_environment
	daemon_answers || daemon_start
	lock_drop
}

# private_restart: that whose socket DOCKER_HOST names; who holds it holds it still. 71 where it is not ours.
private_restart() {
	private_is_ours "${DOCKER_HOST:-}" ||
		die 71 "wanted DOCKER_HOST to name the private engine of $ENGINE_HOME, saw '${DOCKER_HOST:-}': set SEAWALL_STATE to its folder"
	lock_take "$ENGINE_HOME" 60 || die 71 "wanted the lock $ENGINE_HOME.lock, held by process $(lock_holder "$ENGINE_HOME"): wait or end it"
	private__set_environment
	daemon_end 3
	daemon_start
	lock_drop
}

# private_is_ours ADDRESS: whether this is the address of the private engine of our state folder.
private_is_ours() {
	private_set_paths
	[ "$1" = "unix://$ENGINE_RUN/docker.sock" ] && [ -f "$ENGINE_HOME/tree/.complete" ]
}

# private_enter: the programs of the private engine, false where they have not been unpacked.
private_enter() {
	private_set_paths
	[ -f "$ENGINE_HOME/tree/.complete" ] || return
	private__set_environment
}

# private_pid: prints the id of its daemon, false where it does not run.
private_pid() {
	private_set_paths
	daemon_pid
}

# private_is_up: whether its daemon runs.
private_is_up() {
	private_pid >/dev/null
}

private_check_machine() {
	[ "$(id -u)" -eq 0 ] || die 71 "wanted a Docker engine that answers, found none and am not root: install docker.io and docker-buildx, or set DOCKER_HOST"
	command -v apt-get >/dev/null 2>&1 && command -v dpkg >/dev/null 2>&1 ||
		die 71 "wanted a Docker engine that answers, found none and this is no Debian family: install Docker $VERSION_OLDEST_ENGINE or newer, or set DOCKER_HOST"
}

private__set_environment() {
	toolbox_enter "$ENGINE_HOME/tree"
	DOCKER_HOST=unix://$ENGINE_RUN/docker.sock
	DOCKER_CONFIG=$ENGINE_HOME/tree/usr/config
	export DOCKER_HOST DOCKER_CONFIG
}

private_release_own() { private_release "$$"; }

# private_release LEASE: the last one out ends the daemon.
private_release() {
	private_set_paths
	[ -d "$ENGINE_HOME" ] || return 0
	lock_take "$ENGINE_HOME" 60 || return 0
	leases_drop "$ENGINE_HOME/leases" "$1"
	leases_are_held "$ENGINE_HOME/leases" || private__end
	lock_drop
}

# In a subshell: the tools are ours for this only.
private__end() {
	daemon_end
	[ ! -f "$ENGINE_HOME/tree/.complete" ] || (toolbox_enter "$ENGINE_HOME/tree" && network_remove)
}

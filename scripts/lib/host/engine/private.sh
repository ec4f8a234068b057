# Private: a private engine from distribution packages, with its own socket, data and network; no system service,
# nothing installed. It runs as long as there is a lease: of a process, or `manual` (setup-engine.sh).
# shellcheck shell=sh

# private_set_paths: sets PRIVATE_HOME, PRIVATE_ID and PRIVATE_RUN. The socket is not in the state folder: its path must
# be shorter than 108 bytes.
private_set_paths() {
	PRIVATE_HOME=$SEAWALL_STATE/engine
	PRIVATE_ID=$(printf '%s' "$PRIVATE_HOME" | cksum | cut -d ' ' -f 1)
	PRIVATE_ID=$(printf '%05x' "$((PRIVATE_ID % 1048576))")
	PRIVATE_RUN=/run/seawall-$PRIVATE_ID
}

# private_use LEASE: makes and starts the private engine if needed, records LEASE, and makes `docker` use the engine.
# Exits with 71, 73 or 75 if that is not possible.
private_use() {
	private_set_paths
	state_make "$SEAWALL_STATE" || private__cannot_write "$SEAWALL_STATE"
	private__lock 600
	leases_take "$PRIVATE_HOME/leases" "$1" || private__cannot_write "$PRIVATE_HOME"
	[ -f "$PRIVATE_HOME/tree/.complete" ] || toolbox_make "$PRIVATE_HOME"
	toolbox_copy_logins "$PRIVATE_HOME/tree"
	private__set_environment
	daemon_answers || daemon_start
	lock_drop
}

private__cannot_write() { die 73 "wanted to write in $1, could not: make room or set SEAWALL_STATE"; }

# private__lock SECONDS: takes the lock of the engine; exits with 71 if another process holds it for SECONDS.
private__lock() {
	lock_take "$PRIVATE_HOME" "$1" ||
		die 71 "wanted the lock $PRIVATE_HOME.lock, held by process $(lock_holder "$PRIVATE_HOME"): wait or end it"
}

# private_restart: restarts the private engine behind DOCKER_HOST; leases are kept. Exits with 71 if DOCKER_HOST is not
# the engine of SEAWALL_STATE.
private_restart() {
	private_is_ours "${DOCKER_HOST:-}" ||
		die 71 "wanted DOCKER_HOST to name the private engine of $PRIVATE_HOME, saw '${DOCKER_HOST:-}':" \
			'set SEAWALL_STATE to its state folder'
	private__lock 60
	private__set_environment
	daemon_end 3
	daemon_start
	lock_drop
}

# private_is_ours ADDRESS: whether ADDRESS is that of the private engine in SEAWALL_STATE, and the engine has been made.
# (builder_is_private: of any state folder.)
private_is_ours() {
	private_set_paths
	[ "$1" = "unix://$PRIVATE_RUN/docker.sock" ] && [ -f "$PRIVATE_HOME/tree/.complete" ]
}

# private_enter: makes `docker` use the private engine's programs and socket; returns 1 if they have not been unpacked.
private_enter() {
	private_set_paths
	[ -f "$PRIVATE_HOME/tree/.complete" ] || return
	private__set_environment
}

# private_pid: prints the process id of its daemon; returns 1 if it does not run.
private_pid() {
	private_set_paths
	daemon_pid
}

# private_log_file: prints the path of the engine's log.
private_log_file() {
	private_set_paths
	printf '%s/log\n' "$PRIVATE_HOME"
}

# private_exec_folder: prints the path of dockerd's exec root.
private_exec_folder() {
	private_set_paths
	printf '%s/exec\n' "$PRIVATE_RUN"
}

# private_is_up: whether its daemon runs.
private_is_up() { private_pid >/dev/null; }

# private_check_machine: exits with 71 if this machine cannot have a private engine.
private_check_machine() {
	[ "$(id -u)" -eq 0 ] ||
		die 71 'wanted a Docker engine that answers, found none, and only root can make a private one:' \
			'install docker.io and docker-buildx, or set DOCKER_HOST'
	command -v apt-get >/dev/null 2>&1 && command -v dpkg >/dev/null 2>&1 ||
		die 71 'wanted a Docker engine that answers, found none, and a private one needs a Debian-based system:' \
			"install Docker $VERSION_OLDEST_ENGINE or newer, or set DOCKER_HOST"
}

private__set_environment() {
	toolbox_enter "$PRIVATE_HOME/tree"
	DOCKER_HOST=unix://$PRIVATE_RUN/docker.sock
	DOCKER_CONFIG=$PRIVATE_HOME/tree/usr/config
	export DOCKER_HOST DOCKER_CONFIG
}

# private_release_own: drops the lease of this process.
private_release_own() { private_release "$$"; }

# private_release LEASE: drops LEASE, and stops the engine if no lease is left.
private_release() {
	private_set_paths
	[ -d "$PRIVATE_HOME" ] || return 0
	lock_take "$PRIVATE_HOME" 60 || return 0
	leases_drop "$PRIVATE_HOME/leases" "$1"
	leases_are_held "$PRIVATE_HOME/leases" || private__end
	lock_drop
}

# private__end: the engine's iptables and ip are used in a subshell, so that PATH stays as it is.
private__end() {
	daemon_end
	[ ! -f "$PRIVATE_HOME/tree/.complete" ] || (toolbox_enter "$PRIVATE_HOME/tree" && network_remove)
}

# A private engine from distribution packages: own socket, data and network below SEAWALL_STATE/engine; no system service.
# It lives as long as somebody holds a lease: the id of a process, or `manual` (setup-engine.sh).
# Needs log.sh, exit.sh, clock.sh, attempt.sh, lock.sh, toolbox.sh and network.sh.
# shellcheck shell=sh

# Sets the paths; the socket's must stay short (108 bytes), so it does not live in the state folder.
private_set_paths() {
	ENGINE_HOME=$SEAWALL_STATE/engine
	ENGINE_ID=$(printf '%s' "$ENGINE_HOME" | cksum | cut -d ' ' -f 1)
	ENGINE_ID=$(printf '%05x' "$((ENGINE_ID % 1048576))")
	ENGINE_RUN=/run/seawall-$ENGINE_ID
}

# private_use: the private engine, made and started where it is not, leased to ENGINE_LEASE (our process unless set).
private_use() {
	private_set_paths
	lock_take "$ENGINE_HOME" 600 || die 71 "wanted the lock $ENGINE_HOME.lock, held by process $(lock_holder "$ENGINE_HOME"): wait or end it"
	mkdir -p "$ENGINE_HOME/leases" || die 73 "wanted to write in $ENGINE_HOME, could not: make room or set SEAWALL_STATE"
	: >"$ENGINE_HOME/leases/${ENGINE_LEASE:=$$}"
	[ -f "$ENGINE_HOME/tree/.complete" ] || toolbox_make "$ENGINE_HOME"
	private__set_environment
	private__is_up || private__start
	lock_drop
}

# private_restart: that whose socket DOCKER_HOST names; who holds it holds it still. 71 where it is not ours.
private_restart() {
	private_set_paths
	[ "${DOCKER_HOST:-}" = "unix://$ENGINE_RUN/docker.sock" ] && [ -f "$ENGINE_HOME/tree/.complete" ] ||
		die 71 "wanted DOCKER_HOST to name the private engine of $ENGINE_HOME, saw '${DOCKER_HOST:-}': set SEAWALL_STATE to its folder"
	lock_take "$ENGINE_HOME" 60 || die 71 "wanted the lock $ENGINE_HOME.lock, held by process $(lock_holder "$ENGINE_HOME"): wait or end it"
	private__set_environment
	private__end_daemon 3
	private__start
	lock_drop
}

# private_enter: the programs of the private engine, false where they have not been unpacked.
private_enter() {
	private_set_paths
	[ -f "$ENGINE_HOME/tree/.complete" ] || return
	private__set_environment
}

# private_is_up: whether its daemon runs, which is for somebody.
private_is_up() {
	private_set_paths
	kill -s 0 "$(cat "$ENGINE_RUN/pid" 2>/dev/null)" 2>/dev/null
}

private_check_machine() {
	[ "$(id -u)" -eq 0 ] || die 71 "wanted a Docker engine that answers, found none and am not root: install docker.io and docker-buildx, or set DOCKER_HOST"
	command -v apt-get >/dev/null 2>&1 && command -v dpkg >/dev/null 2>&1 ||
		die 71 "wanted a Docker engine that answers, found none and this is no Debian family: install Docker $ENGINE_OLDEST or newer, or set DOCKER_HOST"
}

private__set_environment() {
	toolbox_enter "$ENGINE_HOME/tree"
	DOCKER_HOST=unix://$ENGINE_RUN/docker.sock
	DOCKER_CONFIG=$ENGINE_HOME/tree/usr/config
	export DOCKER_HOST DOCKER_CONFIG
}

private__is_up() {
	[ -S "$ENGINE_RUN/docker.sock" ] && engine_answers
}

private__start() {
	# What a killed daemon left, first.
	private__end_daemon
	network_make
	mkdir -p "$ENGINE_RUN"
	private__configuration >"$ENGINE_HOME/daemon.json"
	setsid dockerd --config-file "$ENGINE_HOME/daemon.json" --host "$DOCKER_HOST" --pidfile "$ENGINE_RUN/pid" \
		--data-root "$ENGINE_HOME/data" --exec-root "$ENGINE_RUN/exec" \
		--bridge "$NETWORK_BRIDGE" --default-address-pool "base=$NETWORK_POOL,size=26" \
		--iptables=false --ip6tables=false --ip-masq=false >"$ENGINE_HOME/log" 2>&1 </dev/null &
	private__await "$!" || {
		private__end_daemon
		die 71 "wanted the private engine to answer within 30 s, it did not: $(tail -n 1 "$ENGINE_HOME/log")"
	}
}

# The build cache is bounded; images are removed by the runs that made them.
private__configuration() {
	printf '{"features":{"containerd-snapshotter":true},"builder":{"gc":{"enabled":true,"defaultKeepStorage":"8GB"}}}\n'
}

private__await() {
	local end
	end=$(($(clock_uptime) + 30))
	until private__is_up; do
		kill -s 0 "$1" 2>/dev/null && [ "$(clock_uptime)" -lt "$end" ] || return 1
		clock_sleep 1
	done
}

# private_release LEASE: the last one out ends the daemon.
# shellcheck disable=SC2012 # only whether the folder is empty
private_release() {
	private_set_paths
	[ -d "$ENGINE_HOME" ] || return 0
	lock_take "$ENGINE_HOME" 60 || return 0
	rm -f "$ENGINE_HOME/leases/$1"
	private__drop_dead_leases
	if [ -z "$(ls "$ENGINE_HOME/leases" 2>/dev/null)" ]; then private__end_daemon; fi
	lock_drop
}

private__drop_dead_leases() {
	local lease
	set +f
	set -- "$ENGINE_HOME"/leases/[0-9]*
	set -f
	for lease in "$@"; do
		[ -e "$lease" ] || continue
		kill -s 0 "${lease##*/}" 2>/dev/null || rm -f "$lease"
	done
}

# private__end_daemon [SECONDS]: ends exactly the daemon whose id we wrote down, and what hangs on it; it has 20 s unless said.
private__end_daemon() {
	local pid
	pid=$(cat "$ENGINE_RUN/pid" 2>/dev/null) || pid=
	if [ -n "$pid" ] && grep -q dockerd "/proc/$pid/comm" 2>/dev/null; then
		kill "$pid"
		private__await_end "$pid" "${1:-20}" || kill -s KILL "$pid"
	fi
	private__unmount
	# In a subshell: the tools are ours for this only.
	if [ -f "$ENGINE_HOME/network" ]; then (toolbox_enter "$ENGINE_HOME/tree" && network_remove); fi
	rm -rf "$ENGINE_RUN"
}

private__await_end() {
	local left
	left=$2
	while kill -s 0 "$1" 2>/dev/null; do
		[ "$left" -gt 0 ] || return 1
		clock_sleep 1
		left=$((left - 1))
	done
}

# A daemon that was killed leaves its mounts; its data may be one.
private__unmount() {
	local mount
	LC_ALL=C awk -v run="$ENGINE_RUN" -v data="$ENGINE_HOME/data" 'index($5, run) == 1 || index($5, data) == 1 { print $5 }' /proc/self/mountinfo |
		sort -r | while IFS= read -r mount; do umount -l "$mount"; done
}

# Daemon: dockerd of a private engine, from its start to its end. Nothing is ended by a process id alone.
# ENGINE_HOME, ENGINE_RUN: the folders of the engine; DOCKER_HOST: its
# socket.
# shellcheck shell=sh

# dockerd uses the containerd and the plugins that it finds in /run: there they are somebody else's. A mount namespace of its own
# hides them, and its mounts end with it. 022, for containers run as any user.
DAEMON_ALONE='umask 022
for folder in /run/containerd /run/docker /run/runc; do
	mkdir -p "$folder" && mount -t tmpfs -o mode=0711 seawall "$folder" || exit
done
exec dockerd "$@"'

# daemon_start: 71 where it does not answer within 30 s.
daemon_start() {
	# What a killed daemon left, first.
	daemon_end
	network_make
	mkdir -m 0700 "$ENGINE_RUN" || die 71 "wanted to make $ENGINE_RUN, could not: remove what is there"
	# A daemon that finds a network `bridge` in its store deletes the link docker0, whoever made it.
	rm -rf "$ENGINE_HOME/data/network" "$ENGINE_HOME/log"
	daemon__configuration >"$ENGINE_HOME/daemon.json"
	(umask 077 && : >"$ENGINE_HOME/log") || die 73 "wanted to write $ENGINE_HOME/log, could not: make room or set SEAWALL_STATE"
	setsid unshare --mount --propagation slave sh -c "$DAEMON_ALONE" dockerd \
		--config-file "$ENGINE_HOME/daemon.json" --host "$DOCKER_HOST" --group root --pidfile "$ENGINE_RUN/pid" \
		--data-root "$ENGINE_HOME/data" --exec-root "$ENGINE_RUN/exec" \
		--bridge "$NETWORK_BRIDGE" --default-address-pool "base=$NETWORK_POOL,size=26" \
		--iptables=false --ip6tables=false --ip-masq=false >>"$ENGINE_HOME/log" 2>&1 </dev/null &
	daemon__await "$!" || {
		daemon_end
		network_remove
		die 71 "wanted the private engine to answer within 30 s, it did not: $(tail -n 1 "$ENGINE_HOME/log")"
	}
}

# The build cache is bounded; images are removed by the runs that made them.
daemon__configuration() {
	printf '{"features":{"containerd-snapshotter":true},"builder":{"gc":{"enabled":true,"defaultKeepStorage":"8GB"}}}\n'
}

daemon__await() {
	local end
	end=$(($(clock_now) + 30))
	until daemon_answers; do
		kill -s 0 "$1" 2>/dev/null && [ "$(clock_now)" -lt "$end" ] || return 1
		clock_sleep 0.2
	done
}

# daemon_answers: whether the engine in our folder answers. The folder's name can be foreseen, its owner cannot.
daemon_answers() {
	[ -n "$(find "$ENGINE_RUN" -prune -type d -user 0 2>/dev/null)" ] && [ -S "$ENGINE_RUN/docker.sock" ] && version_engine_answers
}

# daemon_pid: prints the id of the daemon, false where it does not run.
daemon_pid() {
	local pid
	pid=$(cat "$ENGINE_RUN/pid" 2>/dev/null) || return
	daemon__is_named "$pid" dockerd "$ENGINE_RUN/pid" || return
	printf '%s\n' "$pid"
}

# daemon__is_named PID NAME ARGUMENT: whether it is a process of this name that has our ARGUMENT.
daemon__is_named() {
	local name
	case $1 in '' | *[!0-9]*) return 1 ;; esac
	{ IFS= read -r name <"/proc/$1/comm"; } 2>/dev/null && [ "$name" = "$2" ] &&
		tr '\0' '\n' <"/proc/$1/cmdline" 2>/dev/null | grep -q -x -F -e "$3"
}

# daemon_end [SECONDS]: ends exactly this daemon, and what hangs on it; it has 20 s unless said.
daemon_end() {
	daemon__signal TERM "${1:-20}" || daemon__signal KILL 10 ||
		die 71 "wanted the private engine, process $(daemon_pid), to end, it did not: see $ENGINE_HOME/log"
	daemon__end_containers
	rm -rf "$ENGINE_RUN"
}

# daemon__signal NAME SECONDS: whether the daemon is gone within that time.
daemon__signal() {
	local pid left
	left=$(($2 * 5))
	pid=$(daemon_pid) || return 0
	kill -s "$1" "$pid" 2>/dev/null || :
	while daemon_pid >/dev/null; do
		[ "$left" -gt 0 ] || return 1
		clock_sleep 0.2
		left=$((left - 1))
	done
}

# Containers and RUN steps of a daemon that was killed run on. Their cgroups carry the ids that its data names; the shim above a
# container names its socket.
daemon__end_containers() {
	local process ids
	set +f
	set -- /proc/[0-9]*
	set -f
	for process in "$@"; do
		daemon__is_named "${process#/proc/}" containerd-shim "$ENGINE_RUN/exec/containerd/containerd.sock" || continue
		kill -s KILL "${process#/proc/}" 2>/dev/null || :
	done
	ids=$(daemon__ids)
	[ -n "$ids" ] || return 0
	# One that has ended in the meantime is none to end.
	set +f
	set -- /proc/[0-9]*/cgroup
	set -f
	ids=$(printf '%s\n' "$ids" | grep -l -s -F -f - "$@") || return 0
	for process in $ids; do
		process=${process#/proc/}
		kill -s KILL "${process%/cgroup}" 2>/dev/null || :
	done
}

# The ids of containers and of steps, one a line: 64 and 25 characters.
daemon__ids() {
	local name
	set +f
	set -- "$ENGINE_HOME"/data/containers/* "$ENGINE_HOME"/data/buildkit/executor/*
	set -f
	for name in "$@"; do
		name=${name##*/}
		case $name in *[!a-z0-9]*) continue ;; esac
		[ "${#name}" -lt 25 ] || printf '%s\n' "$name"
	done
}

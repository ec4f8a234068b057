# Daemon: starts and ends the dockerd of a private engine. No process is ended by its id alone.
# PRIVATE_HOME and PRIVATE_RUN are the folders of the engine, DOCKER_HOST is its socket.
# shellcheck shell=sh

# dockerd uses the containerd and the plugins in /run, which belong to another engine there. A separate mount namespace
# hides them; its mounts end with it. umask 022: containers run as any user.
DAEMON_ALONE='umask 022
for folder in /run/containerd /run/docker /run/runc; do
	mkdir -p "$folder" && mount -t tmpfs -o mode=0711 seawall "$folder" || exit
done
exec dockerd "$@"'

# daemon_start: starts dockerd. Exits with 71 without an answer within 30 s, 73 without room.
daemon_start() {
	# Remains of a killed daemon.
	daemon_end
	network_make
	mkdir -m 0700 "$PRIVATE_RUN" || die 71 "wanted to make $PRIVATE_RUN, could not: remove the folder that is there"
	# A daemon with a network `bridge` in its store deletes the link docker0, even another engine's.
	rm -rf "$PRIVATE_HOME/data/network" "$PRIVATE_HOME/log"
	daemon__configuration >"$PRIVATE_HOME/daemon.json"
	(umask 077 && : >"$PRIVATE_HOME/log") ||
		die 73 "wanted to write $PRIVATE_HOME/log, could not: make room or set SEAWALL_STATE"
	setsid unshare --mount --propagation slave sh -c "$DAEMON_ALONE" dockerd \
		--config-file "$PRIVATE_HOME/daemon.json" --host "$DOCKER_HOST" --group root --pidfile "$PRIVATE_RUN/pid" \
		--data-root "$PRIVATE_HOME/data" --exec-root "$PRIVATE_RUN/exec" \
		--bridge "$NETWORK_BRIDGE" --default-address-pool "base=$NETWORK_POOL,size=26" \
		--iptables=false --ip6tables=false --ip-masq=false >>"$PRIVATE_HOME/log" 2>&1 </dev/null &
	daemon__await "$!" || {
		daemon_end
		network_remove
		die 71 "wanted the private engine to answer within 30 s, it did not: $(tail -n 1 "$PRIVATE_HOME/log")"
	}
}

# The build cache is limited to 8 GB; images are removed by the runs that made them.
daemon__configuration() {
	printf '{"features":{"containerd-snapshotter":true},"builder":{"gc":{"enabled":true,"defaultKeepStorage":"8GB"}}}\n'
}

# daemon__await PID: waits until the daemon answers. Returns 1 after 30 s or if the process has ended.
daemon__await() {
	local end
	end=$(($(clock_now) + 30))
	until daemon_answers; do
		kill -s 0 "$1" 2>/dev/null && [ "$(clock_now)" -lt "$end" ] || return 1
		clock_sleep 0.2
	done
}

# daemon_answers: whether the engine answers. Others could create a folder with this predictable name, but not as root.
daemon_answers() {
	[ -n "$(find "$PRIVATE_RUN" -prune -type d -user 0 2>/dev/null)" ] && [ -S "$PRIVATE_RUN/docker.sock" ] &&
		version_engine_answers
}

# daemon_pid: prints the process id of the daemon; returns 1 if it does not run.
daemon_pid() {
	local pid
	pid=$(cat "$PRIVATE_RUN/pid" 2>/dev/null) || return
	daemon__is_named "$pid" dockerd "$PRIVATE_RUN/pid" || return
	printf '%s\n' "$pid"
}

# daemon__is_named PID NAME ARGUMENT: whether process PID has this name and ARGUMENT among its arguments.
daemon__is_named() {
	local name
	case $1 in '' | *[!0-9]*) return 1 ;; esac
	{ IFS= read -r name <"/proc/$1/comm"; } 2>/dev/null && [ "$name" = "$2" ] &&
		tr '\0' '\n' <"/proc/$1/cmdline" 2>/dev/null | grep -q -x -F -e "$3"
}

# daemon_end [SECONDS]: ends this daemon and its containers: TERM, and KILL after SECONDS (default 20). Exits with 71 if
# it still runs 10 s after that.
daemon_end() {
	daemon__signal TERM "${1:-20}" || daemon__signal KILL 10 ||
		die 71 "wanted the private engine, process $(daemon_pid), to end, it still runs: see $PRIVATE_HOME/log"
	daemon__end_containers
	rm -rf "$PRIVATE_RUN"
}

# daemon__signal NAME SECONDS: sends the signal; whether the daemon has ended within SECONDS.
daemon__signal() {
	local pid tries
	tries=$(($2 * 5))
	pid=$(daemon_pid) || return 0
	kill -s "$1" "$pid" 2>/dev/null || :
	while daemon_pid >/dev/null; do
		[ "$tries" -gt 0 ] || return 1
		clock_sleep 0.2
		tries=$((tries - 1))
	done
}

# daemon__end_containers: ends containers and RUN steps, which outlive a killed daemon. Their cgroups carry the ids in
# the engine's data folder; the shim of a container has the engine's socket among its arguments.
daemon__end_containers() {
	local process ids
	set +f
	set -- /proc/[0-9]*
	set -f
	for process in "$@"; do
		daemon__is_named "${process#/proc/}" containerd-shim "$PRIVATE_RUN/exec/containerd/containerd.sock" || continue
		kill -s KILL "${process#/proc/}" 2>/dev/null || :
	done
	ids=$(daemon__ids)
	[ -n "$ids" ] || return 0
	# -s: processes may end in the meantime.
	set +f
	set -- /proc/[0-9]*/cgroup
	set -f
	ids=$(printf '%s\n' "$ids" | grep -l -s -F -f - "$@") || return 0
	for process in $ids; do
		process=${process#/proc/}
		kill -s KILL "${process%/cgroup}" 2>/dev/null || :
	done
}

# daemon__ids: prints the ids of containers (64 characters) and RUN steps (25), one a line.
daemon__ids() {
	local name
	set +f
	set -- "$PRIVATE_HOME"/data/containers/* "$PRIVATE_HOME"/data/buildkit/executor/*
	set -f
	for name in "$@"; do
		name=${name##*/}
		case $name in *[!a-z0-9]*) continue ;; esac
		[ "${#name}" -lt 25 ] || printf '%s\n' "$name"
	done
}

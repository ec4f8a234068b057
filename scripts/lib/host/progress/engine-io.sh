# Engine-io: measures whether the engines of this machine do anything: bytes read, written and received, and CPU time.
# The download of a layer shows in both bytes read and bytes received; a local file shows only in the first, another
# process's download only in the second.
# Settings: SEAWALL_MIN_SPEED.
# shellcheck shell=sh

# Jiffies of CPU a second of an engine or a RUN step that computes.
ENGINE_IO_BUSY=10
# Bytes a second that an engine reads for one idle build, in its exchange with the client (measured: 1.6 to 5 kB).
ENGINE_IO_IDLE_BYTES=6144

# engine_io_find: sets ENGINE_IO_PROCESSES to the /proc folders of the engines whose counters can be read. If it is
# unknown which of them runs the builder, all count: the traffic of any of them then hides a stall.
engine_io_find() {
	local file name
	ENGINE_IO_PROCESSES='' ENGINE_PROCESS_OTHERS='' ENGINE_IO_READ=0 ENGINE_IO_WRITTEN=0 ENGINE_IO_RECEIVED=0
	set +f
	set -- /proc/[0-9]*/comm
	set -f
	for file in "$@"; do
		{ IFS= read -r name <"$file"; } 2>/dev/null || continue
		case $name in dockerd | buildkitd) ;; *) continue ;; esac
		[ ! -r "${file%/comm}/io" ] || ENGINE_IO_PROCESSES="$ENGINE_IO_PROCESSES ${file%/comm}"
	done
	case $ENGINE_IO_PROCESSES in ' '*' '*) engine_io__keep_own ;; esac
}

# engine_io__keep_own: of several engines, keeps the one that has the socket of the builder's engine.
engine_io__keep_own() {
	local folder socket inode
	socket=$(builder_socket) || return 0
	for inode in $(builder_socket_inodes "$socket"); do
		for folder in $ENGINE_IO_PROCESSES; do
			# find has no way to print where a link leads in busybox.
			case $(ls -l "$folder/fd" 2>/dev/null) in
				*"socket:[$inode]"*)
					ENGINE_IO_PROCESSES=" $folder"
					return 0
					;;
			esac
		done
	done
}

# engine_io_sample: sets ENGINE_IO_READ, ENGINE_IO_WRITTEN and ENGINE_IO_RECEIVED: the bytes that the engines have read
# and written, and the bytes received in their network namespaces, modulo 100 MB each.
engine_io_sample() {
	local folder name value rest
	ENGINE_IO_READ=0 ENGINE_IO_WRITTEN=0 ENGINE_IO_RECEIVED=0
	for folder in $ENGINE_IO_PROCESSES; do
		while read -r name value; do
			case $name in
				rchar:) values_low "$value" && ENGINE_IO_READ=$((ENGINE_IO_READ + VALUES_LOW)) ;;
				wchar:) values_low "$value" && ENGINE_IO_WRITTEN=$((ENGINE_IO_WRITTEN + VALUES_LOW)) ;;
			esac
		done 2>/dev/null <"$folder/io" || :
		while read -r name value rest; do
			case $name in *:) values_low "$value" && ENGINE_IO_RECEIVED=$((ENGINE_IO_RECEIVED + VALUES_LOW)) ;; esac
		done 2>/dev/null <"$folder/net/dev" || :
	done
}

# engine_io_sample_cpu: sets ENGINE_IO_CPU to the CPU time, in jiffies, of the engines and of the RUN steps. The steps
# may be children of another daemon; they are found by their control group.
engine_io_sample_cpu() {
	local file
	ENGINE_IO_CPU=0
	engine_process_list
	for file in $ENGINE_PROCESS_ALL; do
		engine_io__counts "$file" && engine_process_read "$file" || continue
		# shellcheck disable=SC2086 # numbers
		set -- $ENGINE_PROCESS_STAT
		ENGINE_IO_CPU=$((ENGINE_IO_CPU + ${12} + ${13}))
	done
}

# engine_io__counts FOLDER: whether the process of this /proc folder is an engine or belongs to a RUN step.
engine_io__counts() { engine_process_is_engine "$1" || engine_process_is_step "$1"; }

# engine_io_awaits_network KIND BEGUN: whether a process of a RUN step that began after BEGUN (clock_uptime) waits for
# an answer over the network; unless KIND begins with `run`, an engine counts, too. False if the engines cannot be
# observed.
engine_io_awaits_network() {
	local file
	[ -n "$ENGINE_IO_PROCESSES" ] || return
	engine_process_list
	for file in $ENGINE_PROCESS_ALL; do
		if engine_process_is_engine "$file"; then
			case $1 in run*) continue ;; esac
		else
			engine_process_is_step "$file" && engine_process_began_after "$file" "$2" || continue
		fi
		set -- "$@" "${file#/proc/}"
	done
	shift 2
	[ $# -gt 0 ] && connections_are_open shared "$@"
}

# engine_io_has_moved READ RECEIVED SECONDS BUILDS: whether the last sample shows more than the idle traffic of so many
# builds in both counters, compared with READ and RECEIVED bytes SECONDS ago.
engine_io_has_moved() {
	local idle
	idle=$(((SEAWALL_MIN_SPEED + ENGINE_IO_IDLE_BYTES * $4) * $3))
	engine_io_exceeds $((ENGINE_IO_READ - $1)) "$idle" && engine_io_exceeds $((ENGINE_IO_RECEIVED - $2)) "$idle"
}

# engine_io_exceeds BYTES LIMIT: a negative difference is a counter that has wrapped.
engine_io_exceeds() { [ "$1" -lt 0 ] || [ "$1" -gt "$2" ]; }

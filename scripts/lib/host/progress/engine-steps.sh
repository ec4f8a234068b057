# Engine-steps: finds the processes of this build's RUN steps among those of all builds on this machine. A builder does
# not tell which process belongs to which step, but the command of a step stands in its progress and in its first
# process.
# shellcheck shell=sh

# Jiffies of CPU a second of a RUN step that does something, on a machine that has little time for it. A hung client
# uses 0 to 1 (measured).
ENGINE_STEPS_BUSY=3
ENGINE_STEPS_LINE_END='
'

# engine_steps_find "NAME|NAME..." BEGUN: NAMEs are those of the open RUN steps (stall.awk). Sets ENGINE_STEPS to the
# /proc folders of processes that began after BEGUN (clock_uptime) and may belong to these steps: another build with the
# same command cannot be told apart. Sets ENGINE_STEPS_FIRST to the first process of each. False if one of the steps has
# no such process, or if the engine cannot be observed.
engine_steps_find() {
	local folder groups rest
	ENGINE_STEPS='' ENGINE_STEPS_FIRST='' groups='' rest="$1|"
	[ -n "$ENGINE_IO_PROCESSES" ] || return 1
	engine_steps__list "$2"
	while [ -n "$rest" ]; do
		engine_steps__match "${rest%%'|'*}"
		[ -n "$ENGINE_STEPS_GROUPS" ] || return 1
		groups="$groups$ENGINE_STEPS_GROUPS" rest=${rest#*'|'}
	done
	for folder in $ENGINE_STEPS_ALL; do
		case $groups in *" ${folder#*=} "*) ENGINE_STEPS="$ENGINE_STEPS ${folder%%=*}" ;; esac
	done
}

# engine_steps_sample: sets ENGINE_STEPS_CPU and ENGINE_STEPS_BYTES to the jiffies of CPU, and the bytes read, written
# and received, of the processes in ENGINE_STEPS, and ENGINE_STEPS_WAIT to `yes` if one of them waits for a CPU or a
# disk. The counters of a process that has ended are gone.
engine_steps_sample() {
	local folder line name value
	ENGINE_STEPS_CPU=0 ENGINE_STEPS_BYTES=0 ENGINE_STEPS_WAIT=no
	for folder in $ENGINE_STEPS; do
		engine_process_read "$folder" || continue
		# shellcheck disable=SC2086 # numbers
		set -- $ENGINE_PROCESS_STAT
		case $1 in R | D) ENGINE_STEPS_WAIT=yes ;; esac
		ENGINE_STEPS_CPU=$((ENGINE_STEPS_CPU + ${12} + ${13} + ${14} + ${15}))
		while read -r name value; do
			case $name in rchar: | wchar:) engine_steps__add_bytes "$value" ;; esac
		done 2>/dev/null <"$folder/io" || :
	done
	for folder in $ENGINE_STEPS_FIRST; do
		! engine_steps__shares_network "$folder" || continue
		while read -r name value line; do
			case $name in lo:) ;; *:) engine_steps__add_bytes "$value" ;; esac
		done 2>/dev/null <"$folder/net/dev" || :
	done
}

# engine_steps__shares_network FOLDER: whether a step has the network of the engine, whose counters are not its own.
# What such a step receives shows where it writes it.
engine_steps__shares_network() {
	local engine
	for engine in $ENGINE_IO_PROCESSES; do
		[ ! "$1/ns/net" -ef "$engine/ns/net" ] || return 0
	done
	return 1
}

# engine_steps_await_network: whether a process in ENGINE_STEPS waits for an answer over the network.
engine_steps_await_network() {
	local folder
	set --
	for folder in $ENGINE_STEPS; do set -- "$@" "${folder#/proc/}"; done
	[ $# -gt 0 ] && connections_are_open shared "$@"
}

engine_steps__add_bytes() { values_low "$1" && ENGINE_STEPS_BYTES=$((ENGINE_STEPS_BYTES + VALUES_LOW)); }

# engine_steps__list BEGUN: sets ENGINE_STEPS_ALL to the processes of RUN steps, as FOLDER=GROUP.
engine_steps__list() {
	local folder
	ENGINE_STEPS_ALL=''
	engine_process_list
	for folder in $ENGINE_PROCESS_ALL; do
		engine_process_is_step "$folder" && engine_process_began_after "$folder" "$1" || continue
		ENGINE_STEPS_ALL="$ENGINE_STEPS_ALL $folder=$ENGINE_PROCESS_GROUP"
	done
}

# engine_steps__match NAME: sets ENGINE_STEPS_GROUPS to the control groups whose first process may have this command.
engine_steps__match() {
	local folder
	ENGINE_STEPS_GROUPS=''
	for folder in $ENGINE_STEPS_ALL; do
		engine_process_find_parent "${folder%%=*}" || continue
		case "$ENGINE_STEPS_ALL " in *" $ENGINE_PROCESS_PARENT=${folder#*=} "*) continue ;; esac
		engine_steps__is_command "${folder%%=*}" "$1" || continue
		ENGINE_STEPS_GROUPS="$ENGINE_STEPS_GROUPS ${folder#*=} " ENGINE_STEPS_FIRST="$ENGINE_STEPS_FIRST ${folder%%=*}"
	done
}

# engine_steps__is_command FOLDER NAME: NAME is `RUN --mount=... COMMAND`, or `RUN <<E (COMMAND...)` for a heredoc, with
# the values of variables. So what counts is the first line in front of a variable, an escape, a quote or a pipe.
engine_steps__is_command() {
	local text rest
	text=$({ tr '\000' ' ' <"$1/cmdline" | head -c 4000; } 2>/dev/null)
	[ -n "$text" ] || return 1
	text=${text#* -c }
	text=${text#"${text%%[![:space:]]*}"}
	text=${text%%[\\\$\"\'\|"$ENGINE_STEPS_LINE_END"]*}
	case $2 in *" ${text% }"* | *"(${text% }"*) return 0 ;; esac
	# A shell becomes its last command: `pip install x` is `/usr/bin/python3 /usr/bin/pip install x` then.
	case $text in /*' /'*' '*) text=${text#* } ;; *) return 1 ;; esac
	rest=${text%% *}
	text="${rest##*/} ${text#* }"
	case $2 in *" ${text% }"* | *"/${text% }"* | *"(${text% }"*) ;; *) return 1 ;; esac
}

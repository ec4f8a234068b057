# Own steps: finds the processes of this build's RUN steps among those of all builds on this machine. A builder does not
# tell which process belongs to which step, but the command of a step stands in its progress and in its first process.
# shellcheck shell=sh

OWN_STEPS_LINE_END='
'

# own_steps_find "NAME|NAME..." BEGUN: NAMEs are those of the open RUN steps (stall.awk). Sets OWN_STEPS to the /proc
# folders of processes that began after BEGUN (clock_uptime) and may belong to these steps: another build with the same
# command cannot be told apart. False if one of the steps has no such process.
own_steps_find() {
	local folder groups rest
	OWN_STEPS='' OWN_STEPS_FIRST='' groups='' rest="$1|"
	own_steps__list "$2"
	while [ -n "$rest" ]; do
		own_steps__match "${rest%%'|'*}"
		[ -n "$OWN_STEPS_GROUPS" ] || return 1
		groups="$groups$OWN_STEPS_GROUPS" rest=${rest#*'|'}
	done
	for folder in $OWN_STEPS_ALL; do
		case $groups in *" ${folder#*=} "*) OWN_STEPS="$OWN_STEPS ${folder%%=*}" ;; esac
	done
}

# own_steps_sample: sets OWN_STEPS_CPU and OWN_STEPS_BYTES to the jiffies of CPU, and the bytes read, written and
# received, of the processes in OWN_STEPS. The counters of a process that has ended are gone.
own_steps_sample() {
	local folder line name value
	OWN_STEPS_CPU=0 OWN_STEPS_BYTES=0
	for folder in $OWN_STEPS; do
		{ IFS= read -r line <"$folder/stat"; } 2>/dev/null || continue
		# shellcheck disable=SC2086 # numbers
		set -- ${line##*) }
		OWN_STEPS_CPU=$((OWN_STEPS_CPU + ${12} + ${13} + ${14} + ${15}))
		while read -r name value; do
			case $name in rchar: | wchar:) own_steps__add_bytes "$value" ;; esac
		done 2>/dev/null <"$folder/io" || :
	done
	for folder in $OWN_STEPS_FIRST; do
		while read -r name value line; do
			case $name in lo:) ;; *:) own_steps__add_bytes "$value" ;; esac
		done 2>/dev/null <"$folder/net/dev" || :
	done
}

# own_steps_await_network: whether a process in OWN_STEPS waits for an answer over the network.
own_steps_await_network() {
	local folder
	set --
	for folder in $OWN_STEPS; do set -- "$@" "${folder#/proc/}"; done
	[ $# -gt 0 ] && connections_are_open shared "$@"
}

own_steps__add_bytes() { values_low "$1" && OWN_STEPS_BYTES=$((OWN_STEPS_BYTES + VALUES_LOW)); }

# own_steps__list BEGUN: sets OWN_STEPS_ALL to the processes of RUN steps, as FOLDER=GROUP.
own_steps__list() {
	local folder
	OWN_STEPS_ALL=''
	engine_io_list_processes
	for folder in $ENGINE_IO_ALL; do
		engine_io_is_step "$folder" && engine_io_began_after "$folder" "$1" || continue
		OWN_STEPS_ALL="$OWN_STEPS_ALL $folder=$ENGINE_IO_GROUP"
	done
}

# own_steps__match NAME: sets OWN_STEPS_GROUPS to the control groups whose first process may have this command.
own_steps__match() {
	local folder parent
	OWN_STEPS_GROUPS=''
	for folder in $OWN_STEPS_ALL; do
		parent=$(own_steps__parent "${folder%%=*}") || continue
		case "$OWN_STEPS_ALL " in *" /proc/$parent=${folder#*=} "*) continue ;; esac
		own_steps__is_command "${folder%%=*}" "$1" || continue
		OWN_STEPS_GROUPS="$OWN_STEPS_GROUPS ${folder#*=} " OWN_STEPS_FIRST="$OWN_STEPS_FIRST ${folder%%=*}"
	done
}

own_steps__parent() {
	local line
	{ IFS= read -r line <"$1/stat"; } 2>/dev/null || return
	# shellcheck disable=SC2086 # numbers
	set -- ${line##*) }
	printf '%s\n' "$2"
}

# own_steps__is_command FOLDER NAME: NAME is `RUN --mount=... COMMAND`, or `RUN <<EOF (COMMAND...)` for a heredoc, with
# the values of variables. So what counts is the first line in front of a variable, an escape, a quote or a pipe.
own_steps__is_command() {
	local text
	text=$(tr '\000' ' ' <"$1/cmdline" 2>/dev/null | head -c 4000)
	text=${text#* -c }
	text=${text#"${text%%[![:space:]]*}"}
	text=${text%%[\\\$\"\'\|"$OWN_STEPS_LINE_END"]*}
	case $2 in *" ${text% }"* | *"(${text% }"*) ;; *) return 1 ;; esac
}

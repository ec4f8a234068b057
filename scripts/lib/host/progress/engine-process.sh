# Engine-process: which processes of this machine are an engine, or belong to a RUN step, by the files in /proc.
# shellcheck shell=sh

# engine_process_list: sets ENGINE_PROCESS_ALL to the /proc folders of all processes.
engine_process_list() {
	set +f
	set -- /proc/[0-9]*
	set -f
	ENGINE_PROCESS_ALL=$*
}

# engine_process_is_engine FOLDER: whether it is one of ENGINE_IO_PROCESSES.
engine_process_is_engine() { case " $ENGINE_IO_PROCESSES " in *" $1 "*) ;; *) return 1 ;; esac }

# engine_process_is_step FOLDER: whether the process belongs to a RUN step, and no other engine has started it; sets
# ENGINE_PROCESS_GROUP to its control group.
engine_process_is_step() {
	while IFS= read -r ENGINE_PROCESS_GROUP; do
		case $ENGINE_PROCESS_GROUP in *buildkit*) engine_process__is_ours "$1" && return || return ;; esac
	done 2>/dev/null <"$1/cgroup"
	return 1
}

# engine_process__is_ours FOLDER: false if a parent of the process is an engine outside ENGINE_IO_PROCESSES. The groups
# of other engines are kept in ENGINE_PROCESS_OTHERS.
engine_process__is_ours() {
	local name
	ENGINE_PROCESS_PARENT=$1
	case $ENGINE_PROCESS_OTHERS in *" $ENGINE_PROCESS_GROUP "*) return 1 ;; esac
	while engine_process_find_parent "$ENGINE_PROCESS_PARENT" && ! engine_process_is_engine "$ENGINE_PROCESS_PARENT"; do
		{ IFS= read -r name <"$ENGINE_PROCESS_PARENT/comm"; } 2>/dev/null || return 0
		case $name in
			dockerd | buildkitd)
				ENGINE_PROCESS_OTHERS="$ENGINE_PROCESS_OTHERS $ENGINE_PROCESS_GROUP "
				return 1
				;;
		esac
	done
	return 0
}

# engine_process_read FOLDER: sets ENGINE_PROCESS_STAT to the fields of proc_pid_stat(5) from the third, the state, on.
# The second is the name, which may have any character.
engine_process_read() {
	{ IFS= read -r ENGINE_PROCESS_STAT <"$1/stat"; } 2>/dev/null || return
	ENGINE_PROCESS_STAT=${ENGINE_PROCESS_STAT##*) }
}

# engine_process_find_parent FOLDER: sets ENGINE_PROCESS_PARENT to the /proc folder of the parent.
engine_process_find_parent() {
	engine_process_read "$1" || return
	# shellcheck disable=SC2086 # numbers
	set -- $ENGINE_PROCESS_STAT
	ENGINE_PROCESS_PARENT=/proc/$2
	[ "$2" -gt 0 ]
}

# engine_process_began_after FOLDER MOMENT: whether the process began after MOMENT (clock_uptime). The kernel counts in
# hundredths of a second; strings, because mksh has 32 bits.
engine_process_began_after() {
	local moment
	moment=$2
	engine_process_read "$1" || return
	# shellcheck disable=SC2086 # numbers
	set -- $ENGINE_PROCESS_STAT
	shift 19
	[ "${1%??}" -ge "$moment" ]
}

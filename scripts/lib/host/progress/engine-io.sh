# Engine-io: whether the engines of this machine do anything: bytes read, written and received over the network, and CPU time.
# A layer that is downloaded shows in both reads and network; a local file only in reads, a download of another process only
# in network. Silence: the seconds since a build last printed anything while its engine neither moved bytes nor computed.
# Settings: SEAWALL_MIN_SPEED.
# shellcheck shell=sh

# Bytes a second that an engine reads with one build that stands still: its talk with the client (measured: 1.6 to 5 kB).
ENGINE_TALK=6144

# engine_io_find: the engines of this machine whose counters may be read; which of them is the builder is not known, so all
# count.
engine_io_find() {
	local file name
	ENGINE_READS_FROM=''
	# A private engine's own builder (private.sh).
	case ${BUILDX_BUILDER:-default}:${DOCKER_HOST:-} in
		default:unix:///run/seawall-*)
			file=${DOCKER_HOST#unix://}
			read -r name 2>/dev/null <"${file%/*}/pid" && [ -r "/proc/$name/io" ] && ENGINE_READS_FROM=" /proc/$name" && return
			;;
	esac
	set +f
	set -- /proc/[0-9]*/comm
	set -f
	for file in "$@"; do
		{ IFS= read -r name <"$file"; } 2>/dev/null || continue
		case $name in dockerd | buildkitd) ;; *) continue ;; esac
		[ ! -r "${file%/comm}/io" ] || ENGINE_READS_FROM="$ENGINE_READS_FROM ${file%/comm}"
	done
}

# engine_io_sample: sets ENGINE_READS to what they have read, ENGINE_WRITES to what they have written, and ENGINE_RECEIVES to
# what has come over their networks, modulo 100 MB each.
engine_io_sample() {
	local folder name value rest
	ENGINE_READS=0 ENGINE_WRITES=0 ENGINE_RECEIVES=0
	for folder in $ENGINE_READS_FROM; do
		while read -r name value; do
			case $name in
				rchar:) watch_low "$value" && ENGINE_READS=$((ENGINE_READS + NUMBER)) ;;
				wchar:) watch_low "$value" && ENGINE_WRITES=$((ENGINE_WRITES + NUMBER)) ;;
			esac
		done 2>/dev/null <"$folder/io" || :
		while read -r name value rest; do
			case $name in *:) watch_low "$value" && ENGINE_RECEIVES=$((ENGINE_RECEIVES + NUMBER)) ;; esac
		done 2>/dev/null <"$folder/net/dev" || :
	done
}

# engine_io_sample_work: sets ENGINE_WORK to the CPU, in jiffies, of the engines and of the steps that they run. The steps may
# be another daemon's children; they are known by their control group.
engine_io_sample_work() {
	local file line
	ENGINE_WORK=0
	set +f
	set -- /proc/[0-9]*
	set -f
	for file in "$@"; do
		engine_io__is_work "$file" && { IFS= read -r line <"$file/stat"; } 2>/dev/null || continue
		# shellcheck disable=SC2086 # numbers
		set -- ${line##*) }
		ENGINE_WORK=$((ENGINE_WORK + ${12} + ${13}))
	done
}

engine_io__is_work() {
	local group
	case " $ENGINE_READS_FROM " in *" $1 "*) return 0 ;; esac
	while IFS= read -r group; do
		case $group in *buildkit*) return 0 ;; esac
	done 2>/dev/null <"$1/cgroup"
	return 1
}

# engine_io_more BYTES RECEIVED SECONDS: whether since it was so many, SECONDS ago, more than talk was read and has come.
engine_io_more() {
	local most
	most=$(((SEAWALL_MIN_SPEED + ENGINE_TALK) * $3))
	engine_io__is_more $((ENGINE_READS - $1)) "$most" && engine_io__is_more $((ENGINE_RECEIVES - $2)) "$most"
}

# Less than nothing is a counter that has run over.
engine_io__is_more() { [ "$1" -lt 0 ] || [ "$1" -gt "$2" ]; }

engine_io_silence_begin() { SILENCE_SINCE='' SILENCE_SECONDS=0 SILENCE_SIZE='' SILENCE_WORK=0 SILENCE_MOVES=0; }

# engine_io_silence_look FILE: about once a second, FILE has what the build says. Sets SILENCE_SECONDS.
engine_io_silence_look() {
	local size now
	size=$(wc -c 2>/dev/null <"$1") now=$(clock_uptime)
	if [ "$size" != "$SILENCE_SIZE" ] || engine_io__silence_is_work || [ -z "$SILENCE_SINCE" ]; then SILENCE_SINCE=$now; fi
	SILENCE_SIZE=$size SILENCE_SECONDS=$((now - SILENCE_SINCE))
}

# What one look sees is compared with the one before; the first sees no work.
engine_io__silence_is_work() {
	local work moves
	work=$SILENCE_WORK moves=$SILENCE_MOVES
	engine_io__silence_sample
	[ "$SILENCE_WORK" -lt "$work" ] || [ $((SILENCE_WORK - work)) -ge "$WATCH_BUSY" ] || [ "$SILENCE_MOVES" -lt "$moves" ] ||
		[ $((SILENCE_MOVES - moves)) -gt $((2 * (SEAWALL_MIN_SPEED + ENGINE_TALK))) ]
}

engine_io__silence_sample() {
	engine_io_sample
	engine_io_sample_work
	SILENCE_WORK=$ENGINE_WORK SILENCE_MOVES=$((ENGINE_READS + ENGINE_WRITES))
}

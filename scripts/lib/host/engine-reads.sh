# Engine-reads: whether the engines of this machine take anything in. A layer that comes shows in what they read and in what
# comes over their network; a file that they read shows in the one alone, somebody else's download in the other.
# Needs watch.sh. Settings: SEAWALL_MIN_SPEED.
# shellcheck shell=sh

# Bytes a second that an engine reads with one build that stands still: its talk with the client (measured: 1.6 to 5 kB).
ENGINE_TALK=6144

# engine_reads_find: the engines of this machine whose counters may be read; which of them is the builder is not known, so all
# count.
engine_reads_find() {
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

# engine_reads_sample: sets ENGINE_READS to what they have read, ENGINE_WRITES to what they have written, and ENGINE_RECEIVES to
# what has come over their networks, modulo 100 MB each.
engine_reads_sample() {
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

# engine_work_sample: sets ENGINE_WORK to the CPU, in jiffies, of the engines and of the steps that they run. The steps may
# be another daemon's children; they are known by their control group.
engine_work_sample() {
	local file line
	ENGINE_WORK=0
	set +f
	set -- /proc/[0-9]*
	set -f
	for file in "$@"; do
		engine_reads__is_work "$file" && { IFS= read -r line <"$file/stat"; } 2>/dev/null || continue
		# shellcheck disable=SC2086 # numbers
		set -- ${line##*) }
		ENGINE_WORK=$((ENGINE_WORK + ${12} + ${13}))
	done
}

engine_reads__is_work() {
	local group
	case " $ENGINE_READS_FROM " in *" $1 "*) return 0 ;; esac
	while IFS= read -r group; do
		case $group in *buildkit*) return 0 ;; esac
	done 2>/dev/null <"$1/cgroup"
	return 1
}

# engine_reads_more BYTES RECEIVED SECONDS: whether since it was so many, SECONDS ago, more than talk was read and has come.
engine_reads_more() {
	local most
	most=$(((SEAWALL_MIN_SPEED + ENGINE_TALK) * $3))
	engine_reads__is_more $((ENGINE_READS - $1)) "$most" && engine_reads__is_more $((ENGINE_RECEIVES - $2)) "$most"
}

# Less than nothing is a counter that has run over.
engine_reads__is_more() { [ "$1" -lt 0 ] || [ "$1" -gt "$2" ]; }

# Disk: checks free space before work begins.
# shellcheck shell=sh

# With less than this (in MB) no build can finish: the builder cannot even write its own records.
DISK_MIN_MB=100

# disk_free_mb FOLDER: prints the free MB on the file system of FOLDER, which may not exist yet.
disk_free_mb() {
	local folder kilobytes
	folder=$1
	while [ ! -d "$folder" ]; do folder=$(dirname "$folder"); done
	kilobytes=$(df -Pk "$folder" | sed -n '2s/^[^ ]* *[0-9]* *[0-9]* *\([0-9]*\) .*/\1/p')
	printf '%s\n' "$((kilobytes / 1000))"
}

# disk_check FOLDER MB ADVICE: exits with 73 if less than MB is free for FOLDER. ADVICE ends the message.
disk_check() {
	local free_mb
	free_mb=$(disk_free_mb "$1")
	[ "$free_mb" -ge "$2" ] || die 73 "wanted $2 MB free for $1, saw $free_mb MB: make room$3"
}

# disk_check_engine: the same for the data folder of an engine on this machine, if its place is known: a private
# engine's, or Docker's default.
disk_check_engine() {
	local folder
	folder=''
	if builder_is_private; then
		folder=$SEAWALL_STATE/engine/data
	else
		case ${BUILDX_BUILDER:-default}:${DOCKER_HOST:-} in
			default: | default:unix:///var/run/docker.sock | default:unix:///run/docker.sock) folder=/var/lib/docker ;;
		esac
	fi
	[ ! -d "$folder" ] || disk_check "$folder" "$DISK_MIN_MB" ' (scripts/clean-caches.sh lists what the kit keeps)'
}

# Disk: whether there is room, before anything is begun.
# shellcheck shell=sh

# Megabytes without which no build ends well: a builder cannot even write down what it does.
DISK_LEAST=100

# disk_check FOLDER MEGABYTES: 73 where fewer are free; a folder that is not there yet will be. Sets DISK_FREE.
disk_check() {
	local folder
	folder=$1
	while [ ! -d "$folder" ]; do folder=$(dirname "$folder"); done
	DISK_FREE=$(df -Pk "$folder" | sed -n '2s/^[^ ]* *[0-9]* *[0-9]* *\([0-9]*\) .*/\1/p')
	DISK_FREE=$((DISK_FREE / 1000))
	[ "$DISK_FREE" -ge "$2" ] || die 73 "wanted $2 MB free in $folder, saw $DISK_FREE MB: make room$3"
}

# disk_check_engine: the folder of an engine on this machine, where it is known: our own, or Docker's usual one.
disk_check_engine() {
	local folder
	case ${BUILDX_BUILDER:-default}:${DOCKER_HOST:-} in
		default:unix:///run/seawall-*) folder=$SEAWALL_STATE/engine/data ;;
		default: | default:unix:///var/run/docker.sock | default:unix:///run/docker.sock) folder=/var/lib/docker ;;
		*) return 0 ;;
	esac
	[ ! -d "$folder" ] || disk_check "$folder" "$DISK_LEAST" ' (scripts/clean-caches.sh shows what is ours)'
}

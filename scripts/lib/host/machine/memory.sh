# Memory: what the kit remembers in a state folder, known by the names of the files; whatever else lies there is a stranger's.
# shellcheck shell=sh

MEMORY_NAMES='registry breaker builders client stalled budget events.jsonl report.json'

# memory_row NAME PATH: a row of the holdings where something of ours is there; its time is that of the newest file.
memory_row() {
	memory__files "$2" -exec stat -c '%s %Y' {} + | LC_ALL=C NAME=$1 FOLDER=$2 awk '
		{ bytes += $1; if ($2 > newest) newest = $2 }
		END { if (NR) printf "memory\t%s\t%.0f\t%.0f\tours\t%s\n", ENVIRON["NAME"], bytes, newest, ENVIRON["FOLDER"] }
	'
}

# memory_forget: removes what is too old to be used by another build, in seconds.
memory_forget() {
	state_forget registry "$SEAWALL_LAST_GOOD_MAX_AGE"
	state_forget stalled 3600
	state_forget builders 86400
	state_forget client 86400
}

# memory_remove PATH: the files of ours, old locks, and the folder where nothing else is in it.
memory_remove() {
	memory__files "$1" -exec rm -f {} + || return
	[ -d "$1" ] || return 0
	find "$1" -maxdepth 1 -mindepth 1 -type d \( -name '*.lock' -o -name '*.probe' \) -mmin +60 -exec rm -rf {} +
	rmdir "$1" 2>/dev/null || :
}

# memory__files PATH ACTION...: the regular files of ours; no links, nothing in folders below.
memory__files() {
	local path
	path=$1
	shift
	[ -e "$path" ] && [ ! -L "$path" ] || return 0
	case ${path##*/} in
		events.jsonl) [ "$(memory__begins "$path" 6)" != '{"ts":' ] || find "$path" -type f "$@" ;;
		report.json) [ "$(memory__begins "$path" 10)" != '{"schema":' ] || find "$path" -type f "$@" ;;
		client) find "$path" -maxdepth 1 -type f -size 0 ! -name '*[!0-9]*' "$@" ;;
		stalled) find "$path" -maxdepth 1 -type f -size -2 -name '????????????????????????????????????????????????????????????????*' ! -name '*[!0-9a-f.]*' "$@" ;;
		budget) find "$path" -maxdepth 1 -type f -size -200 ! -name '*[!A-Za-z0-9@._-]*' "$@" ;;
		*) find "$path" -maxdepth 1 -type f -size -2000 \( -name '*-[0-9]*' -o -name '*.digests' -o -name '*.why' -o -name '*.class' \
			-o -name '*.platform' -o -name '*.restarted' \) "$@" ;;
	esac
}

memory__begins() { [ ! -f "$1" ] || head -c "$2" "$1" | tr -d '\000'; }

# Memory: the files that the kit keeps in a state folder, recognised by name and form; other files there are never
# touched.
# shellcheck shell=sh

MEMORY_NAMES='registry breaker builders client stalled budget events.jsonl report.json'

# memory_rows FOLDER: prints a row for each name in the state folder FOLDER (holdings.sh).
memory_rows() {
	local name
	for name in $MEMORY_NAMES; do memory__row "$name" "$1/$name"; done
}

# memory__row NAME PATH: prints a row if PATH holds files of the kit; the row's time is the newest
# file's.
memory__row() {
	memory__files "$2" -exec stat -c '%s %Y' {} + | LC_ALL=C MEMORY_NAME=$1 MEMORY_FOLDER=$2 awk '
		{ bytes += $1; if ($2 > newest) newest = $2 }
		END {
			name = ENVIRON["MEMORY_NAME"]; folder = ENVIRON["MEMORY_FOLDER"]
			if (NR) printf "memory\t%s\t%.0f\t%.0f\tours\t%s\n", name, bytes, newest, folder
		}
	'
}

# memory_forget: removes records that are too old for any build.
memory_forget() {
	state_forget registry "$SEAWALL_LAST_GOOD_MAX_AGE"
	state_forget stalled 3600
	state_forget builders 86400
	state_forget client 86400
}

# memory_remove PATH: removes the kit's files, locks older than an hour, and the folder if it is empty then.
memory_remove() {
	memory__files "$1" -exec rm -f {} + || return
	[ -d "$1" ] || return 0
	find "$1" -maxdepth 1 -mindepth 1 -type d \( -name '*.lock' -o -name '*.probe' \) -mmin +60 -exec rm -rf {} +
	rmdir "$1" 2>/dev/null || :
}

# memory__files PATH ACTION...: runs find's ACTION on the kit's regular files in PATH; not on links or subfolders.
memory__files() {
	local path
	path=$1
	shift
	[ -e "$path" ] && [ ! -L "$path" ] || return 0
	case ${path##*/} in
		events.jsonl) [ "$(memory__begins "$path" 6)" != '{"ts":' ] || find "$path" -type f "$@" ;;
		report.json) [ "$(memory__begins "$path" 10)" != '{"schema":' ] || find "$path" -type f "$@" ;;
		client) find "$path" -maxdepth 1 -type f -size 0 ! -name '*[!0-9]*' "$@" ;;
		# The name is a SHA-256 digest, a process id may follow.
		stalled)
			find "$path" -maxdepth 1 -type f -size -2 ! -name '*[!0-9a-f.]*' \
				-name '????????????????????????????????????????????????????????????????*' "$@"
			;;
		budget) find "$path" -maxdepth 1 -type f -size -200 ! -name '*[!A-Za-z0-9@._-]*' "$@" ;;
		*)
			find "$path" -maxdepth 1 -type f -size -2000 \( -name '*-[0-9]*' -o -name '*.digests' -o -name '*.why' \
				-o -name '*.class' -o -name '*.platform' -o -name '*.restarted' \) "$@"
			;;
	esac
}

# memory__begins FILE BYTES: prints the first BYTES of FILE.
memory__begins() { [ ! -f "$1" ] || head -c "$2" "$1" | tr -d '\000'; }

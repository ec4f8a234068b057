# Room upkeep: What does the kit keep on this machine, what may be deleted, what goes into a bug report?
# Face: holdings_list cleaning_* diagnosis_*
# Holdings: lists everything that the kit and its runs keep on this machine. SCRATCH/holdings.tsv has a row for each:
# kind, name, bytes, last use (seconds since the epoch), owner (`ours`, or `others`: shared by all builds), id or path.
# shellcheck shell=sh

# holdings_list ours|others: writes SCRATCH/holdings.tsv, with `others` including the things that all builds share.
# Starts no engine; lists an engine's objects only if one answers.
holdings_list() {
	{
		holdings__state
		holdings__scratch
		! version_engine_answers || holdings_engine_list "$1"
	} >"$SCRATCH/holdings.tsv"
}

# holdings__state: prints the rows of the state folder, if the kit marked it as its own: files with the names and the
# form of the kit's files.
holdings__state() {
	local name folder
	[ -d "$SEAWALL_STATE" ] || return 0
	state_may_delete "$SEAWALL_STATE" || {
		log_warn "wanted the mark of a state folder in $SEAWALL_STATE, found none:" \
			'its content is neither listed nor removed'
		return 0
	}
	memory_rows "$SEAWALL_STATE"
	set +f
	set -- "$SEAWALL_STATE"/bases/*-????????????
	set -f
	for folder in "$@"; do
		name=${folder##*/}
		! layout_is_base "$folder" || [ -d "$folder.lock" ] || holdings_rows_folder base "${name%-*}" "$folder"
	done
	folder=$SEAWALL_STATE/bases/tool
	[ ! -f "$folder/usr/bin/mmdebstrap" ] || holdings_rows_folder base tool "$folder"
	holdings__drills
	holdings__engine
}

# holdings__drills: prints the rows of the recordings of fault-drill.sh.
holdings__drills() {
	local folder
	set +f
	set -- "$SEAWALL_STATE"/drills/recordings/*-????????????
	set -f
	for folder in "$@"; do
		[ ! -f "$folder/recording.json" ] || [ ! -d "$folder/bodies" ] || [ ! -d "$folder/answers" ] ||
			holdings_rows_folder recording "${folder##*/}" "$folder" "$folder/recording.json"
	done
}

# holdings__engine: prints the rows of the private engine, unless it runs. Its data is left out if something is mounted
# below it: those files belong to another place.
holdings__engine() {
	local folder
	folder=$SEAWALL_STATE/engine
	! private_is_up && [ -f "$folder/daemon.json" ] && [ ! -L "$folder" ] || return 0
	grep -q -F " $folder/data/" /proc/self/mountinfo ||
		holdings_rows_folder engine data "$folder/data" "$folder/daemon.json"
	[ ! -f "$folder/tree/.complete" ] || holdings_rows_folder engine programs "$folder/tree" "$folder/daemon.json"
}

# holdings__scratch: prints the rows of scratch folders of killed runs.
holdings__scratch() {
	local folder
	scratch_list_dead | while IFS= read -r folder; do
		case $folder in /*/seawall.[0-9]*) holdings_rows_folder scratch "${folder##*/}" "$folder" ;; esac
	done
}

# holdings_remove KIND ID LIMIT...: removes the object of a row; LIMIT are options for `docker buildx prune`. Returns
# non-zero if it could not be removed.
holdings_remove() {
	local kind id
	kind=$1 id=$2
	shift 2
	case $kind in
		memory) memory_remove "$id" ;;
		# The listed folders are no links, and rm follows none.
		base | engine | recording | scratch) [ ! -L "$id" ] && rm -rf "$id" ;;
		container) docker rm --force --volumes "$id" >/dev/null ;;
		network) docker network rm "$id" >/dev/null ;;
		volume) docker volume rm "$id" >/dev/null ;;
		image) holdings_engine_remove_image "$id" ;;
		nameless) docker image prune --force >/dev/null ;;
		mount) docker buildx prune --force --filter "id=$id" >/dev/null ;;
		build-cache) docker buildx prune --force --all "$@" >/dev/null ;;
	esac
}

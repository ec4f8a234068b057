# Room upkeep: What does the kit keep on this machine, what may be deleted, what goes into a bug report?
# Face: holdings_list cleaning_* diagnosis_*
# One row per thing that the kit or its runs keep, with bytes and last use; SCRATCH/holdings.tsv has, separated by tabs:
# kind, name, bytes, last use (seconds since the epoch), whose (ours, others), and an id or a path.
# shellcheck shell=sh

# holdings_list ours|others: nothing is started for it; what an engine has is listed where one answers.
holdings_list() {
	{
		holdings__state
		holdings__scratch
		if version_engine_answers; then
			holdings__objects
			holdings__mounts
			[ "$1" = ours ] || holdings__of_others
		fi
	} >"$SCRATCH/holdings.tsv"
}

# holdings__row KIND NAME BYTES LAST_USE WHOSE ID
holdings__row() { printf '%s\t%s\t%s\t%s\t%s\t%s\n' "$@"; }

# holdings__folder KIND NAME PATH [MARK]: MARK is a file whose time is that of the last use, PATH itself unless said.
holdings__folder() {
	[ ! -e "$3" ] || [ -L "$3" ] || holdings__row "$1" "$2" "$(holdings__bytes "$3")" "$(holdings__used "${4:-$3}")" ours "$3"
}

holdings__bytes() { du -sk "$1" 2>/dev/null | LC_ALL=C awk '{ kilobytes = $1 } END { printf "%.0f\n", kilobytes * 1024 }'; }

holdings__used() { stat -c %Y "$1" 2>/dev/null || clock_now; }

# What lies in the state folder, where that is marked as the kit's: what has a name and the form of what the kit writes there.
holdings__state() {
	local name folder
	[ -d "$SEAWALL_STATE" ] || return 0
	state_may_delete "$SEAWALL_STATE" || {
		log_warn "$SEAWALL_STATE does not have the mark of a state folder of the kit: nothing in it is listed or removed"
		return 0
	}
	for name in $MEMORY_NAMES; do memory_row "$name" "$SEAWALL_STATE/$name"; done
	set +f
	set -- "$SEAWALL_STATE"/bases/*-????????????
	set -f
	for folder in "$@"; do
		name=${folder##*/}
		! layout_is_base "$folder" || [ -d "$folder.lock" ] || holdings__folder base "${name%-*}" "$folder"
	done
	[ ! -f "$SEAWALL_STATE/bases/tool/usr/bin/mmdebstrap" ] || holdings__folder base tool "$SEAWALL_STATE/bases/tool"
	holdings__engine
}

# One that runs is somebody's. A mount below its data shows files of somewhere else.
holdings__engine() {
	! private_is_up && [ -f "$SEAWALL_STATE/engine/daemon.json" ] && [ ! -L "$SEAWALL_STATE/engine" ] || return 0
	grep -q -F " $SEAWALL_STATE/engine/data/" /proc/self/mountinfo || holdings__folder engine data "$SEAWALL_STATE/engine/data" "$SEAWALL_STATE/engine/daemon.json"
	[ ! -f "$SEAWALL_STATE/engine/tree/.complete" ] || holdings__folder engine programs "$SEAWALL_STATE/engine/tree" "$SEAWALL_STATE/engine/daemon.json"
}

# Scratch folders of runs that were killed.
holdings__scratch() {
	local folder
	scratch_list_dead | while IFS= read -r folder; do
		case $folder in /*/seawall.[0-9]*) holdings__folder scratch "${folder##*/}" "$folder" ;; esac
	done
}

# What runs have left: their names and labels tell the run, and whether its process lives.
holdings__objects() {
	local id name run
	docker ps --all --filter label=seawall.run --format '{{.ID}}	{{.Names}}	{{.Label "seawall.run"}}' | holdings__rows container
	docker network ls --filter label=seawall.run --format '{{.ID}}	{{.Name}}	{{.Label "seawall.run"}}' | holdings__rows network
	docker volume ls --filter label=seawall.run --format '{{.Name}}	{{.Name}}	{{.Label "seawall.run"}}' | holdings__rows volume
	docker image ls --format '{{.Repository}}:{{.Tag}}' | while IFS= read -r name; do
		run=${name#seawall-} run=${run#base-}
		case $name in seawall-[0-9]*/* | seawall-base-[0-9]*/*) printf '%s\t%s\t%s\n' "$name" "$name" "${run%%/*}" ;; esac
	done | holdings__rows image
}

# holdings__rows KIND: of lines ID, NAME and RUN.
holdings__rows() {
	local id name run bytes
	while IFS='	' read -r id name run; do
		! holdings__run_lives "$run" || continue
		bytes=0
		[ "$1" != image ] || bytes=$(docker image inspect --format '{{.Size}}' "$id")
		holdings__row "$1" "$name" "$bytes" "$(holdings__run_time "$run")" ours "$id"
	done
}

# holdings__run_lives DATEtTIME-PROCESS: whether the process is there and no other one that got its number: one that began a minute
# after the run did, and is no command of the kit. (A clock that was set meanwhile moves the one time and not the other.)
holdings__run_lives() {
	local began
	process_lives "${1##*-}" - || return
	began=$(process_start "${1##*-}")
	[ "$began" != - ] || return 0
	began=$((began / $(getconf CLK_TCK 2>/dev/null || printf 100) + $(sed -n 's/^btime //p' /proc/stat)))
	[ "$began" -le "$(($(holdings__run_time "$1") + 60))" ] || tr '\0' '\n' 2>/dev/null <"/proc/${1##*-}/cmdline" | grep -q '/[a-z-]*\.sh$'
}

holdings__run_time() {
	date -u -d "$(printf '%s\n' "$1" | sed -n 's/^\([0-9]\{8\}\)t\([0-9][0-9]\)\([0-9][0-9]\)\([0-9][0-9]\)-.*/\1 \2:\3:\4/p')" +%s 2>/dev/null || clock_now
}

# The cache mount in which RUN steps remember (state.sh).
holdings__mounts() {
	attempt_run 20 docker buildx du --verbose 2>/dev/null | LC_ALL=C awk '
		/^ID:/ { id = $2 }
		/^Size:/ { size = $2 }
		/^Description:/ && /mount \/var\/lib\/seawall / { print id "\t" size }
	' | while IFS='	' read -r id size; do
		holdings__row mount seawall-state "$(sizes_read "$size" || printf 0)" "$(clock_now)" ours "$id"
	done
}

# What all builds share: the build cache, and images that no name is left of.
holdings__of_others() {
	local size
	size=$(attempt_run 20 docker buildx du 2>/dev/null | sed -n 's/^Total:[[:space:]]*//p' | tail -n 1) || :
	[ -z "$size" ] || holdings__row build-cache 'of all builds' "$(sizes_read "$size" || printf 0)" 0 others all
	docker image ls --filter dangling=true --quiet --no-trunc | sort -u >"$SCRATCH/nameless"
	[ ! -s "$SCRATCH/nameless" ] || holdings__row nameless "$(grep -c '' "$SCRATCH/nameless") images without a name" \
		"$(xargs docker image inspect --format '{{.Size}}' <"$SCRATCH/nameless" | LC_ALL=C awk '{ sum += $1 } END { printf "%.0f\n", sum }')" 0 others all
}

# holdings_remove KIND ID LIMITS...: LIMITS are words for the builder's own cleaning.
holdings_remove() {
	local kind id
	kind=$1 id=$2
	shift 2
	case $kind in
		memory) memory_remove "$id" ;;
		# What has been listed above, which begins with no link; rm follows none.
		base | engine | scratch) [ ! -L "$id" ] && rm -rf "$id" ;;
		container) docker rm --force --volumes "$id" >/dev/null ;;
		network) docker network rm "$id" >/dev/null ;;
		volume) docker volume rm "$id" >/dev/null ;;
		image) holdings__remove_image "$id" ;;
		nameless) docker image prune --force >/dev/null ;;
		mount) docker buildx prune --force --filter "id=$id" >/dev/null ;;
		build-cache) docker buildx prune --force --all "$@" >/dev/null ;;
	esac
}

# One that a container stands on is in use.
holdings__remove_image() {
	[ -z "$(docker ps --all --quiet --filter "ancestor=$1")" ] || { log_info "image $1 is in use and stays" && return; }
	docker image rm "$1" >/dev/null
}

# Holdings: what the kit keeps on this machine and what its runs have left, one row each, with bytes and last use; and what others
# have that may be cleaned too.
# Needs log.sh, clock.sh, sizes.sh, attempt.sh, private.sh and engine.sh. Works in SCRATCH, where holdings.tsv has, with tabs between:
# kind, name, bytes, last use (seconds since the epoch), whose (ours, others), and an id or a path.
# shellcheck shell=sh

# holdings_list ours|others: nothing is started for it; what an engine has is listed where one answers.
holdings_list() {
	{
		holdings__memory
		holdings__bases
		holdings__engine
		if engine_answers; then
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
	[ ! -e "$3" ] || holdings__row "$1" "$2" "$(holdings__bytes "$3")" "$(holdings__used "${4:-$3}")" ours "$3"
}

holdings__bytes() { printf '%s\n' "$(($(du -sk "$1" 2>/dev/null | cut -f 1) * 1024))"; }

holdings__used() { stat -c %Y "$1" 2>/dev/null || clock_now; }

# What is remembered of sources and builders, and the story of past builds.
holdings__memory() {
	local name
	for name in registry breaker builders client stalled events.jsonl report.json; do
		holdings__folder memory "$name" "$SEAWALL_STATE/$name"
	done
}

holdings__bases() {
	local folder name
	set +f
	set -- "$SEAWALL_STATE"/bases/*-????????????
	set -f
	for folder in "$@"; do
		name=${folder##*/}
		[ -L "$folder.lock" ] || [ -d "$folder.lock" ] || holdings__folder base "${name%-*}" "$folder"
	done
	holdings__folder base tool "$SEAWALL_STATE/bases/tool"
}

# One that runs is somebody's.
holdings__engine() {
	! private_is_up || return 0
	holdings__folder engine data "$SEAWALL_STATE/engine/data" "$SEAWALL_STATE/engine/daemon.json"
	holdings__folder engine programs "$SEAWALL_STATE/engine/tree" "$SEAWALL_STATE/engine/daemon.json"
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

# holdings__rows KIND: of lines ID, NAME and RUN, a run is DATEtTIME-PROCESS.
holdings__rows() {
	local id name run bytes
	while IFS='	' read -r id name run; do
		! kill -s 0 "${run##*-}" 2>/dev/null || continue
		bytes=0
		[ "$1" != image ] || bytes=$(docker image inspect --format '{{.Size}}' "$id")
		holdings__row "$1" "$name" "$bytes" "$(holdings__run_time "$run")" ours "$id"
	done
}

holdings__run_time() {
	date -u -d "$(printf '%s\n' "$1" | sed -n 's/^\(........\)t\(..\)\(..\)\(..\)-.*/\1 \2:\3:\4/p')" +%s 2>/dev/null || clock_now
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
		memory | base | engine) rm -rf "$id" ;;
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
	if [ -n "$(docker ps --all --quiet --filter "ancestor=$1")" ]; then
		log_info "image $1 is in use and stays"
	else
		docker image rm "$1" >/dev/null
	fi
}

# Holdings engine: lists and removes the engine's objects among the holdings: those of ended runs, and shared ones.
# shellcheck shell=sh

# holdings_engine_list ours|others: prints the rows of ended runs, with `others` also those that all builds share.
holdings_engine_list() {
	holdings_engine__objects
	holdings_engine__mounts
	[ "$1" = ours ] || holdings_engine__shared
}

# holdings_engine__objects: prints the rows of engine objects of ended runs. Name or label has the run, and with it the
# process.
holdings_engine__objects() {
	local id name run
	set -- --filter label=seawall.run --format
	docker ps --all "$@" '{{.ID}}	{{.Names}}	{{.Label "seawall.run"}}' | holdings_engine__rows container
	docker network ls "$@" '{{.ID}}	{{.Name}}	{{.Label "seawall.run"}}' | holdings_engine__rows network
	docker volume ls "$@" '{{.Name}}	{{.Name}}	{{.Label "seawall.run"}}' | holdings_engine__rows volume
	docker image ls --format '{{.Repository}}:{{.Tag}}' | while IFS= read -r name; do
		run=${name#seawall-} run=${run#base-}
		case $name in
			seawall-[0-9]*/* | seawall-base-[0-9]*/*) printf '%s\t%s\t%s\n' "$name" "$name" "${run%%/*}" ;;
		esac
	done | holdings_engine__rows image
}

# holdings_engine__rows KIND: reads lines ID, NAME, RUN; prints a row for each whose run has ended.
holdings_engine__rows() {
	local id name run bytes
	while IFS='	' read -r id name run; do
		! holdings_engine__run_lives "$run" || continue
		bytes=0
		[ "$1" != image ] || bytes=$(docker image inspect --format '{{.Size}}' "$id")
		holdings_rows_print "$1" "$name" "$bytes" "$(holdings_engine__run_time "$run")" ours "$id"
	done
}

# holdings_engine__run_lives DATEtTIME-PROCESS: whether the run's process is alive. A process that started a minute
# later than the run and is no command of the kit has reused the id. (After a change of the clock the two times differ,
# hence the second test.)
holdings_engine__run_lives() {
	local began
	process_lives "${1##*-}" - || return
	began=$(process_start "${1##*-}")
	[ "$began" != - ] || return 0
	began=$((began / $(getconf CLK_TCK 2>/dev/null || printf 100) + $(sed -n 's/^btime //p' /proc/stat)))
	[ "$began" -le "$(($(holdings_engine__run_time "$1") + 60))" ] ||
		tr '\0' '\n' 2>/dev/null <"/proc/${1##*-}/cmdline" | grep -q '/[a-z-]*\.sh$'
}

# holdings_engine__run_time DATEtTIME-PROCESS: prints the start of the run in seconds since the epoch.
holdings_engine__run_time() {
	local text
	text=$(printf '%s\n' "$1" | sed -n 's/^\([0-9]\{8\}\)t\([0-9][0-9]\)\([0-9][0-9]\)\([0-9][0-9]\)-.*/\1 \2:\3:\4/p')
	date -u -d "$text" +%s 2>/dev/null || clock_now
}

# holdings_engine__mounts: prints the rows of the cache mount with the state of RUN steps (state.sh).
holdings_engine__mounts() {
	attempt_run 20 docker buildx du --verbose 2>/dev/null | LC_ALL=C awk '
		/^ID:/ { id = $2 }
		/^Size:/ { size = $2 }
		/^Description:/ && /mount \/var\/lib\/seawall / { print id "\t" size }
	' | while IFS='	' read -r id size; do
		holdings_rows_print mount seawall-state "$(sizes_read "$size" || printf 0)" "$(clock_now)" ours "$id"
	done
}

# holdings_engine__shared: prints the rows of things that all builds share: the build cache, and images without a name.
holdings_engine__shared() {
	local size
	size=$(attempt_run 20 docker buildx du 2>/dev/null | sed -n 's/^Total:[[:space:]]*//p' | tail -n 1) || :
	[ -z "$size" ] || holdings_rows_print build-cache 'of all builds' "$(sizes_read "$size" || printf 0)" 0 others all
	docker image ls --filter dangling=true --quiet --no-trunc | sort -u >"$SCRATCH/nameless"
	[ -s "$SCRATCH/nameless" ] || return 0
	size=$(xargs docker image inspect --format '{{.Size}}' <"$SCRATCH/nameless" |
		LC_ALL=C awk '{ sum += $1 } END { printf "%.0f\n", sum }')
	holdings_rows_print nameless "$(grep -c '' "$SCRATCH/nameless") images without a name" "$size" 0 others all
}

# holdings_engine_remove_image NAME: keeps an image that a container uses.
holdings_engine_remove_image() {
	[ -z "$(docker ps --all --quiet --filter "ancestor=$1")" ] || {
		log_info "image $1 is used by a container: kept"
		return 0
	}
	docker image rm "$1" >/dev/null
}

# Stall layers: lets concurrent builds give up a stalled layer together. BuildKit shares one fetch of a layer between
# all builds that need it, and drops the fetch only when the last of them has let go. In the state folder,
# stalled/DIGEST.PID names a build that waits for a layer; stalled/DIGEST has the time when one gave up.
# shellcheck shell=sh

# stall_layers_begin: sets STALL_FOLDER.
stall_layers_begin() { STALL_FOLDER=$(state_folder stalled); }

# stall_layers_of POSITION: prints the digests in a line of stall.awk, one a line. The quotes around | are for mksh,
# which takes a bare one for an alternative.
stall_layers_of() { printf '%s\n' "${1##*'|'}" | tr ' ' '\n' | sed -n 's/^sha256:\([0-9a-f]*\)=.*/\1/p'; }

# stall_layers_hold POSITION: tells other builds which layers this build waits for.
stall_layers_hold() {
	local layer
	process_note "$$"
	for layer in $(stall_layers_of "$1"); do printf '%s\n' "$PROCESS_NOTE" >"$STALL_FOLDER/$layer.$$"; done 2>/dev/null
}

# stall_layers_builds POSITION: prints how many living builds wait for its first layer, at least one: this build.
stall_layers_builds() {
	stall_layers__count_others "$(stall_layers_of "$1" | head -n 1)"
	printf '%s\n' "$((STALL_OTHERS + 1))"
}

# stall_layers__count_others LAYER: sets STALL_OTHERS to the number of other living builds that wait for LAYER.
stall_layers__count_others() {
	local own file space pid start
	own=$STALL_FOLDER/$1.$$ STALL_OTHERS=0
	set +f
	set -- "$STALL_FOLDER/${1:-none}".*
	set -f
	for file in "$@"; do
		[ "$file" != "$own" ] && { read -r space pid start <"$file"; } 2>/dev/null || continue
		process_is_gone "$space" "$pid" "$start" || STALL_OTHERS=$((STALL_OTHERS + 1))
	done
}

# stall_layers_drop: removes the notes of stall_layers_hold.
stall_layers_drop() { (set +f && rm -f "${STALL_FOLDER:-$SCRATCH}"/*."$$"); }

# stall_layers_give_up POSITION: tells other builds that this build gives these layers up.
stall_layers_give_up() {
	local layer
	for layer in $(stall_layers_of "$1"); do clock_now >"$STALL_FOLDER/$layer"; done 2>/dev/null
}

# stall_layers_are_given_up POSITION BEGUN: whether another build gave up one of these layers since BEGUN (clock_now).
stall_layers_are_given_up() {
	local layer moment
	for layer in $(stall_layers_of "$1"); do
		{ read -r moment <"$STALL_FOLDER/$layer"; } 2>/dev/null || continue
		clock_is_past "$moment" "$(clock_now)" && [ "$moment" -ge "$2" ] && return 0
	done
	return 1
}

# stall_await_others: waits up to 4 s until the other builds of the kit have let go of the layers in SCRATCH/stalled; a
# new fetch would join theirs before. If a layer stalls a second time, another client holds it, and a warning says so.
stall_await_others() {
	local layer tenths
	tenths=0
	while [ "$tenths" -lt 40 ] && stall_layers__are_held; do clock_sleep 0.1 && tenths=$((tenths + 1)); done
	while read -r layer; do
		! values_has "$layer" "${STALL_BEFORE:-}" ||
			log_warn "layer sha256:$layer stalled again:" \
				"another client of this builder may hold its fetch: end that build or pull"
		STALL_BEFORE="${STALL_BEFORE:-} $layer"
	done <"$SCRATCH/stalled"
}

# stall_layers__are_held: whether another living build waits for one of the layers in SCRATCH/stalled.
stall_layers__are_held() {
	local layer
	while read -r layer; do
		stall_layers__count_others "$layer"
		[ "$STALL_OTHERS" -eq 0 ] || return 0
	done <"$SCRATCH/stalled"
	return 1
}

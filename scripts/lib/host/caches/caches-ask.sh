# Caches ask: checks all caches of the plans in parallel, before the build.
# Works in SCRATCH, see caches.sh.
# shellcheck shell=sh

# Twentieths of a second after which the view of the builder decides whether to wait longer.
CACHES_BRIEF_TICKS=4

# caches_ask: starts one background check for each cache of the plans.
caches_ask() {
	local how spec number
	CACHES_ASKED='' number=0
	plans_begin
	exit_at_end caches_stop
	while read -r how spec; do
		[ -n "$how" ] || continue
		number=$((number + 1))
		printf '%s %s\n' "$how" "$spec" >"$SCRATCH/cache.$number.spec"
		caches__ask "$how" "$spec" "$SCRATCH/cache.$number" &
		CACHES_ASKED="$CACHES_ASKED $!"
	done <<-CACHES
		$PLANS_CACHES
	CACHES
}

# caches__ask from|to SPEC FILE: writes the class to FILE.class and, for a failure, the message to FILE.why.
caches__ask() {
	askers_enter
	CACHE_CLASS=ok
	case $(cache_spec_type "$2"):$1 in
		gha:*) gha_cache_ask "$1" "$2" "$3" ;;
		registry:*) caches__ask_registry "$(cache_spec_ref "$2")" "$3" ;;
		local:to) caches__ask_folder "$(cache_spec_field "$2" dest)" "$3" ;;
	esac
	printf '%s\n' "$CACHE_CLASS" >"$3.class"
}

# caches__ask_registry REF FILE: sets CACHE_CLASS. A cache that does not exist yet is ok: the export creates it. buildx
# itself rejects an invalid reference.
caches__ask_registry() {
	reference_is_valid "$1" || return 0
	reference_host "$1" >"$2.host"
	registry_ask "$1" "$2.answer" cache && return
	CACHE_CLASS=$(cat "$2.answer.class")
	cp "$2.answer.why" "$2.why"
	[ "$CACHE_CLASS" != not-found ] || CACHE_CLASS=ok
}

# caches__ask_folder FOLDER FILE: sets CACHE_CLASS. buildx creates the folder, too, and fails before the first RUN step
# if it cannot.
caches__ask_folder() {
	mkdir -p "$1" 2>"$2.why" && [ -w "$1" ] && return
	[ -s "$2.why" ] || printf '%s cannot be written\n' "$1" >"$2.why"
	CACHE_CLASS=cache-export
}

# caches_await: waits for the answers; not for a registry that may answer the builder although it is slow here.
caches_await() {
	local ticks number process left how spec
	ticks=0 number=0 left=''
	until [ "$ticks" -ge "$CACHES_BRIEF_TICKS" ] || caches__are_answered; do
		clock_sleep 0.05 && ticks=$((ticks + 1))
	done
	for process in $CACHES_ASKED; do
		number=$((number + 1))
		read -r how spec <"$SCRATCH/cache.$number.spec"
		if [ ! -f "$SCRATCH/cache.$number.class" ] && caches_is_left timeout "$spec"; then
			left="$left $process"
		else
			wait "$process" || :
		fi
	done
	CACHES_ASKED=$left
	caches_stop
}

caches__are_answered() {
	local number
	number=1
	while [ -f "$SCRATCH/cache.$number.spec" ]; do
		[ -f "$SCRATCH/cache.$number.class" ] || return 1
		number=$((number + 1))
	done
}

# caches_is_left CLASS SPEC: whether the builder may reach the registry of a cache that failed with CLASS for this
# machine. What the builder itself found is cache-import or cache-export.
caches_is_left() {
	case $1 in ok | cache-*) return 1 ;; esac
	[ "$(cache_spec_type "$2")" = registry ] && ! view_is_ours
}

# caches_stop: ends the checks that still run.
caches_stop() {
	# shellcheck disable=SC2086 # a list of process ids
	askers_stop ${CACHES_ASKED:-}
	CACHES_ASKED=''
}

# Room builders: Which builder runs the build, and how is a stuck one restarted?
# Face: builders_* recovery_*
# Builders: on which builder a build runs where several are named. All are asked before it; the next one takes over from one
# that is dead, and what it cannot do is left out and said.
# Works in SCRATCH, where builder.N is what buildx says of the N-th. Settings: SEAWALL_BUILDERS.
# shellcheck shell=sh

# Seconds that a builder gets to say that it is there; buildx itself gives a dead one 20.
BUILDERS_PATIENCE=2

# builders_ask: asks all, side by side and beside what else is asked; the one that a call names is the only one.
builders_ask() {
	local name number
	BUILDERS_ASKED='' number=0
	# shellcheck disable=SC2086 # a list of names
	BUILDERS_NAMED=$(printf '%s ' $SEAWALL_BUILDERS)
	BUILDERS_NAMED=${BUILDERS_NAMED% }
	[ -z "$ARGUMENTS_NAMED" ] || BUILDERS_NAMED=''
	for name in $BUILDERS_NAMED; do
		number=$((number + 1))
		exit_at_end builders_stop
		builders__ask "$name" "$SCRATCH/builder.$number" &
		BUILDERS_ASKED="$BUILDERS_ASKED $!"
	done
}

# builders__ask NAME FILE
builders__ask() {
	local status
	registry_asker_begins
	status=0
	attempt_run "$BUILDERS_PATIENCE" docker buildx inspect "$1" >"$2" 2>"$2.why" || status=$?
	[ "$status" -ne 124 ] || printf 'no answer within %s s\n' "$BUILDERS_PATIENCE" >"$2.why"
	# A node that is dead is told of on stdout; a machine far away that is not up is not started by buildx.
	sed -n 's/^Error: *//p' "$2" | head -n 1 >>"$2.why"
	! grep -q '^Driver: *remote' "$2" || ! grep -q '^Status: *inactive' "$2" || printf 'its endpoint does not answer\n' >"$2.why"
	[ ! -s "$2.why" ] || [ "$status" -ne 0 ] || status=1
	printf '%s\n' "$status" >"$2.status"
}

# builders_settle: sets BUILDERS to those that can do this build, best first. Waits for no more than it takes to know one; who
# has failed lately is the last resort.
builders_settle() {
	local name number later
	BUILDERS='' number=0 later='' BUILDER_WITHOUT='' BUILDER_MORE=''
	[ -n "$BUILDERS_NAMED" ] || { BUILDERS=current && builders__limit_plan && return; }
	for name in $BUILDERS_NAMED; do
		number=$((number + 1))
		builders__breaker ask "$name"
		[ "$BREAKER" != open ] || { later="$later $name" && continue; }
		[ -n "$BUILDERS" ] || builders__await "$number"
		! builders__can "$name" "$SCRATCH/builder.$number" || BUILDERS="$BUILDERS $name"
	done
	builders_stop
	# shellcheck disable=SC2086 # lists of names
	builders__take_first $BUILDERS $later
}

# Exports that nobody asked for by name must not fail a build; those of the call are the caller's.
builders__limit_plan() {
	case $PLAN in '' | own | inline | no-cache) return 0 ;; esac
	attempt_run "$BUILDERS_PATIENCE" docker buildx inspect 2>/dev/null >"$SCRATCH/builder.0" || return 0
	! builder_is_limited '' "$SCRATCH/builder.0" || BUILDER_WITHOUT=' --cache-to '
}

# Whatever is wrong with all of them, the build itself says it best.
builders__take_first() {
	while [ $# -gt 0 ] && ! builders_enter "$1"; do shift; done
	[ $# -gt 0 ] || { builders_enter "${BUILDERS_NAMED%% *}" && set -- "${BUILDERS_NAMED%% *}"; }
	BUILDERS=$*
	[ "${BUILDERS%% *}" = "${BUILDERS_NAMED%% *}" ] || log_warn "builder ${BUILDERS_NAMED%% *} cannot be used, using ${BUILDERS%% *} [elsewhere]"
}

# builders_enter NAME: what follows is for this builder. False where its result would be another one.
builders_enter() {
	BUILDER_WITHOUT='' BUILDER_MORE=''
	[ "$1" != current ] || return 0
	export BUILDX_BUILDER="$1"
	[ "$1" = "${BUILDERS_NAMED%% *}" ] || builder_stand_in "$1" "$(builders__file "$1")" "${BUILDERS_NAMED%% *}"
}

builders__file() {
	local name number
	number=0
	for name in $BUILDERS_NAMED; do
		number=$((number + 1))
		[ "$name" != "$1" ] || printf '%s\n' "$SCRATCH/builder.$number"
	done
}

# builders__await NUMBER
builders__await() {
	# shellcheck disable=SC2086 # a list of process ids
	set -- "$1" $BUILDERS_ASKED
	shift "$1"
	wait "$1" || :
}

# builders_stop: ends what is still asking.
builders_stop() {
	# shellcheck disable=SC2086 # a list of process ids
	registry_end_askers ${BUILDERS_ASKED:-}
	BUILDERS_ASKED=''
}

# What one did to another build is known to all.
builders__breaker() {
	local BREAKER_FOLDER what
	BREAKER_FOLDER=$(state_folder builders) what=$1
	shift
	"breaker_$what" builder "$@"
}

# builders_blame NAME CLASS
builders_blame() { [ "$1" = current ] || builders__breaker note "$1" fail "$2"; }

# builders__can NAME FILE: whether it is there, as far as is known yet, and builds for what is wanted. 78 for a name that buildx
# does not know.
builders__can() {
	local status platform
	# One that has not answered yet may still do so.
	{ read -r status <"$2.status"; } 2>/dev/null || return 0
	! grep -q -i 'no builder .* found' "$2.why" ||
		die 78 "SEAWALL_BUILDERS: wanted builders or contexts that buildx knows, saw '$1': see docker buildx ls"
	if [ "$status" -ne 0 ]; then
		events_emit probe warn upstream builder source "$1" class builder-boot verdict elsewhere exit: "$status" detail "$(head -n 1 "$2.why")"
		log_warn "builder $1: $(head -n 1 "$2.why") [elsewhere]"
		# Whoever is dead is so for longer than it takes to build again.
		builders_blame "$1" timeout
		return 1
	fi
	builders__breaker note "$1" ok
	builder_remember_platform "$1" "$2"
	for platform in $ARGUMENTS_PLATFORMS; do
		builder_has_platform "$2" "$platform" || { log_warn "builder $1 does not build for $platform [elsewhere]" && return 1; }
	done
}

# Room builders: Which builder runs the build, and how is a stuck one restarted?
# Face: builders_* recovery_*
# Builders: chooses a builder if several are named. All are inspected before the build; the next one replaces a dead
# one, and flags that it does not support are dropped with a log line. Works in SCRATCH: builder.N is the output of
# `docker buildx inspect` for the N-th. Settings: SEAWALL_BUILDERS.
# shellcheck shell=sh

# Seconds for the answer of a builder; buildx itself waits 20 for a dead one.
BUILDERS_INSPECT_SECONDS=2

# builders_ask: inspects all in the background. A builder that the call names is the only one.
builders_ask() {
	local name number
	BUILDERS_ASKED='' number=0
	# shellcheck disable=SC2086 # a list of names
	BUILDERS_NAMED=$(printf '%s ' $SEAWALL_BUILDERS)
	BUILDERS_NAMED=${BUILDERS_NAMED% }
	[ -z "$ARGUMENTS_NAMED" ] || BUILDERS_NAMED=''
	for name in $BUILDERS_NAMED; do
		number=$((number + 1))
		builders__ask "$name" "$SCRATCH/builder.$number" &
		BUILDERS_ASKED="$BUILDERS_ASKED $!"
	done
}

builders__ask() {
	local status
	askers_enter
	status=0
	attempt_run "$BUILDERS_INSPECT_SECONDS" docker buildx inspect "$1" >"$2" 2>"$2.why" || status=$?
	[ "$status" -ne 124 ] || printf 'no answer within %s s\n' "$BUILDERS_INSPECT_SECONDS" >"$2.why"
	# buildx reports a dead node on stdout, and does not start a remote machine that is down.
	sed -n 's/^Error: *//p' "$2" | head -n 1 >>"$2.why"
	! grep -q '^Driver: *remote' "$2" || ! grep -q '^Status: *inactive' "$2" ||
		printf 'its endpoint does not answer\n' >"$2.why"
	[ ! -s "$2.why" ] || [ "$status" -ne 0 ] || status=1
	printf '%s\n' "$status" >"$2.status"
}

# builders_settle: sets BUILDERS to those that support this build, best first. Waits until one of them is known; a
# builder that failed lately comes last.
builders_settle() {
	local name number later
	BUILDERS='' number=0 later='' BUILDER_WITHOUT='' BUILDER_MORE=''
	[ -n "$BUILDERS_NAMED" ] || { BUILDERS=current && builders__limit_plan && return; }
	for name in $BUILDERS_NAMED; do
		number=$((number + 1))
		builders__breaker ask builder "$name"
		if [ "$BREAKER" = open ]; then
			later="$later $name"
			continue
		fi
		[ -n "$BUILDERS" ] || builders__await "$number"
		! builders__can "$name" "$SCRATCH/builder.$number" || BUILDERS="$BUILDERS $name"
	done
	builders_stop
	# shellcheck disable=SC2086 # lists of names
	builders__take_first $BUILDERS $later
}

# Cache exports of a plan must not fail a build; those of the call are the caller's.
builders__limit_plan() {
	case $PLAN in '' | own | inline | no-cache) return 0 ;; esac
	attempt_run "$BUILDERS_INSPECT_SECONDS" docker buildx inspect 2>/dev/null >"$SCRATCH/builder.0" || return 0
	! builder_is_limited '' "$SCRATCH/builder.0" || BUILDER_WITHOUT=' --cache-to '
}

# If no builder can be used, the build itself prints the best reason.
builders__take_first() {
	while [ $# -gt 0 ] && ! builders_enter "$1"; do shift; done
	[ $# -gt 0 ] || { builders_enter "${BUILDERS_NAMED%% *}" && set -- "${BUILDERS_NAMED%% *}"; }
	BUILDERS=$*
	[ "${BUILDERS%% *}" = "${BUILDERS_NAMED%% *}" ] ||
		log_warn "builder ${BUILDERS_NAMED%% *} is unavailable, using ${BUILDERS%% *}"
}

# builders_enter NAME: makes it the builder of the following commands. False if its result would differ.
builders_enter() {
	BUILDER_WITHOUT='' BUILDER_MORE=''
	[ "$1" != current ] || return 0
	export BUILDX_BUILDER="$1"
	[ "$1" = "${BUILDERS_NAMED%% *}" ] || builder_stand_in "$1" "$(builders__file "$1")" "${BUILDERS_NAMED%% *}"
}

# builders_limit_words NAME ARGUMENT...: sets ARGUMENTS_LEFT to the arguments that builder NAME supports, in place of
# the first builder. False if it supports all of them as they are.
builders_limit_words() {
	local name
	[ -n "$BUILDER_WITHOUT$BUILDER_MORE" ] || return 1
	name=$1
	shift
	arguments_leave_out "${BUILDER_WITHOUT:- }" "$@"
	[ -z "$BUILDER_MORE" ] || arguments_keep "$BUILDER_MORE"
	[ -z "$ARGUMENTS_LEFT_OUT" ] || log_warn "builder $name does not support$ARGUMENTS_LEFT_OUT: dropped"
}

builders__file() {
	local name number
	number=0
	for name in $BUILDERS_NAMED; do
		number=$((number + 1))
		[ "$name" != "$1" ] || printf '%s\n' "$SCRATCH/builder.$number"
	done
}

builders__await() {
	# shellcheck disable=SC2086 # a list of process ids
	set -- "$1" $BUILDERS_ASKED
	shift "$1"
	wait "$1" || :
}

# builders_stop: ends the inspections that still run.
builders_stop() {
	# shellcheck disable=SC2086 # a list of process ids
	askers_stop ${BUILDERS_ASKED:-}
	BUILDERS_ASKED=''
}

# All builds share the history of the builders.
builders__breaker() { breaker_in "$(state_folder builders)" "$@"; }

# builders_blame NAME CLASS
builders_blame() { [ "$1" = current ] || builders__breaker note builder "$1" fail "$2"; }

# builders__can NAME FILE: whether it is available, as far as is known yet, and supports the platforms of this build. 78
# for a name that buildx does not know.
builders__can() {
	local status platform
	# No answer yet: it may still come.
	{ read -r status <"$2.status"; } 2>/dev/null || return 0
	! grep -q -i 'no builder .* found' "$2.why" ||
		die 78 "SEAWALL_BUILDERS: wanted builders or contexts that buildx knows, saw '$1': see docker buildx ls"
	if [ "$status" -ne 0 ]; then
		events_emit probe warn upstream builder source "$1" class builder-boot verdict elsewhere exit: "$status" \
			detail "$(head -n 1 "$2.why")"
		log_warn "builder $1: $(head -n 1 "$2.why")"
		# A dead builder stays dead for longer than a retry takes.
		builders_blame "$1" timeout
		return 1
	fi
	builders__breaker note builder "$1" ok
	builder_remember_platform "$1" "$2"
	for platform in $ARGUMENTS_PLATFORMS; do
		builder_has_platform "$2" "$platform" || {
			log_warn "builder $1 does not build for $platform"
			return 1
		}
	done
}

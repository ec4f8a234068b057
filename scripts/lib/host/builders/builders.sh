# Room builders: Which builder runs the build, and how is a stuck one restarted?
# Face: builders_* recovery_*
# Builders: chooses the builder of a build if SEAWALL_BUILDERS names several. All are asked before the build; if one
# fails, the build fails over to the next, without the arguments that the next does not support.
# Works in SCRATCH: builder.N holds the answer of `docker buildx inspect` about the N-th, builder.N.why and .status the
# rest.
# shellcheck shell=sh

# builders_settle: sets BUILDERS to the names of the usable builders, best first (`current` if none is named), and
# enters the first. Waits only until one is known to be usable. Builders that failed recently come last. If none is
# usable, those that did not answer in time are asked again: on a busy machine a healthy one is late.
builders_settle() {
	local name number later
	BUILDERS='' BUILDERS_LATE='' number=0 later=''
	[ -n "$BUILDERS_NAMED" ] || {
		BUILDERS=current
		builders__set_limits '' ''
		return 0
	}
	for name in $BUILDERS_NAMED; do
		number=$((number + 1))
		builders__breaker ask builder "$name"
		[ "$BREAKER" != open ] || {
			later="$later $name"
			continue
		}
		[ -n "$BUILDERS" ] || builders_await "$number"
		! builders__can "$name" "$SCRATCH/builder.$number" || BUILDERS="$BUILDERS $name"
	done
	[ -n "$BUILDERS" ] || [ "$number" -eq 1 ] || {
		builders_ask_again "$BUILDERS_LATE"
		for name in $BUILDERS_LATE; do
			! builders__can "$name" "$(builders_answer_of "$name")" || BUILDERS="$BUILDERS $name"
		done
	}
	builders_stop
	# shellcheck disable=SC2086 # lists of names
	builders__take_first $BUILDERS $later
}

# builders_limit_plan: leaves out the exports of the cache plan if the current builder does not support them: an export
# that the user did not ask for by name must not fail a build. The call's own exports are the caller's decision.
builders_limit_plan() {
	[ "$BUILDERS" = current ] || return 0
	case $PLAN in '' | own | inline | no-cache) return 0 ;; esac
	! builder_inspect "$BUILDERS_SECONDS" || ! builder_is_limited || builders__set_limits ' --cache-to ' ''
}

# builders__take_first NAME...: enters the first builder that gives the same result, and sets BUILDERS. If there is
# none, takes
# the first named one: the build's own error explains the problem best.
builders__take_first() {
	local first
	first=${BUILDERS_NAMED%% *}
	while [ $# -gt 0 ] && ! builders_enter "$1"; do shift; done
	[ $# -gt 0 ] || {
		builders_enter "$first"
		set -- "$first"
	}
	BUILDERS=$*
	[ "${BUILDERS%% *}" = "$first" ] || log_warn "builder $first is unavailable: using ${BUILDERS%% *}"
}

# builders_enter NAME: makes NAME (`current`: no change) the builder of the builds that follow, and sets its limits.
# Returns 1 if its result would differ from the first builder's.
builders_enter() {
	local file
	builders__set_limits '' ''
	[ "$1" != current ] || return 0
	file=$(builders_answer_of "$1")
	builder_use "$1" "$file"
	[ "$1" != "${BUILDERS_NAMED%% *}" ] || return 0
	stand_in_find "$1" "$file" "${BUILDERS_NAMED%% *}" || return 1
	builders__set_limits "$STAND_IN_UNSUPPORTED" "$STAND_IN_PLATFORM"
}

# builders__set_limits FLAGS ARGUMENT: sets BUILDER_WITHOUT, flags of the call that the builder does not support (a list
# with blanks around), and BUILDER_MORE, an additional argument for buildx or empty. build.sh reads both.
builders__set_limits() { BUILDER_WITHOUT=$1 BUILDER_MORE=$2; }

# builders__breaker ask|note builder NAME [ARGUMENT...]: the breaker of a builder, which all builds of this machine
# share.
builders__breaker() { breaker_in "$(state_folder builders)" "$@"; }

# builders_limit_words NAME ARGUMENT...: sets ARGUMENTS_LEFT to the arguments without the flags that builder NAME does
# not support. Returns 1 if it supports all of them as they are.
builders_limit_words() {
	local name
	[ -n "$BUILDER_WITHOUT$BUILDER_MORE" ] || return 1
	name=$1
	shift
	arguments_leave_out "${BUILDER_WITHOUT:- }" "$@"
	[ -z "$BUILDER_MORE" ] || arguments_put word '' "$BUILDER_MORE"
	[ -z "$ARGUMENTS_LEFT_OUT" ] || log_warn "builder $name does not support$ARGUMENTS_LEFT_OUT: dropped"
}

# builders_supports FLAG: whether the builder in use supports FLAG of the call.
builders_supports() { case "$BUILDER_WITHOUT" in *" $1 "*) return 1 ;; esac }

# builders_platform: prints the platform that the builder in use has to be told, if any.
builders_platform() { case $BUILDER_MORE in --platform=*) printf '%s\n' "${BUILDER_MORE#*=}" ;; esac }

# builders_blame NAME CLASS: records a failure of builder NAME for all builds of this machine.
builders_blame() { [ "$1" = current ] || builders__breaker note builder "$1" fail "$2"; }

# builders__can NAME FILE: whether builder NAME can run this build, as far as is known; one without an answer yet may.
# Adds one that did not answer in time to BUILDERS_LATE. Exits with 78 for a name that buildx does not know.
builders__can() {
	local status platform
	{ read -r status <"$2.status"; } 2>/dev/null || return 0
	! grep -q -i 'no builder .* found' "$2.why" ||
		die 78 "SEAWALL_BUILDERS: wanted builders or contexts that buildx knows, saw '$1': see docker buildx ls"
	[ "$status" -eq 0 ] || {
		builders__report_dead "$1" "$status" "$(head -n 1 "$2.why")"
		[ "$status" -ne 124 ] || BUILDERS_LATE="$BUILDERS_LATE $1"
		return 1
	}
	builders__breaker note builder "$1" ok
	stand_in_remember "$1" "$2"
	for platform in $ARGUMENTS_PLATFORMS; do
		stand_in_has_platform "$2" "$platform" || {
			log_warn "builder $1 does not build for $platform: not used"
			return 1
		}
	done
}

# builders__report_dead NAME STATUS MESSAGE: its class is timeout: a dead builder is down for longer than one build
# takes.
builders__report_dead() {
	events_emit probe warn upstream builder source "$1" class builder-boot verdict elsewhere exit: "$2" detail "$3"
	log_warn "builder $1: $3"
	builders_blame "$1" timeout
}

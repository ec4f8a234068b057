# Room engine: Which Docker engine runs the build, and how is a private one started?
# Face: engine_* private_* version_*
# Engine: finds the Docker engine that answers, or falls back to a private one (private.sh).
# Values: ENGINE_KIND (found or private), ENGINE_VERSION, ENGINE_BUILDX.
# shellcheck shell=sh

# engine_find: sets ENGINE_KIND; starts and writes nothing. Exits with 71 if the engine is too old or lacks buildx, or
# if none answers and none can be made.
engine_find() {
	ENGINE_KIND=found
	if version_engine_answers; then
		engine__check_version
		return 0
	fi
	! engine__is_named ||
		die 71 "wanted an engine at ${DOCKER_HOST:-context $DOCKER_CONTEXT}, no answer:" \
			"start it or unset ${DOCKER_HOST:+DOCKER_HOST}${DOCKER_CONTEXT:+DOCKER_CONTEXT}"
	private_check_machine
	ENGINE_KIND=private
}

# engine_use [LEASE]: makes `docker` use the engine of engine_find. A private one is started, and LEASE (default: this
# process) recorded, see leases.sh.
engine_use() {
	[ "$ENGINE_KIND" = private ] || return 0
	# The lease of this process ends with it.
	[ -n "${1:-}" ] || exit_at_end private_release_own
	private_use "${1:-$$}"
	engine__check_version
}

# engine__check_version: sets ENGINE_VERSION and ENGINE_BUILDX; exits with 71 if either is unsuitable.
engine__check_version() {
	version_check_engine
	ENGINE_VERSION=$VERSION_ENGINE ENGINE_BUILDX=$VERSION_BUILDX
}

# engine_describe: prints versions and kind of the engine in use.
engine_describe() { printf 'Docker %s, buildx %s (%s)\n' "$ENGINE_VERSION" "$ENGINE_BUILDX" "$ENGINE_KIND"; }

# engine_has_client: whether a client with buildx is available before the engine runs: an engine answers, or an earlier
# run has unpacked the private engine's programs.
engine_has_client() { [ "$ENGINE_KIND" = found ] || private_enter; }

# engine__is_named: whether the user chose an engine; the kit then uses no other one.
engine__is_named() { [ -n "${DOCKER_HOST:-}${DOCKER_CONTEXT:-}" ]; }

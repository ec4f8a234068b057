# Room engine: Which Docker engine runs the build, and how is a private one started?
# Face: engine_* private_* version_*
# Engine: the one that answers, else a private one that is ours (private.sh). Sets ENGINE_KIND: found or private.
# shellcheck shell=sh

# engine_find: sets ENGINE_KIND; 71 where there is no engine and none can be made, or it is too old or lacks buildx.
# Starts and writes nothing.
engine_find() {
	ENGINE_KIND=found
	if version_engine_answers; then
		version_check_engine
		return 0
	fi
	! engine__is_named ||
		die 71 "wanted an engine at ${DOCKER_HOST:-context $DOCKER_CONTEXT}, no answer: start it or unset ${DOCKER_HOST:+DOCKER_HOST}${DOCKER_CONTEXT:+DOCKER_CONTEXT}"
	private_check_machine
	ENGINE_KIND=private
}

# engine_use: makes `docker` reach the engine that was found, which for a private one means to start it.
engine_use() {
	[ "$ENGINE_KIND" = private ] || return 0
	private_use
	version_check_engine
}

# engine_has_client: whether there is a client with buildx before the engine runs: that of the engine that answers, or
# the one that an earlier run has unpacked.
engine_has_client() {
	[ "$ENGINE_KIND" = found ] || private_enter
}

# Who names an engine means that one; another would be a surprise.
engine__is_named() {
	[ -n "${DOCKER_HOST:-}${DOCKER_CONTEXT:-}" ]
}

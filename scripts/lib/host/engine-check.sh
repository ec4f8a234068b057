# Engine-check: whether the engine and its client can do what the kit needs.
# Needs log.sh and exit.sh.
# shellcheck shell=sh

ENGINE_OLDEST=24

# engine_check: sets ENGINE_VERSION and BUILDX_VERSION; 71 for an engine that does not answer, and as engine_judge.
engine_check() {
	ENGINE_VERSION=$(docker version --format '{{.Server.Version}}') || die 71 "wanted the engine's version, no answer: see the daemon's log"
	engine_judge "$ENGINE_VERSION" 'upgrade it, or unset DOCKER_HOST to get a private engine'
	BUILDX_VERSION=$(printf '%s\n' "$BUILDX_VERSION" | cut -d ' ' -f 2)
}

# engine_judge VERSION ADVICE: 71 for an engine that is too old, or a client without buildx. Sets BUILDX_VERSION to what
# buildx says of itself.
engine_judge() {
	[ "${1%%.*}" -ge "$ENGINE_OLDEST" ] || die 71 "wanted Docker $ENGINE_OLDEST or newer, saw $1: $2"
	BUILDX_VERSION=$(docker buildx version </dev/null 2>/dev/null) ||
		die 71 "wanted the buildx plugin beside '$(command -v docker)', found none: install docker-buildx (Debian) or docker-buildx-plugin"
}

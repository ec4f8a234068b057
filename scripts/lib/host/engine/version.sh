# Version: whether the engine and its client are recent enough for the kit.
# shellcheck shell=sh

VERSION_OLDEST_ENGINE=24

# version_check_engine: sets ENGINE_VERSION and BUILDX_VERSION; 71 for an engine that does not answer, and as version_judge.
version_check_engine() {
	ENGINE_VERSION=$(docker version --format '{{.Server.Version}}') || die 71 "wanted the engine's version, no answer: see the daemon's log"
	version_judge "$ENGINE_VERSION" 'upgrade it, or unset DOCKER_HOST to get a private engine'
	BUILDX_VERSION=$(printf '%s\n' "$BUILDX_VERSION" | cut -d ' ' -f 2)
}

# version_judge VERSION ADVICE: 71 for an engine that is too old, or a client without buildx. Sets BUILDX_VERSION to what
# buildx says of itself.
version_judge() {
	[ "${1%%.*}" -ge "$VERSION_OLDEST_ENGINE" ] || die 71 "wanted Docker $VERSION_OLDEST_ENGINE or newer, saw $1: $2"
	BUILDX_VERSION=$(docker buildx version </dev/null 2>/dev/null) ||
		die 71 "wanted the buildx plugin beside '$(command -v docker)', found none: install docker-buildx (Debian) or docker-buildx-plugin"
}

# Seconds for which a client that would do is not asked again.
VERSION_CLIENT_SECONDS=3600

# version_check_client: 71 for what is known to be wrong, in one line, before a build: an engine that is too old, a client
# without buildx. An engine that does not answer may still have a builder elsewhere. Asked once an hour for each client.
version_check_client() {
	local file version
	file=$(state_folder client)/$(printf '%s' "$(command -v docker) ${DOCKER_HOST:-} ${DOCKER_CONTEXT:-}" | cksum | cut -d ' ' -f 1)
	[ -z "$(find "$file" -mmin "-$((VERSION_CLIENT_SECONDS / 60))" 2>/dev/null)" ] || return 0
	# A socket may be silent.
	version=$(attempt_run 5 docker version --format '{{.Server.Version}}' 2>/dev/null) || version=$VERSION_OLDEST_ENGINE
	case ${version%%.*} in '' | *[!0-9]*) version=$VERSION_OLDEST_ENGINE ;; esac
	version_judge "$version" 'upgrade it'
	{ : >"$file"; } 2>/dev/null || :
}

# A client without an engine fails at once; a silent socket is left after five seconds.
version_engine_answers() {
	command -v docker >/dev/null 2>&1 && attempt_run 5 docker version --format '{{.Server.Version}}' >/dev/null 2>&1
}

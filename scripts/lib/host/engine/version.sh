# Version: checks that engine and client are recent enough for the kit.
# shellcheck shell=sh

VERSION_OLDEST_ENGINE=24

# version_check_engine: sets VERSION_ENGINE and VERSION_BUILDX. Exits with 71 if the engine does not answer or is too
# old, or the client lacks buildx.
version_check_engine() {
	VERSION_ENGINE=$(docker version --format '{{.Server.Version}}') ||
		die 71 "wanted the engine's version, no answer: see the daemon's log"
	version_judge "$VERSION_ENGINE" 'upgrade it, or unset DOCKER_HOST to get a private engine'
	VERSION_BUILDX=$(printf '%s\n' "$VERSION_BUILDX" | cut -d ' ' -f 2)
}

# version_judge VERSION ADVICE: exits with 71 if engine VERSION is too old or the client lacks buildx. Sets
# VERSION_BUILDX to the output of `docker buildx version`. ADVICE ends the message about the engine.
version_judge() {
	[ "${1%%.*}" -ge "$VERSION_OLDEST_ENGINE" ] || die 71 "wanted Docker $VERSION_OLDEST_ENGINE or newer, saw $1: $2"
	VERSION_BUILDX=$(docker buildx version </dev/null 2>/dev/null) ||
		die 71 "wanted the buildx plugin beside '$(command -v docker)', found none:" \
			'install docker-buildx (Debian) or docker-buildx-plugin'
}

# A client that passed the check is not checked again for this long.
VERSION_CLIENT_SECONDS=3600

# version_check_client: exits with 71 before a build if the engine is too old or the client lacks buildx. An engine that
# does
# not answer is accepted: the builder may be elsewhere. Checked once per hour and client; recorded in the state folder.
version_check_client() {
	local file version
	file=$(printf '%s' "$(command -v docker) ${DOCKER_HOST:-} ${DOCKER_CONTEXT:-}" | cksum | cut -d ' ' -f 1)
	file=$(state_folder client)/$file
	[ -z "$(find "$file" -mmin "-$((VERSION_CLIENT_SECONDS / 60))" 2>/dev/null)" ] || return 0
	# The limit is for a socket that accepts connections and never answers.
	version=$(attempt_run 5 docker version --format '{{.Server.Version}}' 2>/dev/null) || version=$VERSION_OLDEST_ENGINE
	case ${version%%.*} in '' | *[!0-9]*) version=$VERSION_OLDEST_ENGINE ;; esac
	version_judge "$version" 'upgrade it'
	{ : >"$file"; } 2>/dev/null || :
}

# version_engine_answers: whether an engine answers within five seconds. Without an engine the client fails at once.
version_engine_answers() {
	command -v docker >/dev/null 2>&1 && attempt_run 5 docker version --format '{{.Server.Version}}' >/dev/null 2>&1
}

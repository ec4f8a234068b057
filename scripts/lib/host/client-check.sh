# Client-check: what is known to be wrong with the client or its engine, before a build.
# Needs log.sh, exit.sh, attempt.sh, state.sh and engine-check.sh.
# shellcheck shell=sh

# Seconds for which a client that would do is not asked again.
CLIENT_MEMORY=3600

# client_check: 71 for what is known to be wrong, in one line, before a build: an engine that is too old, a client
# without buildx. An engine that does not answer may still have a builder elsewhere. Asked once an hour for each client.
client_check() {
	local file version
	file=$(state_folder client)/$(printf '%s' "$(command -v docker) ${DOCKER_HOST:-} ${DOCKER_CONTEXT:-}" | cksum | cut -d ' ' -f 1)
	[ -z "$(find "$file" -mmin "-$((CLIENT_MEMORY / 60))" 2>/dev/null)" ] || return 0
	# A socket may be silent.
	version=$(attempt_run 5 docker version --format '{{.Server.Version}}' 2>/dev/null) || version=$ENGINE_OLDEST
	case ${version%%.*} in '' | *[!0-9]*) version=$ENGINE_OLDEST ;; esac
	engine_judge "$version" 'upgrade it'
	{ : >"$file"; } 2>/dev/null || :
}

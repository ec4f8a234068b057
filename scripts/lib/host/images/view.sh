# View: whether the builder in use reaches registries as this machine does. A remote builder, a builder in a container,
# an engine with mirrors or proxies, and an engine in another network namespace may reach what this machine cannot, and
# the other way round. What a builder's failures and successes showed is kept in the state folder for as long as the
# circuit breaker keeps it.
# Works in SCRATCH.
# shellcheck shell=sh

# Time limit for the questions to the builder and the engine; each takes 0.1 to 0.2 s (measured).
VIEW_SECONDS=3
VIEW_DETOURS='{{.HTTPProxy}}{{.HTTPSProxy}}{{range .RegistryConfig.Mirrors}}{{.}}{{end}}'

# Not taken from the environment.
VIEW_BUILDER=none VIEW_AGREES=''

# view_find: sets VIEW to `ours` (by its configuration, the builder reaches what this machine reaches), `agreed` (a
# build of the last minute failed on a registry on which this machine failed, too) or `other` (the builder reaches
# something else, or nothing is known). Asks once per builder.
view_find() {
	[ "$VIEW_BUILDER" != "${BUILDX_BUILDER:-}" ] || return 0
	VIEW=other
	# The builder of this build is not chosen yet.
	[ -z "${SEAWALL_BUILDERS:-}" ] || [ -n "${BUILDX_BUILDER:-}" ] || return 0
	VIEW_BUILDER=${BUILDX_BUILDER:-}
	view__breaker ask
	case $BREAKER in
		open) ;;
		fresh) VIEW=agreed ;;
		*) ! view__is_ours || VIEW=ours ;;
	esac
}

# view_is_shared: whether a registry on which this machine fails is expected to fail for the builder.
view_is_shared() { view_find && [ "$VIEW" != other ]; }

# view_is_ours: whether that is known by configuration, well enough to fail a build without asking the builder.
view_is_ours() { view_find && [ "$VIEW" = ours ]; }

# view_note agreed|other: what a build has shown. An agreement is for later builds: it shows nothing about the mirrors,
# nor about a builder whose configuration says more.
view_note() {
	view_find
	case $1:$VIEW in
		agreed:ours) ;;
		agreed:*) view__breaker note ok ;;
		# A timeout counts as two failures, which open the breaker.
		*) VIEW=other && view__breaker note fail timeout ;;
	esac
}

# view__breaker ask|note ARGUMENT...: the breaker of the view of the builder in use, as seen through the proxies of this
# machine.
view__breaker() {
	local what builder
	what=$1 builder="${BUILDX_BUILDER:-} ${BUILDX_CONFIG:-} ${DOCKER_HOST:-} ${DOCKER_CONTEXT:-} ${DOCKER_CONFIG:-}"
	shift
	breaker_in "$(state_folder builders)" "$what" view "$builder $(view__proxies)" "$@"
}

# view__is_ours: whether the builder is that of a Docker engine in the network namespace of this process, and neither of
# the two uses proxies or mirrors.
view__is_ours() {
	local socket
	[ -z "$(view__proxies)" ] || return 1
	builder_is_private || builder_inspect "$VIEW_SECONDS" || return 1
	socket=$(builder_socket) && [ -n "$(builder_socket_inodes "$socket")" ] || return 1
	if builder_is_private; then
		! view__has_proxies "${socket%/*}/pid"
	else
		view__is_direct "$(builder_field Endpoint)"
	fi
}

# view__proxies: prints the proxies of this machine.
view__proxies() {
	printf '%s' "${HTTP_PROXY:-}${HTTPS_PROXY:-}${http_proxy:-}${https_proxy:-}${ALL_PROXY:-}${all_proxy:-}"
}

# view__has_proxies FILE: whether the private engine, whose process id is in FILE, was started with proxies; true if
# that cannot be read. The kit gives it no mirrors.
view__has_proxies() {
	local process status
	process=$(cat "$1" 2>/dev/null) || return 0
	status=0
	grep -q -i -a -E '(http|https|all)_proxy=' "/proc/$process/environ" 2>/dev/null || status=$?
	[ "$status" -ne 1 ]
}

# view__is_direct CONTEXT: whether the engine has neither proxies nor mirrors.
view__is_direct() {
	local detours
	detours=$(attempt_run "$VIEW_SECONDS" docker --context "$1" info --format "$VIEW_DETOURS" 2>/dev/null) || return 1
	[ -z "$detours" ]
}

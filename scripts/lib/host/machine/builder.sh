# Builder: the builder that `docker buildx` uses, and the answer of `docker buildx inspect` about it.
# The builder in use is asked once per command; its answer is kept in SCRATCH.
# shellcheck shell=sh

# Time limit for an answer, unless the caller gives one. buildx itself waits 20 s for a dead node.
BUILDER_SECONDS=5

# Not taken from the environment.
BUILDER_ANSWER=''

# builder_use NAME [FILE]: builds that follow use builder NAME. FILE: its answer, if it was asked before.
# The only place that sets BUILDX_BUILDER.
builder_use() {
	export BUILDX_BUILDER="$1"
	BUILDER_ANSWER=${2:-}
}

# builder_ask NAME FILE SECONDS: writes the answer about builder NAME (empty: the builder in use) to FILE, the client's
# messages to FILE.why. Returns the client's status, 124 after SECONDS without an answer.
builder_ask() { attempt_run "$3" docker buildx inspect ${1:+"$1"} >"$2" 2>"$2.why"; }

# builder_inspect [SECONDS]: asks about the builder in use, unless an answer is there. Returns 1 without an answer.
builder_inspect() {
	builder__find_answer
	[ ! -s "$BUILDER_FILE" ] || return 0
	builder_ask '' "$BUILDER_FILE.new" "${1:-$BUILDER_SECONDS}" || return 1
	mv "$BUILDER_FILE.new" "$BUILDER_FILE"
}

# builder_share_answer: modules that work in another scratch folder read the answer of this one.
builder_share_answer() { ! builder_inspect || BUILDER_ANSWER=$BUILDER_FILE; }

# builder__find_answer: sets BUILDER_FILE to the file with the answer about the builder in use.
builder__find_answer() { BUILDER_FILE=${BUILDER_ANSWER:-$SCRATCH/builder.0}; }

# builder_field NAME [FILE]: prints the first value of NAME ("Driver", "Status", "BuildKit version", ...) in FILE, by
# default in the answer that builder_inspect got. Prints nothing if there is none.
builder_field() {
	local name value
	[ -n "${2:-}" ] || builder__find_answer
	while IFS=: read -r name value; do
		[ "$name" = "$1" ] || continue
		while case $value in ' '* | '	'*) ;; *) false ;; esac do value=${value#?}; done
		while case $value in *' ' | *'	') ;; *) false ;; esac do value=${value%?}; done
		printf '%s\n' "$value"
		return 0
	done <"${2:-$BUILDER_FILE}"
}

# builder_buildkit_version: prints the version of BuildKit in the builder in use; older buildx calls the field BuildKit.
builder_buildkit_version() {
	local version
	version=$(builder_field 'BuildKit version')
	[ -n "$version" ] || version=$(builder_field BuildKit)
	printf '%s\n' "$version"
}

# builder_nodes: prints the names of the nodes of the builder in use, one a line.
builder_nodes() {
	builder__find_answer
	sed -n '/^Nodes:/,$s/^Name: *//p' "$BUILDER_FILE"
}

# builder_platforms [FILE]: prints the platforms in the answer FILE, one a line; the builder's default comes first.
# Nothing for a builder that has not been started.
builder_platforms() { builder_field Platforms "${1:-}" | tr -d ' *' | tr ',' '\n'; }

# builder_is_limited [FILE [CONTEXT]]: whether the answer FILE (default: about the builder in use) describes Docker's
# own builder without the containerd image store. It then has no attestations, cache exports, oci-layout contexts
# (Docker 26.1, 28.5: "unknown scheme oci-layout") or builds for several platforms. CONTEXT: the Docker context to ask.
builder_is_limited() {
	[ "$(builder_field Driver "${1:-}")" = docker ] || return 1
	! attempt_run "$BUILDER_SECONDS" docker ${2:+--context "$2"} info --format '{{.DriverStatus}}' 2>/dev/null |
		grep -q io.containerd.snapshotter
}

# builder_is_private: whether builds go to the builder of a private engine of the kit (engine/private.sh).
builder_is_private() {
	case ${BUILDX_BUILDER:-default}:${DOCKER_HOST:-} in default:unix:///run/seawall-*) ;; *) return 1 ;; esac
}

# builder_socket: prints the path of the socket of the engine that runs the builder in use; false if the builder is not
# an engine's own, or the engine has no socket on this machine.
builder_socket() {
	local socket
	socket=${DOCKER_HOST:-}
	builder_is_private || {
		builder_inspect && [ "$(builder_field Driver)" = docker ] || return 1
		socket=$(docker context inspect "$(builder_field Endpoint)" \
			--format '{{.Endpoints.docker.Host}}' 2>/dev/null) || return 1
	}
	case $socket in unix://*) printf '%s\n' "${socket#unix://}" ;; *) return 1 ;; esac
}

# builder_socket_inodes SOCKET: prints the inodes of the sockets of that path in the network namespace of this process.
# /var/run is a link to /run.
builder_socket_inodes() {
	local number references protocol flags type state inode path
	# shellcheck disable=SC2034 # the columns of the file
	while read -r number references protocol flags type state inode path; do
		[ "${path#/var}" != "${1#/var}" ] || printf '%s\n' "$inode"
	done 2>/dev/null </proc/net/unix || :
}

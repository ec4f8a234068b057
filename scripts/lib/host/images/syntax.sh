# Syntax: the frontend image of a `# syntax=` line, which a builder fetches before it reads the Dockerfile. If its
# registry is unavailable: the same digest from a mirror; else the frontend that is built into the builder, if that is
# new enough, and neither the call names the frontend nor the lock file a digest.
# Works in SCRATCH.
# shellcheck shell=sh

# syntax_choose IMAGE DOCKERFILE: adds the frontend to the image plan. For the built-in frontend SCRATCH/frontend/NAME
# is a copy of the Dockerfile without the line.
syntax_choose() {
	local place own
	place=$(picks_place "$1") own=$(image_lock_pinned "$1")
	if [ "$place" = "$own" ] || places_is_refused "$1" || view_leaves "$1" "$own" "$place"; then
		syntax__keep info "$1" "$own"
	elif decision_use_mirror frontend "$1" "$place"; then
		return 0
	elif [ "$1${ARGUMENTS_SYNTAX:-}" = "$own" ] && syntax_is_built_in "$1" && syntax__drop_line "$2"; then
		decision_fail_over frontend "$1" '' '' builtin alternative
	else
		# The builder may have it, or reach registries that the kit cannot.
		syntax__keep warn "$1" "$own"
	fi
}

# syntax__keep LEVEL IMAGE OWN: the build adds nothing; BuildKit applies the digest of the lock file (source-policy.sh).
syntax__keep() {
	local verdict
	verdict=default
	[ "$2" = "$3" ] || verdict=pinned
	decision_add "$1" frontend "$2" "${3#"${3%%@*}"}" "$3" "$3" "$verdict"
}

# syntax_find_copy DOCKERFILE: sets SYNTAX_COPY to the Dockerfile that the build reads instead; empty if it reads its
# own, or the copy on stdin.
syntax_find_copy() {
	SYNTAX_COPY=''
	[ "$1" = "$STDIN_FILE" ] || image_plan_each syntax__note_copy "$1"
}

# syntax_make_copy DOCKERFILE: the same for one of several Dockerfiles with this frontend: the copy is made here.
syntax_make_copy() {
	syntax_find_copy "$1"
	[ -n "$SYNTAX_COPY" ] || return 0
	[ -z "$ARGUMENTS_SYNTAX" ] && syntax__drop_line "$1" || SYNTAX_COPY=''
}

# syntax_print_file DOCKERFILE: prints the path of the file that the build reads: its own, or the copy.
syntax_print_file() {
	case $1:$STDIN_INPUT in
		"$STDIN_FILE:$SCRATCH"/frontend/*) printf '%s\n' "$STDIN_INPUT" ;;
		*) printf '%s\n' "${SYNTAX_COPY:-$1}" ;;
	esac
}

# syntax__note_copy USE IMAGE DIGEST PLACE SOURCE VERDICT DOCKERFILE
syntax__note_copy() { [ "$1:$5" != frontend:builtin ] || SYNTAX_COPY=$SCRATCH/frontend/${7##*/}; }

# syntax_is_built_in IMAGE: whether the builder has this frontend built in. docker/dockerfile 1.N was released with
# BuildKit 0.(N + 6) (1.2 to 1.19); the channel `labs` is never built in.
syntax_is_built_in() {
	local tag minor builder
	case $(reference_full "${1%%@*}") in docker.io/docker/dockerfile*) ;; *) return 1 ;; esac
	tag=${1%%@*}
	case $tag in *:*) tag=${tag##*:} ;; *) tag=1 ;; esac
	case $tag in 1 | latest) return 0 ;; 1.[0-9]*) ;; *) return 1 ;; esac
	minor=${tag#1.} minor=${minor%%.*}
	builder=$(syntax_builder_minor)
	case $minor:$builder in *[!0-9:]* | :* | *:) return 1 ;; esac
	[ "$builder" -ge $((minor + 6)) ]
}

# syntax_builder_minor: prints the N of the builder's BuildKit 0.N. The engine of a distribution may not report it
# (Debian 28.5: v0.0.0+unknown); then the first BuildKit of that engine's release series counts, by the moby releases.
syntax_builder_minor() {
	local minor
	builder_inspect || return 0
	minor=$(builder_buildkit_version)
	case $minor in v0.[0-9]*.*) minor=${minor#v0.} minor=${minor%%.*} ;; *) minor='' ;; esac
	if [ "${minor:-0}" -eq 0 ] && [ "$(builder_field Driver)" = docker ]; then
		case $(docker version --format '{{.Server.Version}}' 2>/dev/null) in
			24.*) minor=11 ;;
			25.*) minor=12 ;;
			26.*) minor=13 ;;
			27.*) minor=14 ;;
			28.*) minor=20 ;;
			29.*) minor=25 ;;
		esac
	fi
	printf '%s\n' "$minor"
}

# syntax__drop_line DOCKERFILE: makes the copy without its line, with an empty comment behind the directives, so that
# other directives stay directives and line numbers in messages stay right. 1 if the frontend is named in another way
# (`// syntax=`, JSON), which the built-in frontend cannot read.
syntax__drop_line() {
	local copy
	# Another file cannot take the place of one in an archive.
	! arguments_is_unpacked "$1" || return 1
	mkdir -p "$SCRATCH/frontend"
	copy=$SCRATCH/frontend/${1##*/}
	LC_ALL=C awk '
		NR == 1 { sub(/^\357\273\277/, "") }
		NR == 1 && /^#!/ { print; next }
		!ended && tolower($0) ~ /^[ \t]*#[ \t\f]*(escape|check|syntax)[ \t\f]*=/ {
			if (!found && tolower($0) ~ /^#[ \t\f]*syntax/) found = 1; else print
			next
		}
		!ended { ended = 1; if (found) print "#" }
		{ print }
		END { if (!found) exit 1; if (!ended) print "#" }
	' <"$1" >"$copy" || return
	syntax_copy_neighbours "$1" "$copy"
	[ "$1" != "$STDIN_FILE" ] || stdin_replace "$copy"
}

# syntax_copy_neighbours DOCKERFILE COPY: brings along NAME.dockerignore and the policy NAME.rego, which newer versions
# of buildx (0.38) read.
syntax_copy_neighbours() {
	[ ! -f "$1.dockerignore" ] || cp "$1.dockerignore" "$2.dockerignore"
	[ ! -f "$1.rego" ] || cp "$1.rego" "$2.rego"
}

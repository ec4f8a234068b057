# Syntax: the image of a `# syntax=` line, which a builder fetches before it reads the Dockerfile. Where its registry is gone:
# the same digest from a mirror, else the frontend that is built into the builder, where that is new enough and the lock file
# wants no other.
# Works in SCRATCH.
# shellcheck shell=sh

# syntax_choose IMAGE DOCKERFILE: adds to IMAGES_WORDS; a copy of the Dockerfile without the line is SCRATCH/frontend/NAME.
syntax_choose() {
	local place own verdict
	place=$(places_first "$1") own=$(image_lock_pinned "$1")
	if [ "$place" = "$own" ] || places_is_refused "$1"; then
		syntax__keep info "$1" "$own"
	elif [ -n "$place" ]; then
		verdict=$(places_verdict "$place")
		places_is_certain "$place" || IMAGES_UNVERIFIED="$IMAGES_UNVERIFIED $1"
		place=$(places_pinned "$place")
		images_tell_elsewhere "$1" "docker-image://$place" "$verdict" "$place"
		list_add IMAGES_WORDS --build-arg "BUILDKIT_SYNTAX=$place"
	elif [ "$1" = "$own" ] && syntax__is_built_in "$1"; then
		images_tell_elsewhere "$1" builtin alternative 'the frontend that is built into the builder'
		syntax__drop_line "$2"
	else
		# The builder may have it, or see further.
		syntax__keep warn "$1" "$own"
	fi
}

# syntax__keep LEVEL IMAGE OWN: the digest of the lock file is put in by the builder (source-policy.sh).
syntax__keep() { if [ "$2" = "$3" ]; then images_tell "$1" "$2" "$2" default; else images_tell "$1" "$2" "$3" pinned; fi; }

# docker/dockerfile 1.N came with BuildKit 0.(N + 6) (its releases, 1.2 to 1.19); the channel labs is never built in.
syntax__is_built_in() {
	local tag minor builder
	case $(reference_full "${1%%@*}") in docker.io/docker/dockerfile*) ;; *) return 1 ;; esac
	tag=${1%%@*}
	case $tag in *:*) tag=${tag##*:} ;; *) tag=1 ;; esac
	case $tag in 1 | latest) return 0 ;; 1.[0-9]*) ;; *) return 1 ;; esac
	minor=${tag#1.} minor=${minor%%.*}
	builder=$(syntax__builder_minor)
	case $minor:$builder in *[!0-9:]* | :* | *:) return 1 ;; esac
	[ "$builder" -ge $((minor + 6)) ]
}

# The N of the builder's BuildKit 0.N. A distribution's engine may not know it (Debian 28.5: v0.0.0+unknown); then what an
# engine of that age has at least counts, by the moby releases.
syntax__builder_minor() {
	local minor
	docker buildx inspect 2>/dev/null >"$SCRATCH/builder" || return 0
	minor=$(sed -n 's/^BuildKit[^:]*: *v0\.\([0-9]*\)\..*/\1/p' "$SCRATCH/builder" | head -n 1)
	if [ "${minor:-0}" -eq 0 ] && grep -q '^Driver: *docker$' "$SCRATCH/builder"; then
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

# Its line stays, as a comment that says nothing, so that the numbers in messages are right; what its name brings along
# (NAME.dockerignore) comes too.
syntax__drop_line() {
	local copy
	mkdir -p "$SCRATCH/frontend"
	copy=$SCRATCH/frontend/${1##*/}
	LC_ALL=C sed 's/^#[[:space:]]*[Ss][Yy][Nn][Tt][Aa][Xx][[:space:]]*=.*/#/' "$1" >"$copy"
	[ ! -f "$1.dockerignore" ] || cp "$1.dockerignore" "$copy.dockerignore"
	if [ "$1" = "$STDIN_FILE" ]; then stdin_replace "$copy"; else list_add IMAGES_WORDS --file "$copy"; fi
}

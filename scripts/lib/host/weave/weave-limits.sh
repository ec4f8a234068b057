# Weave-limits: whether the steps of a build can be woven at all. Sets WEAVE_WHY_NOT to the reason against it.
# shellcheck shell=sh

# The first BuildKit, and the first docker/dockerfile, whose RUN passes a secret as a variable (1.10 and 0.16).
WEAVE_BUILDKIT_MINOR=16 WEAVE_FRONTEND_MINOR=10

# weave_limits_allow DOCKERFILE: writes steps.tsv, too.
weave_limits_allow() {
	WEAVE_WHY_NOT=''
	if [ -z "$1" ]; then
		WEAVE_WHY_NOT='the build has no single Dockerfile on this machine'
	elif arguments_is_unpacked "$1"; then
		WEAVE_WHY_NOT='the context is an archive'
	elif weave_limits__are_taken; then
		WEAVE_WHY_NOT='the call has a secret or context whose name begins with seawall.'
	elif weave_limits__frontend "$1"; then
		weave_steps_list "$1" "$ARGUMENTS_TARGET"
		weave_limits__read
	fi
	[ -z "$WEAVE_WHY_NOT" ]
}

# weave_limits__are_taken: whether the caller uses a name of the kit.
weave_limits__are_taken() {
	case $ARGUMENTS_SECRETS in *' seawall.'*) return 0 ;; esac
	contexts_find docker.io/library/seawall.shims:latest
}

weave_limits__read() {
	local what line
	IFS=$WEAVE_TAB read -r what line <"$SCRATCH/weave/steps.tsv" || what=none
	case $what in
		run | trigger | none) ;;
		taken) WEAVE_WHY_NOT='a stage is called seawall.shims' ;;
		*) WEAVE_WHY_NOT="line $line of the Dockerfile cannot be parsed" ;;
	esac
}

# weave_limits__frontend DOCKERFILE: whether the frontend knows `env=` of a secret.
weave_limits__frontend() {
	local image minor
	image=''
	# A copy has lost its frontend.
	[ "$(syntax_print_file "$1")" != "$1" ] || image=$(sed -n 's/^syntax	//p' "$SCRATCH/sources" | head -n 1)
	if [ -n "$image" ]; then
		weave_limits__knows "$image" && return
		WEAVE_WHY_NOT="the frontend $image is not known to be docker/dockerfile 1.$WEAVE_FRONTEND_MINOR or newer"
	else
		minor=$(syntax_builder_minor)
		case $minor in '' | *[!0-9]*) minor=0 ;; esac
		[ "$minor" -lt "$WEAVE_BUILDKIT_MINOR" ] || return 0
		WEAVE_WHY_NOT="wanted BuildKit 0.$WEAVE_BUILDKIT_MINOR (Docker 28) or newer, saw $(weave_limits__saw "$minor")"
		WEAVE_WHY_NOT="$WEAVE_WHY_NOT: a line \`# syntax=docker/dockerfile:1\` helps"
	fi
	return 1
}

weave_limits__saw() { if [ "$1" -eq 0 ]; then printf 'no version\n'; else printf '0.%s\n' "$1"; fi; }

# weave_limits__knows IMAGE: judges docker/dockerfile of any registry by its tag.
weave_limits__knows() {
	local name tag
	name=${1%%@*} tag=1
	case ${name##*/} in
		*:*) tag=${name##*:} name=${name%:*} ;;
		# A digest alone may be any version.
		*) [ "$name" = "$1" ] || return 1 ;;
	esac
	case /$name in */docker/dockerfile | */docker/dockerfile-upstream) ;; *) return 1 ;; esac
	tag=${tag%-labs}
	case $tag in
		1 | latest | labs | master) return 0 ;;
		1.[0-9]*) tag=${tag#1.} && tag=${tag%%.*} ;;
		*) return 1 ;;
	esac
	case $tag in *[!0-9]*) return 1 ;; esac
	[ "$tag" -ge "$WEAVE_FRONTEND_MINOR" ]
}

# Mirrors: the names of an image behind the mirrors of its registry, SEAWALL_REGISTRY_MIRRORS.
# shellcheck shell=sh

# mirrors_of FULL_NAME: prints its name behind each mirror. Names of private images are confidential, so the default
# mirrors are asked for public images only.
mirrors_of() {
	local pair
	# The Hub under the name of its server.
	case $1 in registry-1.docker.io/*) set -- "docker.io/${1#*/}" ;; esac
	! mirrors__are_default || mirrors__is_public "$1" || return 0
	for pair in $SEAWALL_REGISTRY_MIRRORS; do
		case $1 in "${pair%%=*}"/*) pair=${pair#*=}/${1#"${pair%%=*}"/} ;; *) continue ;; esac
		! reference_is_valid "$pair" || printf '%s\n' "$pair"
	done
}

# Whether SEAWALL_REGISTRY_MIRRORS has its default value.
mirrors__are_default() { [ "$(settings_place SEAWALL_REGISTRY_MIRRORS)" = default ]; }

# mirrors__is_public FULL_NAME: whether it is an official image of Docker Hub, or one that BuildKit itself fetches.
mirrors__is_public() {
	local name
	name=${1%%@*}
	case ${name##*/} in *:*) name=${name%:*} ;; esac
	case $name in
		docker.io/library/* | docker.io/docker/dockerfile | docker.io/docker/dockerfile-upstream) ;;
		docker.io/docker/buildkit-syft-scanner | docker.io/moby/buildkit | docker.io/tonistiigi/binfmt) ;;
		*) return 1 ;;
	esac
}

# Mirrors: the names of an image behind the mirrors of its registry, SEAWALL_REGISTRY_MIRRORS.
# for where a setting comes from.
# shellcheck shell=sh

# mirrors_of FULL_NAME: its name behind each mirror. The names of other people's images are confidential: the mirrors
# that nobody named are asked for public images alone.
mirrors_of() {
	local pair
	! mirrors__are_default || mirrors__is_public "$1" || return 0
	for pair in $SEAWALL_REGISTRY_MIRRORS; do
		case $1 in "${pair%%=*}"/*) pair=${pair#*=}/${1#"${pair%%=*}"/} ;; *) continue ;; esac
		! reference_is_valid "$pair" || printf '%s\n' "$pair"
	done
}

# Whether nobody has set SEAWALL_REGISTRY_MIRRORS.
mirrors__are_default() { [ "$(settings_place SEAWALL_REGISTRY_MIRRORS)" = default ]; }

# mirrors__is_public FULL_NAME: the official images of Docker Hub, and what builds fetch by themselves.
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

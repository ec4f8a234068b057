# Toolbox: unpacks an engine and its tools from distribution packages into a folder; nothing is installed.
# shellcheck shell=sh

# Suites for the engine if the host's own is too old; the first that has all packages is used.
TOOLBOX_SUITES='testing stable'
TOOLBOX_PACKAGES='docker.io docker-cli docker-buildx docker-compose containerd'

# toolbox_enter TREE: puts the programs of TREE first in PATH, and its libraries after the host's own.
toolbox_enter() {
	local folder
	case $PATH in "$1/usr/bin:"*) return 0 ;; esac
	PATH=$1/usr/bin:$1/usr/sbin:$PATH
	set +f
	set -- "$1"/usr/lib/*-linux-gnu "$1"/lib/*-linux-gnu
	set -f
	for folder in "$@"; do
		[ -d "$folder" ] || continue
		LD_LIBRARY_PATH=${LD_LIBRARY_PATH:+$LD_LIBRARY_PATH:}$folder
		[ ! -d "$folder/xtables" ] || XTABLES_LIBDIR=$folder/xtables
	done
	export PATH LD_LIBRARY_PATH XTABLES_LIBDIR
}

# toolbox_make HOME: makes HOME/tree, complete or not at all. Exits with 73 without room, 75 if packages are
# unavailable. Uses the host's own packages if they are recent enough, else the engine of a newer suite with the host's
# runc: only runc needs the host's libc (the others need 2.34).
toolbox_make() {
	log_info "fetching an engine from the distribution's packages"
	rm -rf "$1/apt" "$1/tree" "$1/tree.part"
	archive_open "$1/apt" && archive_update ||
		die 75 "wanted the distribution's package lists, could not get them: run again later"
	archive_fetch_missing runc iptables iproute2 tini ||
		die 75 "wanted runc, iptables and iproute2, could not fetch them: run again later"
	if toolbox__host_is_new; then
		# shellcheck disable=SC2086 # a list of names
		archive_fetch $TOOLBOX_PACKAGES || die 75 "wanted the engine's packages, could not fetch them: run again later"
	else
		toolbox__fetch_newer "$1" || die 75 "wanted a newer engine's packages, could not fetch them: run again later"
	fi
	archive_unpack "$1/tree.part" || die 73 "wanted to unpack the engine into $1, could not: make room"
	toolbox__link "$1/tree.part/usr"
	mv "$1/tree.part" "$1/tree"
	: >"$1/tree/.complete"
	rm -rf "$1/apt"
}

# toolbox__host_is_new: whether the host's release has buildx and a recent engine.
toolbox__host_is_new() {
	local version
	version=$(archive_candidate docker.io)
	version=${version%%.*}
	[ -n "$(archive_candidate docker-buildx)" ] && [ "${version:-0}" -ge "$VERSION_OLDEST_ENGINE" ]
}

# toolbox__fetch_newer HOME: downloads the engine from the first suite that has it; returns 1 if none has.
toolbox__fetch_newer() {
	local suite name names
	for suite in $TOOLBOX_SUITES; do
		names=
		for name in $TOOLBOX_PACKAGES; do names="$names $name/$suite"; done
		(set +f && rm -f "$1"/apt/cache/archives/docker*.deb "$1"/apt/cache/archives/containerd*.deb)
		# shellcheck disable=SC2086 # a list of names
		archive_open "$1/apt" "$suite" && archive_update && archive_fetch $names && return
	done
	return 1
}

# toolbox__link FOLDER: makes the links that the packages' own scripts would make, and a client configuration with
# plugins.
toolbox__link() {
	local name flavour
	flavour=nft
	(toolbox_enter "${1%/usr}" && xtables-nft-multi iptables -t nat -S) >/dev/null 2>&1 || flavour=legacy
	for name in iptables ip6tables; do ln -sf "xtables-$flavour-multi" "$1/sbin/$name"; done
	mkdir -p "$1/config"
	ln -s ../libexec/docker/cli-plugins "$1/config/cli-plugins"
}

# toolbox_copy_logins TREE: copies the user's client configuration if it has changed. Not a link: the client would write
# logins and contexts of the private engine through it.
toolbox_copy_logins() {
	local from to
	from=$(docker_config_folder)/config.json to=$1/usr/config/config.json
	# Earlier versions made a link.
	[ ! -h "$to" ] || rm -f "$to"
	[ -f "$from" ] && { [ ! -e "$to" ] || [ -n "$(find -H "$from" -prune -newer "$to")" ]; } || return 0
	(umask 077 && cp "$from" "$to.$$" && mv -f "$to.$$" "$to") ||
		log_warn "wanted to copy $from, could not: the private engine works without its logins"
}

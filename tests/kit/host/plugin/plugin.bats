#!/usr/bin/env bats
# scripts/lib/host/plugin/plugin.sh: which calls of docker are builds, and what docker's own flags before them become.

load ../../helpers

setup() {
	cd "$BATS_TEST_TMPDIR" && mkdir kit .docker .docker/cli-plugins
	cat >kit/docker-build.sh <<-'KIT'
		#!/bin/sh
		[ "$1" != --version ] || exit 0
		for name in DOCKER_CONTEXT DOCKER_HOST DOCKER_CONFIG BUILDX_BUILDER DEBUG; do
			eval "[ -z \"\${$name:-}\" ] || printf '%s=%s ' $name \"\$$name\""
		done
		printf '<%s>' "$@"
	KIT
	printf '#!/bin/sh\nprintf real\n' >.docker/cli-plugins/docker-buildx
	chmod +x kit/docker-build.sh .docker/cli-plugins/docker-buildx
}

# becomes WANTED WORD...: what the kit gets for the words of docker.
becomes() {
	local wanted=$1
	shift
	snippet -e DOCKER_HOST=env "SEAWALL_KIT=$PWD/kit"'; . "$LIB/host/plugin/plugin.sh"' "$@"
	ended 0 "$wanted" ''
}

@test "build in each form is a build" {
	becomes 'DOCKER_HOST=env <--><.>' buildx build .
	becomes 'DOCKER_HOST=env <--><.>' buildx b .
	becomes 'DOCKER_HOST=env <--><-D><--><.>' -- buildx build -D -- .
}

@test "build without arguments is for the real plugin, which says what it wants" { becomes real buildx build; }

@test "context takes precedence over the host of the environment" {
	becomes 'DOCKER_CONTEXT=x <--><.>' --context x buildx build .
	becomes 'DOCKER_CONTEXT=x <--><.>' --context=x buildx build .
	becomes 'DOCKER_CONTEXT=x <--><.>' -c x buildx build .
	becomes 'DOCKER_CONTEXT=x <--><.>' -cx buildx build .
	becomes 'DOCKER_CONTEXT=x <--><.>' -c=x buildx build .
	becomes 'DOCKER_CONTEXT=x DEBUG=1 <--><.>' -Dcx buildx build .
	becomes 'DOCKER_CONTEXT=default DOCKER_HOST=env <--><.>' --context default buildx build .
}

@test "host, configuration, builder and debug mode become variables" {
	becomes 'DOCKER_HOST=y <--><.>' -Hy buildx build .
	becomes 'DOCKER_HOST=y DEBUG=1 <--><.>' -DH y buildx build .
	becomes 'DOCKER_HOST=build <--><.>' --host build buildx build .
	becomes "DOCKER_HOST=env DOCKER_CONFIG=$HOME/c <--><.>" "--config=$HOME/c" buildx build .
	becomes 'DOCKER_HOST=env BUILDX_BUILDER=b DEBUG=1 <--><.>' buildx -D --builder=b build .
	becomes 'DOCKER_HOST=env BUILDX_BUILDER=b <--><.>' buildx --builder b --debug=false build .
}

@test "flags without a variable are handed on" {
	becomes 'DOCKER_HOST=env <--docker-flag><--log-level=debug><--><.>' --log-level debug buildx build .
	becomes 'DOCKER_HOST=env <--docker-flag><--log-level=x y><--><.>' '-lx y' buildx build .
	becomes 'DOCKER_HOST=y <--docker-flag><--tlscacert=ca><--docker-flag><--tlsverify=true><--><.>' \
		--tlsverify --tlscacert=ca -H y buildx build .
	becomes 'DOCKER_HOST=env <--docker-flag><--tls=false><--><.>' --tls=false buildx build .
}

@test "another command, or a flag that does not exist, is for the real plugin" {
	local -a calls=('buildx ls' '-D buildx bake' '--none buildx build .' 'buildx --context x build .' 'buildx -c x build .'
		'--host' '-ZD buildx build .' 'buildx --help build' '-- --context x buildx build .' 'docker-cli-plugin-metadata')
	local call
	for call in "${calls[@]}"; do
		# shellcheck disable=SC2086 # words
		snippet "SEAWALL_KIT=$PWD/kit"'; . "$LIB/host/plugin/plugin.sh"' $call
		same real "$OUT" "$call"
	done
}

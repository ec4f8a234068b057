#!/usr/bin/env bats
# scripts/lib/host/call/arguments.sh: what the arguments of `docker buildx build` say of the build.

load ../../helpers

READ='. "$LIB/load.sh"; load base attempt verdict ladder host/machine host/registry host/call; LOG_NAME=t; SCRATCH=$PWD; arguments_read "$@"; '

setup() { cd "$BATS_TEST_TMPDIR" && mkdir context; }

# reads VARIABLE WANTED ARGUMENT...
reads() {
	local variable=$1 wanted=$2
	shift 2
	snippet "$READ"'eval "printf %s \"\$'"$variable"'\""' "$@"
	ended 0 "$wanted" ''
}

@test "context is the word that is no flag: last" { reads ARGUMENTS_CONTEXT ./x --tag a -t b --load ./x; }
@test "context is the word that is no flag: first" { reads ARGUMENTS_CONTEXT . . --tag a; }
@test "context is the word that is no flag: between" { reads ARGUMENTS_CONTEXT . --build-arg A=1 . --tag a; }
@test "context is the word that is no flag: stdin" { reads ARGUMENTS_CONTEXT - -t a -; }
@test "context is the word that is no flag: none" { reads ARGUMENTS_CONTEXT '' --help; }
@test "value of a flag is no context" { reads ARGUMENTS_CONTEXT . --secret id=a --ssh default --output type=oci,dest=x --platform linux/arm64 .; }
@test "flag that is not known takes nothing" { reads ARGUMENTS_CONTEXT . --some-flag .; }
@test "file: long" { reads ARGUMENTS_FILE a/Dockerfile --file a/Dockerfile .; }
@test "file: with an equals sign" { reads ARGUMENTS_FILE a/Dockerfile --file=a/Dockerfile .; }
@test "file: short" { reads ARGUMENTS_FILE a -f a .; }
@test "file: short, with an equals sign" { reads ARGUMENTS_FILE a -f=a .; }
@test "file: short, in one word" { reads ARGUMENTS_FILE a -fa .; }
@test "target" { reads ARGUMENTS_TARGET run --target run .; }
@test "platforms, one flag or more" { reads ARGUMENTS_PLATFORMS ' linux/amd64 linux/arm64 linux/arm/v7' --platform linux/amd64,linux/arm64 --platform=linux/arm/v7 .; }
@test "file: behind other letters" { reads ARGUMENTS_FILE a -qf a .; }
@test "file: behind other letters, in one word" { reads ARGUMENTS_FILE a -qDfa .; }
@test "file: behind other letters, with an equals sign" { reads ARGUMENTS_FILE a -Dqf=a .; }
@test "file: an equals sign alone is its value" { reads ARGUMENTS_FILE = -f= .; }
@test "context behind letters that take nothing" { reads ARGUMENTS_CONTEXT . -qD .; }
@test "context behind a switch with a value" { reads ARGUMENTS_CONTEXT . --pull=false --quiet=false .; }
@test "context after the end of the flags" { reads ARGUMENTS_CONTEXT -x -t a -- -x; }
@test "quiet: switched off" { reads ARGUMENTS_QUIET no -q --quiet=false .; }
@test "quiet: switched off in a short form" { reads ARGUMENTS_QUIET no -q=false .; }
@test "push: switched off" { reads ARGUMENTS_PUSHES no --push --push=0 .; }
@test "push: by an output with quotes" { reads ARGUMENTS_TAGS ' a b' -o 'type=image,"name=a,b",PUSH=true' .; }

@test "platform: the environment's, unless the call names one" {
	snippet -e DOCKER_DEFAULT_PLATFORM=linux/arm64 "$READ"'printf "%s" "$ARGUMENTS_PLATFORMS"' .
	ended 0 ' linux/arm64' ''
	snippet -e DOCKER_DEFAULT_PLATFORM=linux/arm64 "$READ"'printf "%s" "$ARGUMENTS_PLATFORMS"' --platform linux/s390x .
	ended 0 ' linux/s390x' ''
}

@test "progress and the time of the image: the environment's, unless the call names one" {
	snippet -e BUILDKIT_PROGRESS=plain -e SOURCE_DATE_EPOCH=5 "$READ"'printf "%s" "$ARGUMENTS_PROGRESS"; cat arguments' .
	ended 0 $'plainSOURCE_DATE_EPOCH=5\n' ''
	snippet -e BUILDKIT_PROGRESS=plain -e SOURCE_DATE_EPOCH=5 "$READ"'printf "%s" "$ARGUMENTS_PROGRESS"; cat arguments' \
		--progress tty --build-arg SOURCE_DATE_EPOCH=6 .
	ended 0 $'ttySOURCE_DATE_EPOCH=6\n' ''
}

@test "call: none" { reads ARGUMENTS_CALL '' --call build .; }
@test "call: check" { reads ARGUMENTS_CALL lint --check .; }
@test "call: check, switched off" { reads ARGUMENTS_CALL '' --check --check=false .; }
@test "call: with a format" { reads ARGUMENTS_CALL outline --call=outline,format=json .; }
@test "call: by its old name" { reads ARGUMENTS_CALL targets --print targets .; }
@test "frontend that the call names" { reads ARGUMENTS_SYNTAX a/b:1 --build-arg BUILDKIT_SYNTAX=a/b:1 .; }
@test "flag that does not exist" { reads ARGUMENTS_UNKNOWN --some-flag --some-flag .; }
@test "quiet" { reads ARGUMENTS_QUIET yes -q .; }

@test "build arguments are written down; one without a value has that of the environment" {
	snippet -e OWN=mine "$READ"'cat arguments' --build-arg A=1 --build-arg=B='x y' --build-arg OWN --build-arg NONE --build-arg '1$(x)' .
	ended 0 $'A=1\nB=x y\nOWN=mine\n' ''
}

# finds WANTED ARGUMENT...: the path of the Dockerfile
finds() {
	local wanted=$1
	shift
	snippet "$READ STDIN_FILE=${STDIN:-};"'arguments_find_dockerfile' "$@"
	ended 0 "${wanted:+$wanted$'\n'}" ''
}

@test "Dockerfile: in the context" { touch context/Dockerfile && finds context/Dockerfile context; }
@test "Dockerfile: in small letters" { touch context/dockerfile && finds context/dockerfile context; }
@test "Dockerfile: none" { finds '' context; }
@test "Dockerfile: beside the caller" { touch other && finds other -f other context; }
@test "Dockerfile: named, but only in the context, where buildx does not look" { touch context/other && finds '' -f other context; }
@test "Dockerfile: of a context that is far away" { finds '' https://git.example.org/a.git; }
@test "Dockerfile: on stdin" { printf 'FROM a\n' >text && STDIN=text finds text -f - context; }
@test "Dockerfile: alone on stdin" { printf 'FROM a\n' >text && STDIN=text finds text -; }
@test "Dockerfile: in a tar file on stdin" { tar -cf text context && STDIN=text finds '' -; }
@test "Dockerfile: at the top of a tar file on stdin" {
	printf 'FROM a\n' >context/Dockerfile
	tar -cf text -C context . && STDIN=text finds "$PWD/archive/Dockerfile" -
	grep -q 'FROM a' archive/Dockerfile
	mv context/Dockerfile context/dockerfile
	tar -czf text -C context dockerfile && STDIN=text finds "$PWD/archive/dockerfile" -
	STDIN=text finds '' -f none -
	tar -cf text context && STDIN=text finds "$PWD/archive/dockerfile" -f ./context/dockerfile -
}
@test "Dockerfile: in a packed tar file on stdin" { tar -czf text context && STDIN=text finds '' -; }

@test "files that the build writes" {
	reads ARGUMENTS_WRITES " 'iid' 'meta' 'image.tar'" --iidfile iid --metadata-file=meta --output type=oci,dest=image.tar -o - -o type=local,dest=folder .
}
@test "builder, metadata, label, SBOM" {
	reads ARGUMENTS_NAMED b --builder b .
	reads ARGUMENTS_METADATA m --metadata-file m .
	reads ARGUMENTS_LABELLED yes --label seawall.degraded=x .
	reads ARGUMENTS_SCANNER docker/buildkit-syft-scanner:stable-1 --sbom=true .
	reads ARGUMENTS_SCANNER image --sbom generator=image .
	reads ARGUMENTS_SCANNER '' --sbom generator=image --sbom=false .
	reads ARGUMENTS_SCANNER image:1 --attest '"generator=image:1",type=sbom' .
	reads ARGUMENTS_SCANNER docker/buildkit-syft-scanner:stable-1 --attest type=sbom .
}

@test "file that cannot be written is told before the build" {
	snippet "$READ arguments_check_files" --iidfile /proc/none/iid .
	ended 73
	snippet "$READ arguments_check_files" --iidfile ./iid --output "type=tar,dest=$PWD/context/x" .
	ended 0
}

@test "flags are left out with their values, the others stay as they are" {
	snippet "$READ"'arguments_leave_out " --cache-from --sbom " "$@"; eval "set -- $ARGUMENTS_LEFT"; printf "<%s>" "$@"' \
		--cache-from a --cache-from=b --tag "it's" --sbom=true --build-arg 'A=x  y' .
	ended 0 "<--tag><it's><--build-arg><A=x  y><.>" ''
}

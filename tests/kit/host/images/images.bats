#!/usr/bin/env bats
# scripts/lib/host/images/images.sh: which image of a Dockerfile comes from where.

load ../../helpers

# A fake client: a registry answers when its file is there, and the file is the answer.
# Its arguments: buildx imagetools inspect IMAGE.
IMAGES='
. "$LIB/load.sh"; load base attempt verdict ladder host/machine host/registry host/call host/bases host/images host/engine
LOG_NAME=images SEAWALL_RUN=r1 SEAWALL_LAST_GOOD_MAX_AGE=604800 SEAWALL_SILENCE=60
settings_place() { printf "environment\n"; }
view_find() { VIEW=ours; }
manifest__has_login() { :; } # so the client is asked, which is a fake
attempt_run() { while case $1 in --*) ;; *) false ;; esac do shift 2; done; shift; "$@"; }
docker() {
    case $1-$2 in
        buildx-imagetools) printf "%s\n" "$4" >>"$ASKED"; cat "$ANSWERS/$(printf %s "$4" | tr /: __)" 2>/dev/null ;;
        *) return 1 ;;
    esac
}
'
# What the build adds, a word a line.
SHOW='
images_set_words yes
eval "set -- ${IMAGES_WORDS-}"; { [ $# -eq 0 ] || printf "%s\n" "$@"; } >"$SCRATCH/contexts"'
DIGEST=sha256:$(printf '1%.0s' {1..64})

setup() {
	cd "$BATS_TEST_TMPDIR"
	mkdir answers scratch
}

# ask SCRIPT [WORD]...: with two mirrors of Docker Hub; FALLBACKS names alternatives.
ask() {
	snippet -e "ANSWERS=$PWD/answers" -e "ASKED=$PWD/asked" -e "SCRATCH=$PWD/scratch" -e "SEAWALL_EVENTS=$PWD/events" \
		-e 'SEAWALL_REGISTRY_MIRRORS=docker.io=mirror.example.org docker.io=other.example.org/hub' \
		-e "SEAWALL_BASE_FALLBACKS=${FALLBACKS:-}" "$IMAGES$1$SHOW" "${@:2}"
}

# answers IMAGE: lets the fake registry of the image answer.
answers() {
	printf '%s\n' 'Name:      somewhere' 'MediaType: application/vnd.oci.image.index.v1+json' "Digest:    $DIGEST" '' 'Manifests:' \
		>"answers/${1//[\/:]/_}"
}

# verdict WORD: what the one event says.
verdict() { json "$(<events)" 'it["verdict"] == words[0]' "$1"; }

@test "images lists the defaults of the arguments that are asked for" {
	printf '%s\n' 'ARG SERVICE=a' 'ARG GO_BUILDER_IMAGE=golang:1' 'ARG PYTHON_RUNTIME_IMAGE=python:3' 'ARG OTHER_IMAGE=x' \
		'FROM ${SERVICE}' >Dockerfile
	snippet "$IMAGES"'images_list "$1" "PYTHON_RUNTIME\|GO_.*"' "$PWD/Dockerfile"
	ended 0 $'golang:1\npython:3\n'
}

# mirrored IMAGE NAME: the name that the mirrors of its registry are asked for.
mirrored() {
	answers "other.example.org/hub/$2"
	ask 'images_choose "$1"; picks_count; image_plan_list mirrored' "$1"
	ended 0 $'1\n'"$1"$'\n'
	same "$(printf '%s\n' "$1" "mirror.example.org/$2" "other.example.org/hub/$2" | sort)" "$(sort asked)" asked
	same "--build-context"$'\n'"$1=docker-image://other.example.org/hub/$2@$DIGEST" "$(<scratch/contexts)" contexts
}

@test "mirrors of a registry are asked by the full name: short" { mirrored python:3 library/python:3; }
@test "mirrors of a registry are asked by the full name: with owner" { mirrored grafana/k6:1 grafana/k6:1; }
@test "mirrors of a registry are asked by the full name: full" { mirrored docker.io/library/python:3 library/python:3; }

@test "registry that answers is left alone" {
	answers python:3
	ask 'images_choose python:3; image_plan_list degraded; image_plan_list mirrored'
	ended 0 ''
	same '' "$(<scratch/contexts)" contexts
	verdict default
}

@test "image of another registry is not asked for at the mirrors" {
	answers quay.example.org/a/b:1
	ask 'images_choose quay.example.org/a/b:1'
	ended 0
	same quay.example.org/a/b:1 "$(<asked)" asked
}

@test "different image only where the user named it" {
	FALLBACKS='golang:1=other:1 python:3=corp.example.org/python:3'
	ask 'images_choose python:3; image_plan_list degraded'
	ended 0 $'python:3\n'
	same $'--build-context\npython:3=docker-image://corp.example.org/python:3' "$(<scratch/contexts)" contexts
	verdict alternative
}

@test "nothing left is told to the caller, with the reason" {
	ask 'images_choose python:3; image_plan_list unserved; places_class python:3'
	ended 0 $'python:3\nother\n'
}

@test "registry that took the question and said nothing is known" {
	ask 'attempt_run() { return 124; }; images_choose python:3; places_class python:3'
	ended 0 $'timeout\n'
}

@test "registry that was only late, and has no other, gets the real request once in a run" {
	ask 'attempt_run() { return 124; }
		for attempt in 1 2; do images_choose python:3; echo "$attempt $(image_plan_list unserved)"; done'
	ended 0 $'1 \n2 python:3\n'
	[[ $ERR == *' python:3: no other source serves it, waiting up to 60 s for docker.io'* ]]
}

# locked LINE...: with these lines in the lock file
locked() {
	printf '%s\n' "$@" >lock
	ask 'SEAWALL_IMAGE_LOCK=lock; images_choose python:3; image_plan_list unserved'
}

@test "lock file: registry and mirrors are asked for the digest only" {
	answers python:3
	answers mirror.example.org/library/python:3
	locked '# ours' '' "docker.io/library/python:3 $DIGEST"
	ended 0 $'python:3\n'
	same $'mirror.example.org/library/python:3@'"$DIGEST" "$(grep ^mirror asked)" asked
}

@test "lock file: what the registry has under the digest is used by it" {
	answers "python:3@$DIGEST"
	locked "python:3 $DIGEST"
	ended 0 ''
	same "--build-context"$'\n'"python:3=docker-image://python:3@$DIGEST" "$(<scratch/contexts)" contexts
	verdict pinned
}

@test "lock file: no digest" {
	locked 'python:3 sha256:12'
	ended 78
	[[ $ERR == *" lock:1: wanted sha256: and 64 hexadecimal digits after the image: correct the line"$'\n' ]]
}

@test "lock file: conflict" {
	locked "python:3 $DIGEST" "docker.io/library/python:3 ${DIGEST/1/2}"
	ended 78
	[[ $ERR == *" lock:2: wanted one digest for an image, saw two in lines 1 and 2: remove one line"$'\n' ]]
}

@test "image with a digest keeps it on a mirror" {
	answers "mirror.example.org/library/python:3@$DIGEST"
	ask 'images_choose "$1"' "python:3@$DIGEST"
	same "--build-context"$'\n'"python:3@$DIGEST=docker-image://mirror.example.org/library/python:3@$DIGEST" "$(<scratch/contexts)" contexts
}

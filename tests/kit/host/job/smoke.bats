#!/usr/bin/env bats
# scripts/lib/host/job/image-check.sh and smoke.sh: what does not belong into an image, and which container had ended.

load ../../helpers

SMOKE='
. "$LIB/load.sh"; load base attempt verdict ladder host/machine host/registry host/call host/bases host/images host/engine host/upkeep host/job
LOG_NAME=smoke SEAWALL_RUN=r1
'
# A fake docker has one image: its file system is the file TAR, its user IMAGE_USER, and IMAGE_ENV stands in its history.
FAKE_IMAGE='
docker() {
    case "$*" in
        create*) printf "container\n" ;;
        export*) cp "$TAR" "$3" ;;
        *Config.User*) printf "%s\n" "$IMAGE_USER" ;;
        *image.title*) printf "one\n" ;;
        *Entrypoint*) printf "[\"/app/service\"]\n" ;;
        history*) printf "ENV x=%s\n" "$IMAGE_ENV" ;;
    esac
}
TRUST_BUNDLE=""
image_check image one static 1 || printf "findings\n"
'

setup() {
	cd "$BATS_TEST_TMPDIR"
	mkdir scratch
}

# image FILE...: checks a static image of at most 1 MB that holds these files, each of SIZE bytes, and the service.
image() {
	local file
	for file in app/service "$@"; do
		mkdir -p "root/${file%/*}"
		truncate -s "${SIZE:-0}" "root/$file"
	done
	tar -C root -cf image.tar app/service "$@"
	snippet -e "SCRATCH=$PWD/scratch" -e "TAR=$PWD/image.tar" -e "IMAGE_USER=${AS:-65532:65532}" -e "IMAGE_ENV=${PROXY:-}" \
		-e "HTTP_PROXY=${PROXY:-}" "$SMOKE$FAKE_IMAGE"
}

@test "good image has no findings" {
	image etc/passwd usr/share/zoneinfo/Europe/Berlin
	ended 0 ''
}

# foreign WHAT FILE
foreign() {
	image "$2"
	ended 0 "content: wanted $1 to be absent, saw /$2"$'\nfindings\n'
}

@test "file that does not belong is found: a shell" { foreign 'a shell' bin/sh; }
@test "file that does not belong is found: busybox" { foreign 'a shell' usr/bin/busybox; }
@test "file that does not belong is found: the kit" { foreign 'the kit' seawall/stage/x; }
@test "file that does not belong is found: a secret" { foreign 'a secret' run/secrets/token; }

@test "root, a large file and a proxy are found" {
	AS=root SIZE=2000000 PROXY=http://p.example.org
	image
	ended 0
	# shellcheck disable=SC2001 # of each line
	same $'user\nsize\ncontent\nfindings' "$(sed 's/:.*//' <<<"${OUT%$'\n'}")" findings
}

@test "smoke test tells which container had ended" {
	# The client fails, and the service has exited with 3.
	snippet -e "SCRATCH=$PWD/scratch" "$SMOKE"'
		attempt_run() { shift; "$@"; }
		docker() {
			case "$*" in
				run*--rm*) printf "FAIL\tone\thealthz\t0\tconnection refused\n"; return 1 ;;
				*State.Status*) printf "exited 3\n" ;;
				logs*) printf "no such file\n" ;;
				*State.ExitCode*) printf "3\n" ;;
			esac
		}
		smoke_run client 5 one=image || printf "findings\n"
	'
	ended 0
	mapfile -t lines <<<"${OUT%$'\n'}"
	[[ ${lines[0]} == $'FAIL\tone\thealthz\t'* ]]
	same 'one: wanted it running, saw exited 3: no such file' "${lines[1]}" state
	same 'one: wanted SIGTERM to end it with 0 within 10 s, saw 3' "${lines[2]}" end
	same findings "${lines[-1]}" last
}

#!/usr/bin/env bats
# bats file_tags=waits
# scripts/lib/attempt/watch.sh, through attempt.sh: who is ended for being slow or silent, who is left alone, and with what at hand.

load ../helpers

ATTEMPT='. "$LIB/load.sh"; load base attempt
LOG_NAME=attempt SCRATCH=$HOME
attempt() { attempt_run "$@" || status=$?; printf "%s %s\n" "${status:-0}" "$ATTEMPT_ENDED"; }
'
# A second of CPU, then the status; nothing is said meanwhile.
COMPUTE='end=$(($(date +%s) + 4)); while [ "$(date +%s)" -lt "$end" ]; do n=0; while [ "$n" -lt 20000 ]; do n=$((n + 1)); done; done; exit 3'
# $1 bytes every fifth of a second, $2 times, to a file while a connection to port $3, if it is given, is open.
WRITE='
import socket, sys, time
connection = [socket.create_connection(("127.0.0.1", int(port))) for port in sys.argv[3:]]
with open("file", "ab", buffering=0) as file:
    for _ in range(int(sys.argv[2])):
        file.write(bytes(int(sys.argv[1])))
        time.sleep(0.2)
sys.exit(3)'
# Waits for an answer from port $1: nc, or $2, a Python, where there is no nc.
CONNECT='if command -v nc >/dev/null; then exec nc 127.0.0.1 "$1"; fi
exec "$2" -c "import socket; socket.create_connection((\"127.0.0.1\", $1)).recv(1)"'
# Sends to port 53 of this machine, where nobody answers, as a DNS client does.
ASK='import socket, time; s = socket.socket(type=socket.SOCK_DGRAM); s.connect(("127.0.0.1", 53)); time.sleep(20)'
# Listens, connects to itself and waits.
TALK='
import socket, time
listener = socket.create_server(("127.0.0.1", 0))
end = socket.create_connection(listener.getsockname()), listener.accept()
time.sleep(3)'

# begin_server: starts a server that accepts connections and never answers. Sets PORT and SERVER.
begin_server() {
	mkfifo "$BATS_TEST_TMPDIR/port"
	"$PYTHON" -c '
import socket, sys, time
server = socket.create_server(("127.0.0.1", 0))
print(server.getsockname()[1], flush=True)
time.sleep(60)' >"$BATS_TEST_TMPDIR/port" 3>&- &
	SERVER=$!
	read -r PORT <"$BATS_TEST_TMPDIR/port"
}

# need_python: the other clients are programs in Python, which an image with busybox alone does not have.
need_python() {
	snippet 'command -v "$1"' "$PYTHON"
	[ "$RC" -eq 0 ] || skip "wanted Python where the commands run, saw none"
}

teardown() { [ -z "${SERVER:-}" ] || kill "$SERVER"; }

@test "silent command that waits for an answer is ended" {
	begin_server
	snippet "$ATTEMPT"'attempt --silence 1 30 sh -c "$@"' "$CONNECT" sh "$PORT" "$PYTHON"
	ended 0 $'124 silent for 1 s\n'
}

@test "silent command that waits for a name server is ended" {
	need_python
	snippet "$ATTEMPT"'attempt --silence 1 30 "$@"' "$PYTHON" -c "$ASK"
	ended 0 $'124 silent for 1 s\n'
}

@test "silent command without a connection is left alone" {
	snippet "$ATTEMPT"'attempt --silence 1 --stall 1 --min-speed 1024 30 sleep 3'
	ended 0 $'0 \n'
}

@test "silent command that is connected to itself is left alone" {
	need_python
	snippet "$ATTEMPT"'attempt --silence 1 30 "$@"' "$PYTHON" -c "$TALK"
	ended 0 $'0 \n'
}

@test "quiet command that computes is left alone" {
	snippet "$ATTEMPT"'attempt --silence 2 --stall 2 --min-speed 1024 30 sh -c "$1"' "$COMPUTE"
	ended 0 $'3 \n'
}

@test "command that drips is ended while another source is left" {
	need_python
	begin_server
	snippet "$ATTEMPT"'cd; attempt --stall 2 --min-speed 100000 60 "$@"' "$PYTHON" -c "$WRITE" 30 150 "$PORT"
	ended 0 $'124 less than 100000 bytes/s for 2 s\n'
}

@test "command that drips without a connection is left alone" {
	need_python
	snippet "$ATTEMPT"'cd; attempt --stall 2 --min-speed 100000 30 "$@"' "$PYTHON" -c "$WRITE" 10 16
	ended 0 $'3 \n'
}

@test "command that is slow enough is left alone" {
	need_python
	begin_server
	snippet "$ATTEMPT"'cd; attempt --stall 2 --min-speed 1024 30 "$@"' "$PYTHON" -c "$WRITE" 4000 16 "$PORT"
	ended 0 $'3 \n'
}

@test "what left the group and keeps the output open holds nobody up" {
	snippet "$ATTEMPT"'attempt_capture "$HOME/kept" 30 sh -c "setsid sleep 6 & printf said"; printf " %s" "$?"'
	ended 0 'said 0'
	[ "$TOOK" -lt 20000000 ]
}

@test "deadline is kept to two seconds by a command that ignores TERM" {
	snippet "$ATTEMPT"'begun=$(clock_now); attempt 1 sh -c "trap \"\" TERM; sleep 20; sleep 20"; printf "%s\n" "$(($(clock_now) - begun))"'
	ended 0
	[[ $OUT == $'124 the time of 1 s was up\n'[123]$'\n' ]]
}

@test "without setsid the command itself is ended" {
	snippet "$ATTEMPT"'ATTEMPT_SETSID=; attempt 1 sleep 20'
	ended 0 $'124 the time of 1 s was up\n'
}

# elsewhere UNSHARE_OPTIONS SCRIPT [WORD]...: in namespaces of their own
elsewhere() {
	[ "$(id -u)" -eq 0 ] || skip "namespaces, which only root may"
	# shellcheck disable=SC2086 # options, a shell and its options
	OUT=$(unshare $1 env "LIB=$LIB" "SEAWALL_LIB=$LIB" "HOME=$BATS_TEST_TMPDIR" $TEST_SHELL -c "set -eu
$2" snippet "${@:3}" 2>/dev/null)
}

@test "without a proc file system only time counts" {
	elsewhere --mount "mount -t tmpfs none /proc; $ATTEMPT"'attempt --silence 1 3 sleep 20'
	same '124 the time of 3 s was up' "$OUT"
}

@test "works as process 1" {
	need_python
	elsewhere '--pid --fork --mount-proc --net' "$ATTEMPT"'[ "$$" -eq 1 ]; ip link set lo up
attempt --silence 1 30 "$1" "$2" "$3"; status=0; attempt --silence 2 30 "$1" "$2" "$4"' "$PYTHON" -c "$ASK" "$TALK"
	same $'124 silent for 1 s\n0 ' "$OUT"
}

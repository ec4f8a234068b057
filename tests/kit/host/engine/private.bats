#!/usr/bin/env bats
# scripts/lib/host/engine/private.sh and toolbox.sh: the leases and the daemon of a private engine, and where it is fetched from.

load ../../helpers

PRIVATE='
. "$LIB/load.sh"; load base attempt host/machine host/bases host/engine
LOG_NAME=private
'
FAKE_DAEMON='
private_set_paths() { ENGINE_HOME=$SEAWALL_STATE/engine ENGINE_ID=abcde ENGINE_RUN=$SEAWALL_STATE/run; }
daemon_answers() { [ -f "$SEAWALL_STATE/up" ]; }
daemon_start() { printf "start\n"; : >"$SEAWALL_STATE/up"; }
daemon_end() { printf "end\n"; rm -f "$SEAWALL_STATE/up"; }
network_remove() { :; }
toolbox_make() { printf "fetch\n"; mkdir -p "$1/tree"; : >"$1/tree/.complete"; }
'
FAKE_ARCHIVE='
VERSION_OLDEST_ENGINE=24
archive_open() { printf "open %s\n" "${2:-own}"; SUITE=${2:-own}; }
archive_update() { [ "$SUITE" != "$BROKEN" ]; }
archive_fetch_missing() { printf "missing %s\n" "$*"; }
archive_fetch() { printf "fetch %s\n" "$1"; }
archive_candidate() { if [ "$1" = docker.io ]; then printf "%s\n" "$HOSTS"; else printf "1\n"; fi; }
archive_unpack() { mkdir -p "$1/usr/sbin"; }
'

setup() {
	STATE=$BATS_TEST_TMPDIR/state
	mkdir "$STATE"
	sleep 600 3>&- 4>&- & # a process that is alive for as long as the test runs
	ALIVE=$!
}

teardown() { kill "$ALIVE"; }

# with SCRIPT [WORD]...
with() { snippet -e "SEAWALL_STATE=$STATE" -e "HOSTS=${HOSTS:-}" -e "BROKEN=${BROKEN:-}" "$PRIVATE$1" "${@:2}"; }

# is_empty FOLDER
is_empty() { ! compgen -G "$1/*"; }

@test "engine starts once and ends with its last lease" {
	with "$FAKE_DAEMON"'
		ENGINE_LEASE=manual; private_use
		ENGINE_LEASE=$1; private_use; printf "one\n"
		private_release manual; printf "two\n"
		private_release "$1"
	' "$ALIVE"
	ended 0 $'fetch\nstart\none\ntwo\nend\n'
}

@test "lease of a dead process holds nothing" {
	true 3>&- 4>&- &
	dead=$!
	wait "$dead"
	with "$FAKE_DAEMON"'ENGINE_LEASE=$1; private_use; ENGINE_LEASE=manual; private_use; private_release manual' "$dead"
	ended 0 $'fetch\nstart\nend\n'
	is_empty "$STATE/engine/leases"
}

@test "release without an engine does nothing" {
	with "$FAKE_DAEMON"'private_release manual'
	ended 0 '' ''
	is_empty "$STATE"
}

@test "lease whose process id belongs to another process now holds nothing" {
	with "$FAKE_DAEMON"'ENGINE_LEASE=$1; private_use; printf "1\n" >"$ENGINE_HOME/leases/$1"; private_release manual' "$ALIVE"
	ended 0 $'fetch\nstart\nend\n'
	is_empty "$STATE/engine/leases"
}

@test "lease that is a word holds until it is given back, and one of another version for as long as its process runs" {
	with "$FAKE_DAEMON"'ENGINE_LEASE=2nd-run; private_use; private_release manual; printf "held\n"
		: >"$ENGINE_HOME/leases/$1"; private_release 2nd-run; printf "held\n"; private_release "$1"' "$ALIVE"
	ended 0 $'fetch\nstart\nheld\nheld\nend\n'
}

@test "process that has our daemon's id is left alone: another program, and a daemon with another folder" {
	with '
		ENGINE_HOME=$SEAWALL_STATE/engine ENGINE_RUN=$SEAWALL_STATE/run
		cp "$(command -v sleep)" "$SEAWALL_STATE/dockerd"
		"$SEAWALL_STATE/dockerd" 600 >/dev/null 2>&1 &
		for pid in "$1" "$!" x ""; do
			mkdir "$ENGINE_RUN"; printf "%s\n" "$pid" >"$ENGINE_RUN/pid"
			! daemon_pid || printf "ours\n"
			daemon_end
		done
		kill "$!" "$1" && rm "$SEAWALL_STATE/dockerd"' "$ALIVE"
	ended 0 '' ''
	is_empty "$STATE"
	sleep 600 3>&- 4>&- &
	ALIVE=$!
}

@test "await gives up when the daemon has ended" {
	with 'daemon_answers() { return 1; }; true & wait $!; daemon__await $! || printf "gave up\n"'
	ended 0 $'gave up\n'
}

@test "daemon that does not end by itself is killed" {
	with 'daemon_pid() { printf "7\n"; }; kill() { printf "%s\n" "$*"; [ "$2" != KILL ] || daemon_pid() { return 1; }; }
		clock_sleep() { :; }; ENGINE_HOME=$SEAWALL_STATE ENGINE_RUN=$SEAWALL_STATE/run; daemon_end 3'
	ended 0 $'-s TERM 7\n-s KILL 7\n'
}

# fetched WORD...: from where the engine came, after the host's own suite was opened.
fetched() {
	with "$FAKE_ARCHIVE"'toolbox_make "$SEAWALL_STATE"'
	ended 0 "$(printf '%s\n' 'open own' 'missing runc iptables iproute2 tini' "$@")"$'\n'
	[ -f "$STATE/tree/.complete" ]
}

@test "engine comes from the first suite that has it: the host is new" {
	HOSTS=26.1.5
	fetched 'fetch docker.io'
}

@test "engine comes from the first suite that has it: the host is old" {
	HOSTS=20.10
	fetched 'open testing' 'fetch docker.io/testing'
}

@test "engine comes from the first suite that has it: testing is down" {
	HOSTS=20.10 BROKEN=testing
	fetched 'open testing' 'open stable' 'fetch docker.io/stable'
}

@test "lists that cannot be had are an outage and leave no tree" {
	HOSTS=1 BROKEN=own
	with "$FAKE_ARCHIVE"'toolbox_make "$SEAWALL_STATE"'
	ended 75
	[ ! -e "$STATE/tree" ]
}

# lacks UID WORDS: on a machine with this user and without any command.
lacks() {
	with 'VERSION_OLDEST_ENGINE=24; id() { printf "%s\n" '"$1"'; }; command() { return 1; }; private_check_machine'
	ended 71 ''
	[[ $ERR == *"$2"* && $ERR != *$'\n'?* ]]
}

@test "machine that cannot have an engine is 71: not root" { lacks 1000 'am not root'; }
@test "machine that cannot have an engine is 71: not Debian" { lacks 0 'no Debian family'; }

@test "rules of the network carry our comment, and exactly those are removed" {
	with '
		iptables() {
			[ "$4" != -S ] || printf "%s\n" "-A $5 -s 10.0.0.0/8 -m comment --comment seawall-abcdef -j ACCEPT" \
				"-A $5 -s 10.213.0.0/19 -m comment --comment seawall-abcde -j ACCEPT" "-A $5 -m comment --comment \"not seawall-abcde\""
			[ "$4" = -S ] || printf "%s\n" "$*"
		}
		ENGINE_ID=abcde
		network__add_rules 10.213.0.0/19; network__remove_rules
	'
	mapfile -t lines <<<"${OUT%$'\n'}"
	same 5 "${#lines[@]}" rules
	for i in 0 1 2; do [[ ${lines[i]} == *'--comment seawall-abcde' ]]; done
	same '-w -t filter -D FORWARD -s 10.213.0.0/19 -m comment --comment seawall-abcde -j ACCEPT' "${lines[3]}" 'rule of a filter'
	same '-w -t nat -D POSTROUTING -s 10.213.0.0/19 -m comment --comment seawall-abcde -j ACCEPT' "${lines[4]}" 'rule of nat'
}

@test "own apt reads nothing of the host's folders" {
	with 'ARCHIVE_APT=$SEAWALL_STATE ARCHIVE_CODENAME=trixie; archive__write_configuration; cat "$ARCHIVE_APT/apt.conf"'
	for name in Dir::Etc::sourcelist Dir::Etc::sourceparts Dir::State::lists Dir::Cache; do
		[[ $OUT == *"$name \"$STATE/"* ]]
	done
	[[ $OUT == *'APT::Update::Error-Mode "any"'* ]]
}

@test "programs of the toolbox come first and once" {
	mkdir -p "$STATE/usr/lib/x86_64-linux-gnu/xtables"
	with 'toolbox_enter "$SEAWALL_STATE"; toolbox_enter "$SEAWALL_STATE"; printf "%s\n" "$PATH" "$LD_LIBRARY_PATH" "$XTABLES_LIBDIR"'
	mapfile -t lines <<<"${OUT%$'\n'}"
	[[ ${lines[0]} == "$STATE/usr/bin:$STATE/usr/sbin:"* && ${lines[0]#*:*:} != *"$STATE"* ]]
	same "$STATE/usr/lib/x86_64-linux-gnu" "${lines[1]}" libraries
	same "${lines[1]}/xtables" "${lines[2]}" tables
}

#!/usr/bin/env bats
# scripts/lib/ladder/breaker.sh and state.sh: what is remembered of a source, by whom, and for how long.

load ../helpers

BREAKER='. "$LIB/load.sh"; load base verdict ladder
LOG_NAME=breaker NOW=${NOW:-1000} SCRATCH=$HOME/scratch STATE=${STATE-$HOME/state}
clock_now() { printf "%s\n" "$NOW"; }
mkdir -p "$SCRATCH"
breaker_begin
note() { breaker_note pypi https://a.example.org "$@"; }
ask() { breaker_ask pypi https://a.example.org; printf "%s " "$BREAKER"; }
'

# after SECONDS WANTED NOTE...: each NOTE is the words of one outcome
after() {
	local script='' note
	for note in "${@:3}"; do script+="note $note; "; done
	snippet "$BREAKER${script}NOW=\$((NOW + $1)); ask"
	ended 0 "$2 "
}

@test "closed without memory" { after 0 closed; }
@test "fresh after a success" { after 59 fresh ok; }
@test "closed a minute after a success" { after 60 closed ok; }
@test "closed after one failure" { after 0 closed 'fail http-5xx'; }
@test "open after two in a row" { after 29 open 'fail http-5xx' 'fail dns'; }
@test "half-open when the ejection is over" { after 30 half-open 'fail http-5xx' 'fail dns'; }
@test "third failure ejects for twice as long" { after 59 open 'fail dns' 'fail dns' 'fail dns'; }
@test "ejection grows no further than its most" { after 300 half-open 'fail timeout' 'fail timeout' 'fail timeout' 'fail timeout' 'fail timeout' 'fail timeout' 'fail timeout'; }
@test "time-out ejects at once" { after 0 open 'fail timeout'; }
@test "wrong bytes eject at once" { after 0 open 'fail integrity'; }
@test "success between failures closes" { after 0 closed 'fail dns' ok 'fail dns'; }
@test "success after failures is fresh" { after 0 fresh 'fail dns' 'fail dns' ok; }

@test "moment that a source named is kept until it serves again" {
	snippet "$BREAKER"'note fail rate-limited 1040; ask; printf "%s " "$BREAKER_UNTIL"; note ok; ask; printf "%s" "$BREAKER_UNTIL"'
	ended 0 'closed 1040 fresh 0'
}

@test "memory is for all commands that share the folder, by source and upstream" {
	snippet "$BREAKER"'note fail timeout'
	snippet "$BREAKER"'ask; breaker_ask pypi https://b.example.org; printf "%s " "$BREAKER"; breaker_ask apt https://a.example.org; printf "%s" "$BREAKER"'
	ended 0 'open closed closed'
}

@test "without a shared folder a command remembers for itself" {
	snippet -e STATE= "$BREAKER"'note fail timeout; ask'
	ended 0 'open '
	snippet -e STATE= "$BREAKER"'rm -rf "$SCRATCH"; mkdir "$SCRATCH"; breaker_begin; ask'
	ended 0 'closed '
}

@test "half a line, rubbish and a missing file are no memory" {
	snippet "$BREAKER"'note ok; printf "x y\n\n1000 fail time" >>"$BREAKER_FILE"; ask'
	ended 0 'fresh '
}

@test "file is bounded" {
	snippet "$BREAKER"'n=0; while [ "$n" -lt 200 ]; do note fail dns; n=$((n + 1)); done; grep -c . "$BREAKER_FILE"'
	ended 0
	[ "${OUT%$'\n'}" -lt 64 ]
}

@test "name of a file is the checksum of its source" {
	snippet "$BREAKER"'breaker_note pypi default ok; printf "%s\n" "${BREAKER_FILE##*/pypi-}"; printf "%s" default | cksum'
	ended 0
	[ "${OUT%%$'\n'*}" = "$(printf '%s' "${OUT#*$'\n'}" | cut -d ' ' -f 1)" ]
}

@test "parallel writers lose nothing" {
	snippet "$BREAKER"'state_bound() { :; }
		for writer in 1 2 3 4 5 6 7 8; do
			(n=0; while [ "$n" -lt 25 ]; do note fail "class-$writer"; n=$((n + 1)); done) &
		done
		wait
		breaker_ask pypi https://a.example.org
		grep -c -x "1000 fail class-[1-8] 0" "$BREAKER_FILE"'
	ended 0 $'200\n'
}

CLAIM='claim() { if breaker_claim pypi https://a.example.org; then printf "yes "; else printf "no "; fi; }
'

@test "one process probes at a time" {
	snippet "$BREAKER$CLAIM"'claim; claim; breaker_release pypi https://a.example.org; claim'
	ended 0 'yes no yes '
}

@test "probe of a process that died is taken over" {
	snippet "$BREAKER$CLAIM"'process_space; breaker__file pypi https://a.example.org
		ln -s "$PROCESS_SPACE 999999 5 1005" "$BREAKER_FILE.probe"; claim; claim'
	ended 0 'yes no '
}

@test "probe of a process elsewhere is taken over when its time is up" {
	snippet "$BREAKER$CLAIM"'PROCESS_SPACE=there:x:1; claim; PROCESS_SPACE=here:x:1
		NOW=1009; claim; NOW=1010; claim'
	ended 0 'yes no yes '
}

STATE_USE='. "$LIB/load.sh"; load base
LOG_NAME=state STATE_MOUNT=$HOME/mount SCRATCH=$HOME/scratch; mkdir "$SCRATCH"
'

# uses GIVEN NAMED WANTED
uses() {
	snippet "${STATE_USE}mkdir \"\$HOME/there\" \"\$STATE_MOUNT\"; state_use \"\$1\" \"\$2\"; printf '%s' \"\${STATE#\"\$HOME/\"}\"" "$1" "$2"
	ended 0 "$3" ''
}

@test "state: given is made" { uses "$BATS_TEST_TMPDIR/new/folder" "$BATS_TEST_TMPDIR/there" new/folder; }
@test "state: named is used where it is there" { uses '' "$BATS_TEST_TMPDIR/there" there; }
@test "state: named is not made" { uses '' "$BATS_TEST_TMPDIR/host" mount; }
@test "state: the mount" { uses '' '' mount; }

@test "state: none" {
	snippet "$STATE_USE"'state_use "" ""; printf "<%s>" "$STATE"'
	ended 0 '<>' ''
}

@test "state that cannot be written is said once, and all works without" {
	snippet "$STATE_USE"'printf x >"$HOME/file"; state_use "$HOME/file" ""; printf "<%s>" "$STATE"; state_folder breaker >/dev/null'
	ended 0 '<>'
	[[ $ERR == 'state: warn: wanted to write to the state folder '*': this command shares no state with others'$'\n' ]]
}

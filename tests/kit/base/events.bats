#!/usr/bin/env bats
# scripts/lib/base/events.sh: one JSON object a line, in a file or as marked log lines; never a secret.

load ../helpers

EVENTS='. "$LIB/load.sh"; load base
LOG_NAME=events
'
EMIT='events_emit attempt warn upstream pypi source https://bob:s3cret@a.example.org/simple attempt: 2 class timeout'

setup() { FILE=$BATS_TEST_TMPDIR/own/events.jsonl && mkdir "${FILE%/*}"; }

@test "event is a line that keeps the schema" {
	snippet -e "SEAWALL_EVENTS=$FILE" -e SEAWALL_RUN=r1 "$EVENTS$EMIT"
	ended 0 '' ''
	keeps_schema "$(cat "$FILE")"
	json "$(cat "$FILE")" '[it["run"], it["attempt"], it["class"]] == ["r1", 2, "timeout"]'
	json "$(cat "$FILE")" 'it["source"] == "https://***@a.example.org/simple"'
}

@test "without a file it leaves with the log" {
	snippet -e SEAWALL_EVENTS= "$EVENTS$EMIT"
	ended 0 ''
	[[ $ERR == 'seawall-event: {'* ]]
	keeps_schema "${ERR#seawall-event: }"
	json "${ERR#seawall-event: }" 'it["run"] == "none"'
}

@test "file that cannot be written ends nothing" {
	snippet -e "SEAWALL_EVENTS=$BATS_TEST_TMPDIR/no/where" "$EVENTS$EMIT; printf 'on\\n'"
	ended 0 $'on\n' ''
}

@test "in a step it leaves with the mark of its build" {
	snippet -e SEAWALL_EVENTS= "${EVENTS}EVENTS_NONCE=0a1b; $EMIT"
	[[ $ERR == 'seawall-event: 0a1b {"ts":'* ]]
}

@test "file is made for its owner alone, and a link is not followed" {
	snippet -e "SEAWALL_EVENTS=$FILE" "umask 022; $EVENTS$EMIT"
	same 600 "$(stat -c %a "$FILE")" mode
	mv "$FILE" "$FILE.other" && ln -s "$FILE.other" "$FILE"
	snippet -e "SEAWALL_EVENTS=$FILE" "$EVENTS$EMIT; printf '%s\n' more | events_append"
	ended 0 '' ''
	same 1 "$(grep -c . "$FILE.other")" lines
	ln -sf "$FILE.new" "$FILE"
	snippet -e "SEAWALL_EVENTS=$FILE" "$EVENTS$EMIT"
	ended 0 '' ''
	[ ! -e "$FILE.new" ]
}

# bounded LINES KEPT: a file of so many lines, bounded to 10
bounded() {
	seq "$1" >"$FILE"
	snippet -e "SEAWALL_EVENTS=$FILE" "${EVENTS}events_bound 10"
	ended 0
	same "$(seq "$1" | tail -n "$2")" "$(cat "$FILE")"
	same "$FILE" "$(find "${FILE%/*}" -type f)" files
}

@test "file is bounded to its newest lines: twice the bound stays" { bounded 20 20; }
@test "file is bounded to its newest lines: more is cut" { bounded 21 10; }

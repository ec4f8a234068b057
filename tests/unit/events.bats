#!/usr/bin/env bats
# scripts/lib/events.sh: one JSON object a line, in a file or as marked log lines; never a secret.

load helpers

EVENTS='for module in log clock process json events; do . "$LIB/$module.sh"; done
LOG_NAME=events
'
EMIT='event_emit attempt warn upstream pypi source https://bob:s3cret@a.example.org/simple attempt: 2 class timeout'
WAITED='{"ts":"2026-01-01T00:00:00Z","run":"r1","event":"wait","level":"info","wait_s":1}'

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
	ended 0 $'on\n'
}

@test "marked lines of a build are gathered" {
	printf '%s\n' '#7 0.1 hello' "#12 3.456 seawall-event: $WAITED" '#12 seawall-event: no json' \
		"seawall-event: $WAITED" >"$BATS_TEST_TMPDIR/log"
	snippet -e "SEAWALL_EVENTS=$FILE" "$EVENTS"'events_gather "$1"' "$BATS_TEST_TMPDIR/log"
	ended 0
	same "$WAITED"$'\n'"$WAITED" "$(cat "$FILE")"
	keeps_schema "$WAITED"
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

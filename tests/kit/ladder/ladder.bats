#!/usr/bin/env bats
# scripts/lib/ladder/ladder.sh: which source is next, when it waits, how it ends, what it writes down.

load ../helpers

# An attempt answers with the line of its number in `answers`; time, sleep and what is drawn are the test's.
CLIMB='
. "$LIB/load.sh"; load base verdict ladder
LOG_NAME=ladder SEAWALL_EVENTS=$HOME/events SCRATCH=$HOME/scratch
clock_now() { printf "%s\n" "$NOW"; }; clock_read_uptime() { CLOCK_UPTIME=$NOW; }
clock_sleep() { printf "sleep %s\n" "$1"; NOW=$((NOW + $1)); }
backoff_draw() { BACKOFF=$DRAWN; }
ask() {
	printf "ask %s\n" "$1"
	NOW=$((NOW + TAKES))
	sed -n "${LADDER_ATTEMPT}p" "$HOME/answers" >"$LADDER_TEXT"
	case $(cat "$LADDER_TEXT") in
		fine) return 0 ;;
		hung) return 124 ;;
		"changed: "*) finding_retry_at_once ;;
		"known "*) finding_set cache-import gha-cache gha:main "" "a layer is missing" ;;
		"later "*) finding_set rate-limited "" "" "$((NOW + 7))" ;;
	esac
	return 1
}
asked_after() {
	printf "probe %s\n" "$1"
	printf "%s\n" "$PROBED" >"$LADDER_TEXT"
	[ "$PROBED" = fine ]
}
SEAWALL_DEADLINE=@$LADDER_DEADLINE
rm -rf "$SCRATCH" && mkdir "$SCRATCH"
ladder_begin
[ -z "${FAILED:-}" ] || choice_take_failed "$FAILED"
status=0
ladder_climb --tool go $OPTIONS "$1" go-proxy "$2" ask || status=$?
printf "class %s\n" "$FINDING_CLASS"
exit "$status"'
UNAVAILABLE='reading https://a.example.org/@v/v1.mod: 503 Service Unavailable'
REFUSED='Get https://a.example.org/@v/v1.mod: dial tcp 192.0.2.1:443: connect: connection refused'
RESET='read tcp 192.0.2.1:443: connection reset by peer'
WRONG='verifying example.org/hello@v1.0.0: checksum mismatch'
EXPIRED='The following signatures were invalid: EXPKEYSIG 0123456789ABCDEF Example'
MISSING='reading https://a.example.org/@v/v1.mod: 404 Not Found'
LOGIN='reading https://a.example.org/@v/v1.mod: 401 Unauthorized'
FORBIDDEN='reading https://a.example.org/@v/v1.mod: 403 Forbidden'
UNTRUSTED='x509: certificate signed by unknown authority'
COMPILE='./main.go:3:1: undefined: x'
NESTED='#9 1.2 python-packages: error: pypi: rate-limited, tried 4 times: an outage, run again later'

setup() { EVENTS=$BATS_TEST_TMPDIR/events SETTING=(); }

# Every event of this file's tests.
teardown_file() {
	[ ! -f "$BATS_FILE_TMPDIR/events" ] || keeps_schema "$(cat "$BATS_FILE_TMPDIR/events")"
}

# climb ROUNDS SOURCES [9x] ANSWER...
# Leaves ASKED, SLEPT and CLASS beside what `snippet` does. 9x: the answers nine times over. SETTING holds NAME=VALUE.
climb() {
	local rounds=$1 sources=$2 times=1 pair
	local -a more=()
	shift 2
	[ "${1:-}" != 9x ] || { times=9 && shift; }
	while [ "$times" -gt 0 ]; do printf '%s\n' "$@" && times=$((times - 1)); done >"$BATS_TEST_TMPDIR/answers"
	: >"$EVENTS"
	for pair in OPTIONS= NOW=1000 TAKES=0 DRAWN=1 SEAWALL_BUDGET=10 LADDER_DEADLINE=1100 "${SETTING[@]}"; do more+=(-e "$pair"); done
	snippet "${more[@]}" "$CLIMB" "$rounds" "$sources"
	cat "$EVENTS" >>"$BATS_FILE_TMPDIR/events"
	ASKED=$(said ask) SLEPT=$(said sleep) CLASS=$(said class)
}

# said WORD: what stands behind it on the lines of OUT
said() { printf '%s' "$OUT" | sed -n "s/^$1 //p" | paste -s -d ' ' -; }

# told EVENT KEY: its values in the events of that kind, in order
told() { sed -n "/\"event\":\"$1\"/s/.*\"$2\":\"\{0,1\}\([^\",}]*\).*/\1/p" "$EVENTS" | paste -s -d ' ' -; }

# reaches SOURCES ASKED SLEPT ANSWER...
reaches() {
	local asked=$2 slept=$3
	climb 3 "$1" "${@:4}"
	ended 0
	same "$asked" "$ASKED" asked
	same "$slept" "$SLEPT" slept
	same '' "$CLASS" class
}

@test "good bytes: first is fine" { reaches 'a b c' a '' fine; }
@test "good bytes: failover comes before waiting" { reaches 'a b' 'a b' '' "$UNAVAILABLE" fine; }
@test "good bytes: failover even when the same again would do" { reaches 'a b' 'a b' '' "$RESET" fine; }
@test "good bytes: order is the user's" { reaches 'c a b' 'c a b' '' "$UNAVAILABLE" "$REFUSED" fine; }
@test "good bytes: waits when none is left" { reaches 'a b' 'a b a' 1 "$UNAVAILABLE" "$UNAVAILABLE" fine; }
@test "good bytes: a dead source does not stop the next" {
	reaches 'a b' 'a b a b' 1 "$REFUSED" "$UNAVAILABLE" "$REFUSED" fine
}
@test "good bytes: one source is asked again" { reaches a 'a a' 1 "$UNAVAILABLE" fine; }
@test "good bytes: hangs are failed over" { reaches 'a b' 'a b' '' hung fine; }
@test "good bytes: wrong bytes are asked for elsewhere" { reaches 'a b' 'a b' '' "$WRONG" fine; }
@test "good bytes: untrusted is asked for elsewhere" { reaches 'a b' 'a b' '' "$UNTRUSTED" fine; }
@test "good bytes: who refuses is left for another" { reaches 'a b' 'a b' '' "$FORBIDDEN" fine; }
@test "good bytes: who lied is not asked again" { reaches 'a b' 'a b b' 1 "$WRONG" "$UNAVAILABLE" fine; }
@test "good bytes: something was changed, so the same source is asked at once" {
	reaches 'a b' 'a a b' '' "changed: $UNAVAILABLE" "$UNAVAILABLE" fine
}
@test "good bytes: what was changed since is no second failure" {
	reaches a 'a a a a' 1 "changed: $UNAVAILABLE" "changed: $UNAVAILABLE" "$UNAVAILABLE" fine
}
@test "good bytes: the time that a finding names is waited for" { reaches a 'a a' 7 'later 429' fine; }
@test "good bytes: another failure on the same source is no second" {
	reaches a 'a a a' '1 1' "$UNAVAILABLE" "$REFUSED" fine
}

# ends SOURCES ASKED CODE CLASS [9x] ANSWER...
ends() {
	climb 5 "$1" "${@:5}"
	ended "$3"
	same "$2" "$ASKED" asked
	same "$4" "$CLASS" class
}

# A build tells its steps that the source failed before the kit was in them.
@test "good bytes: source that failed before the step is asked after the others, and waits no more than they do" {
	SETTING=(FAILED='go-proxy default 999')
	reaches 'default b' b '' fine
	reaches 'default b' 'b default' '' "$UNAVAILABLE" fine
	reaches default default '' fine
	SETTING=(FAILED='go-proxy default 960')
	reaches 'default b' default '' fine
	SETTING=(FAILED='pypi default 999')
	reaches 'default b' default '' fine
}
@test "ends: missing where it was asked early, then where it comes first" {
	SETTING=(FAILED='go-proxy default 999')
	ends 'default b' 'b default' 69 not-found "$MISSING" "$MISSING"
	ends 'default b' 'b default default' 75 http-5xx "$MISSING" "$UNAVAILABLE" "$UNAVAILABLE"
	reaches 'default b' 'b default' '' "$MISSING" fine
}
@test "ends: same failure twice" { ends a 'a a' 75 http-5xx 9x "$UNAVAILABLE"; }
@test "ends: same failure twice on each" { ends 'a b' 'a b a b' 75 connection-refused 9x "$UNAVAILABLE" "$REFUSED"; }
@test "ends: missing" { ends 'a b' a 69 not-found "$MISSING"; }
@test "ends: login wanted" { ends 'a b' a 77 auth "$LOGIN"; }
@test "ends: forbidden everywhere" { ends 'a b' 'a b' 77 auth 9x "$FORBIDDEN"; }
@test "ends: does not compile" { ends 'a b' a 1 build-command-failed "$COMPILE"; }
@test "ends: unknown" { ends 'a b' a 1 other 'never seen before'; }
@test "ends: nothing said" { ends 'a b' a 1 other ''; }
@test "ends: missing after an outage" { ends 'a b' 'a b a' 75 http-5xx "$UNAVAILABLE" "$MISSING" "$UNAVAILABLE"; }
@test "ends: untrusted everywhere" { ends 'a b' 'a b' 71 tls 9x "$UNTRUSTED"; }
@test "ends: wrong everywhere" { ends 'a b' 'a b' 65 integrity 9x "$WRONG"; }
@test "ends: wrong, then an outage" { ends 'a b' 'a b b' 65 integrity "$WRONG" "$UNAVAILABLE" "$UNAVAILABLE"; }
@test "ends: wrong, then missing" { ends 'a b' 'a b' 65 integrity "$WRONG" "$MISSING"; }
@test "ends: signing key expired for all" { ends 'a b' a 65 integrity "$EXPIRED"; }
@test "ends: hangs" { ends a 'a a' 75 timeout 9x hung; }
@test "ends: the last line of a command inside is prose, and no class is read from it" { ends a a 1 other 9x "$NESTED"; }
@test "ends: a class that is known is not looked for in the output" { ends a a 75 cache-import 9x "known $MISSING"; }
@test "ends: something was changed and the failure is permanent" { ends a a 69 not-found 9x "changed: $MISSING"; }

# lasts ANSWER...: what time does not mend is not waited for
lasts() {
	climb 2 'a b' "$@"
	same '' "$SLEPT" slept
	same '' "$(told wait wait_s)" waits
}

@test "not waited for: missing" { lasts "$MISSING"; }
@test "not waited for: refused login" { lasts "$LOGIN"; }
@test "not waited for: wrong everywhere" { lasts "$WRONG" "$WRONG"; }
@test "not waited for: untrusted everywhere" { lasts "$UNTRUSTED" "$UNTRUSTED"; }

# budget N ASKED
budget() {
	SETTING=("SEAWALL_BUDGET=$1")
	climb 2 'a b c' 9x "$UNAVAILABLE"
	ended 75
	same "$2" "$ASKED" asked
	[[ $ERR == *"no retry left: the budget of the build is $1 (SEAWALL_BUDGET)"* ]]
}

@test "budget counts retries: 0" { budget 0 a; }
@test "budget counts retries: 1" { budget 1 'a b'; }
@test "budget counts retries: 2" { budget 2 'a b c'; }
@test "budget counts retries: 4" { budget 4 'a b c a b'; }

@test "spent budget is not waited for" {
	SETTING=(SEAWALL_BUDGET=1)
	climb 2 'a b' 9x "$UNAVAILABLE"
	same 'a b' "$ASKED" asked
	same '' "$SLEPT$(told wait wait_s)" waits
}

@test "deadline passed before anything is its own code" {
	SETTING=(LADDER_DEADLINE=1000)
	climb 2 'a b' fine
	ended 124
	same ' timeout' "$ASKED $CLASS"
	same '' "$(cat "$EVENTS")" events
}

@test "deadline passed after a failure names the failure" {
	SETTING=(TAKES=60)
	climb 2 'a b c' 9x "$UNAVAILABLE"
	ended 75
	same 'a b: : http-5xx' "$ASKED: $SLEPT: $CLASS"
	same '60 60' "$(told attempt elapsed_s)" elapsed
}

# before DEADLINE CODE ASKED SLEPT: the wait that is drawn is 2
before() {
	SETTING=(DRAWN=2 "LADDER_DEADLINE=$1")
	climb 2 a "$UNAVAILABLE" fine
	ended "$2"
	same "$3: $4" "$ASKED: $SLEPT"
}

@test "wait that would reach the deadline is not begun" { before 1003 75 a ''; }
@test "wait that ends before the deadline is begun" { before 1004 0 'a a' 2; }

@test "every attempt and wait is an event in order" {
	SETTING=(TAKES=3 SEAWALL_RUN=r1)
	climb 2 'a b' "$UNAVAILABLE" "$WRONG" fine
	same 'attempt attempt wait attempt' "$(told '[a-z]*' event)" events
	same 'a b a' "$(told attempt source)" sources
	same '1 2 3' "$(told attempt attempt)" attempts
	same 'http-5xx integrity ' "$(told attempt class)" classes
	same 'elsewhere elsewhere done' "$(told attempt verdict)" verdicts
	same 'warn warn info' "$(told attempt level)" levels
	same '1 1 0' "$(told attempt exit)" codes
	same 'r1 r1 r1' "$(told attempt run)" run
	same 'go-proxy go-proxy go-proxy' "$(told attempt upstream)" upstream
	same '3 3 3' "$(told attempt elapsed_s)" elapsed
}

@test "events name the real source, the verdict at-once and the words of a finding" {
	climb 2 a "changed: $UNAVAILABLE" "known x" fine
	same 'a a' "$(told attempt source)" sources
	same 'at-once degrade' "$(told attempt verdict)" verdicts
	same ' a layer is missing' "$(told attempt detail)" details
	[[ $ERR == *'go-proxy a: cache-import of gha-cache gha:main, a layer is missing'* ]]
}

@test "climb makes no more attempts than its option allows" {
	SETTING=('OPTIONS=--attempts 2')
	climb 5 a 9x "changed: $UNAVAILABLE"
	same 'a a' "$ASKED" asked
	[[ $ERR == *'no attempt left: the limit is 2'* ]]
}

# settled PROBED CODE ASKED CLASS ANSWER: one source, whose probe answers with PROBED, and an answer that no rule knows.
settled() {
	SETTING=('OPTIONS=--probe asked_after' "PROBED=$1")
	climb 3 a 9x "$5"
	ended "$2"
	same "$3" "$ASKED" asked
	same "$4" "$CLASS" class
}

@test "unknown text: the probe finds an outage" {
	settled "$UNAVAILABLE" 75 'a a' http-5xx 'never seen before'
	same 'a a' "$(said probe)" probed
}
@test "unknown text: the probe finds nobody" { settled "$REFUSED" 75 'a a' connection-refused 'it did not work out'; }
@test "unknown text: the probe finds a healthy source" {
	settled fine 1 a other 'never seen before'
	same a "$(said probe)" probed
}
@test "unknown text: a probe that is refused is an answer" { settled "$LOGIN" 1 a other 'never seen before'; }
@test "mistake of the caller: nothing is probed" {
	settled "$UNAVAILABLE" 1 a build-command-failed "$COMPILE"
	same '' "$(said probe)" probed
}

@test "eager: the first attempt needs no probe, and the user's own mistake is told by the tool alone" {
	SETTING=('OPTIONS=--eager --probe asked_after' "PROBED=$UNAVAILABLE")
	climb 2 'a b' fine
	ended 0
	same 'a:' "$ASKED:$(said probe)" 'asked, probed'
	climb 2 'a b' "$COMPILE"
	ended 1
	same a "$ASKED" asked
	[[ $ERR != *'ladder: warn'* ]]
}

@test "source that lied is named though all ends well" {
	climb 2 'https://a.example.org https://b.example.org' "$WRONG" fine
	ended 0
	[[ $ERR == *$'ladder: warn: go-proxy https://a.example.org: integrity\n'* ]]
}

@test "credentials of a source reach the client only" {
	climb 2 https://user:hunter2@a.example.org "$MISSING"
	same https://user:hunter2@a.example.org "$ASKED" asked
	same 'https://***@a.example.org' "$(told attempt source)" sources
	[[ $ERR != *hunter2* ]]
}

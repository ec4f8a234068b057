#!/usr/bin/env bats
# scripts/lib/base/settings.sh: environment before file before default; what is wrong is named with its place.

load ../helpers

SETTINGS='. "$LIB/load.sh"; load base
LOG_NAME=settings
'
NONE='settings_load /nonexistent; '

setup() { CONF=$BATS_TEST_TMPDIR/seawall.conf; }

@test "environment wins over file wins over default" {
	printf 'SEAWALL_BUDGET=3\nSEAWALL_STALL=4\n' >"$CONF"
	snippet -e SEAWALL_BUDGET=2 "$SETTINGS"'settings_load "$1"
		printf "%s " "$SEAWALL_BUDGET" "$SEAWALL_STALL" "$SEAWALL_SILENCE"' "$CONF"
	ended 0 '2 4 60 '
}

@test "empty value is none and wins too" {
	printf 'SEAWALL_BASE_FALLBACKS=a=b\n' >"$CONF"
	snippet -e SEAWALL_BASE_FALLBACKS= "$SETTINGS"'settings_load "$1"; printf "<%s>" "$SEAWALL_BASE_FALLBACKS"' "$CONF"
	ended 0 '<>'
}

@test "file is read and never run" {
	ran=$BATS_TEST_TMPDIR/ran
	value="\$(touch $ran)\`touch $ran\`"
	printf '# $(touch %s)\n\nSEAWALL_SEED=%s' "$ran" "$value" >"$CONF"
	snippet "$SETTINGS"'settings_load "$1"; printf "%s" "$SEAWALL_SEED"' "$CONF"
	ended 0 "$value"
	[ ! -e "$ran" ]
}

@test "file of another name is the one that SEAWALL_CONF names" {
	printf 'SEAWALL_BUDGET=7\n' >"$BATS_TEST_TMPDIR/other.conf"
	printf 'SEAWALL_BUDGET=3\n' >"$CONF"
	snippet -e "SEAWALL_CONF=$BATS_TEST_TMPDIR/other.conf" "$SETTINGS"'settings_load "$1"; printf "%s" "$SEAWALL_BUDGET"' "$CONF"
	ended 0 7
}

# state NAME=VALUE FOLDER
state() {
	snippet -e "$1" "$SETTINGS$NONE"'settings_use_home; printf "%s %s" "$SEAWALL_STATE" "$SEAWALL_EVENTS"'
	ended 0 "$2 $2/events.jsonl"
}

@test "state folder is in HOME" { state HOME=/h /h/.local/state/seawall; }
@test "state folder follows XDG" { state XDG_STATE_HOME=/x /x/seawall; }

@test "option wins over environment, and is a place" {
	printf 'SEAWALL_STALL=4\n' >"$CONF"
	snippet -e SEAWALL_HTTPS_ONLY=maybe "$SETTINGS"'settings_use_option SEAWALL_HTTPS_ONLY on; settings_load "$1"
		printf "%s " "$SEAWALL_HTTPS_ONLY"; for name in SEAWALL_HTTPS_ONLY SEAWALL_STALL SEAWALL_BUDGET; do settings_place $name; done' "$CONF"
	ended 0 $'on option\nconf\ndefault\n' ''
}

@test "what is set somewhere is handed on, and is the same there" {
	printf 'SEAWALL_STALL=4\nSEAWALL_REGISTRY_MIRRORS=\nSEAWALL_STATE=/a  b\\n$x\n' >"$CONF"
	snippet -e "SEAWALL_SEED=s 1" "$SETTINGS"'load host/settings; settings_load "$1"; settings_print_set' "$CONF"
	ended 0 $'SEAWALL_REGISTRY_MIRRORS=\nSEAWALL_STALL=4\nSEAWALL_STATE=/a  b\\n$x\nSEAWALL_SEED=s 1\n' ''
}

# wrong LINE TEXT: 78, one message with the file, the line's number and the text
wrong() {
	printf '# first\n%s\n' "$1" >"$CONF"
	snippet "$SETTINGS"'settings_load "$1"' "$CONF"
	ended 78
	[[ $ERR == *"$CONF:2: "*"$2"* && $ERR != *$'\n'?* ]] || same "$2" "$ERR" err
}

@test "wrong: unknown" { wrong SEAWALL_BUDGT=3 "unknown setting 'SEAWALL_BUDGT': wanted one of those in scripts/README.md, perhaps SEAWALL_BUDGET"; }
@test "wrong: unknown with another ending" { wrong SEAWALL_GO_PROXY=default 'perhaps SEAWALL_GO_PROXIES'; }
@test "wrong: other name" { wrong BUDGET=3 "wanted SEAWALL_NAME=VALUE, the name in capital letters and underscores"; }
@test "wrong: no equals sign" { wrong 'SEAWALL_BUDGET 3' "wanted SEAWALL_NAME=VALUE"; }
@test "wrong: line is not quoted" { wrong 'AWS_SECRET_ACCESS_KEY=s3cret' 'correct or remove the line' && [[ $ERR != *s3cret* && $ERR != *AWS* ]]; }
@test "wrong: word for number" { wrong SEAWALL_BUDGET=three "SEAWALL_BUDGET: wanted a whole number, saw 'three'"; }
@test "wrong: negative" { wrong SEAWALL_BUDGET=-1 'wanted a whole number'; }
@test "wrong: too large" { wrong SEAWALL_BUDGET=99999999999999999999 'wanted a whole number'; }
@test "wrong: deadline" { wrong SEAWALL_DEADLINE=soon 'wanted seconds, or @ and seconds since the epoch'; }
@test "wrong: one of" { wrong SEAWALL=maybe "wanted one of on off, saw 'maybe'"; }
@test "wrong: scheme" { wrong SEAWALL_GO_PROXIES=ftp://a.example.org 'URLs, blanks between'; }
@test "wrong: comma" { wrong SEAWALL_GO_PROXIES=https://a.example.org,https://b.example.org 'blanks between'; }
@test "wrong: pair" { wrong SEAWALL_REGISTRY_MIRRORS=docker.io "wanted 'none' or NAME=OTHER"; }
@test "wrong: plan" { wrong SEAWALL_STRATEGIES=fast 'wanted gha-full'; }
@test "wrong: file" { wrong SEAWALL_CA_BUNDLE=/nonexistent.pem 'wanted a readable file'; }

@test "wrong value in the environment is 78 and says so" {
	snippet -e SEAWALL_STALL=x "$SETTINGS$NONE"
	ended 78
	[[ $ERR == *'environment: SEAWALL_STALL: wanted a whole number'* ]]
}

@test "password in a wrong value is not printed" {
	snippet -e SEAWALL_GO_PROXIES=htp://bob:s3cret@a.example.org "$SETTINGS$NONE"
	ended 78
	[[ $ERR != *s3cret* ]]
}

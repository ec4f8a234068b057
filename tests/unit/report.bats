#!/usr/bin/env bats
# scripts/lib/host/job/run-report.sh: the report keeps its schema, holds no secret, and is whole or not there.

load helpers

# A fake docker says how large its cache is.
REPORT='
. "$LIB/load.sh"; load base attempt verdict host/machine host/registry host/call host/bases host/images host/engine host/upkeep host/job
LOG_NAME=report SEAWALL_RUN=20260101t000000-1
docker() {
    case $1 in system) printf "Images 0B\nBuild Cache %s\n" "$CACHE" ;; *) printf "fake docker %s\n" "$*" ;; esac
}
run_report_prepare "$1"
printf "build\tok\t3\tall \"well\"\n" >"$SCRATCH/steps.tsv"
printf "one\tsha256:%064d\t99\t1\n" 1 >"$SCRATCH/images.tsv"
printf "pulled from https://user:secret@example.org/x\n" >"$JOB_LOG"
events_emit attempt info upstream builder source current attempt: 1 class "" verdict done elapsed_s: 3 exit: 0 detail one
IMAGES_DEGRADED=" golang:1" JOB_CLASSES="" ENGINE_KIND=found ENGINE_VERSION=28.5.2 BUILDX_VERSION=0.29.1
'

setup() {
	cd "$BATS_TEST_TMPDIR"
	mkdir scratch
}

# report CODE [FOLDER]
report() {
	snippet -e "SCRATCH=$PWD/scratch" -e "JOB_LOG=$PWD/scratch/build.log" -e "SEAWALL_EVENTS=$PWD/events.jsonl" \
		-e "SEAWALL_STATE=$PWD" -e "CACHE=${CACHE-1.234GB}" "$REPORT"'run_report_write "$1" "$2"' "${2:-$PWD/report}" "$1"
}

# is EXPRESSION: of the report.
is() { json "$(<report/report.json)" "$1"; }

@test "report of a good run keeps the schema" {
	report 0
	ended 0
	keeps_schema "$(<report/report.json)" report
	is 'it["degraded"] == ["golang:1"] and it["cache_bytes"] == 1_234_000_000 and it["images"][0]["bytes"] == 99'
	is 'it["steps"] == [{"name": "build", "result": "ok", "duration_s": 3, "detail": "all \"well\""}]'
	same 'build.log events.jsonl report.json report.md' "$(cd report && printf '%s ' * | sed 's/ $//')" files
	[[ $(<report/build.log) == *example.org* && $(<report/build.log) != *secret* ]]
	! compgen -G 'report.*'
}

@test "failed run adds what a bug report needs" {
	report 75
	ended 0
	keeps_schema "$(<report/report.json)" report
	for part in 'docker version' 'docker buildx ls' 'df -P'; do
		grep -q "^== $part" report/diagnosis.txt
	done
}

@test "earlier report is replaced and other files stay" {
	mkdir report
	printf mine >report/notes.txt
	printf 'of an earlier failure' >report/diagnosis.txt
	report 0
	ended 0
	same mine "$(<report/notes.txt)" notes
	[ ! -e report/diagnosis.txt ]
}

# size SHOWN BYTES
size() {
	CACHE=$1
	report 0
	ended 0
	is "it['cache_bytes'] == $2"
}

@test "sizes are read as docker prints them: none" { size 0B 0; }
@test "sizes are read as docker prints them: kilo" { size 12.5kB 12_500; }
@test "sizes are read as docker prints them: mega" { size 812.3MB 812_300_000; }
@test "sizes are read as docker prints them: giga" { size 1.07GB 1_070_000_000; }
@test "sizes are read as docker prints them: tera" { size 2TB 2_000_000_000_000; }
@test "sizes are read as docker prints them: silence" { size '' 0; }

@test "report folder that cannot be made is 73" {
	report 0 "$PWD/nowhere/report"
	ended 73 ''
	[[ $ERR == ?*$'\n' && $ERR != *$'\n'?* ]]
}

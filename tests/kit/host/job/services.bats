#!/usr/bin/env bats
# scripts/lib/host/job/services.sh and owned.sh: the table of services, and what a run calls its own.

load ../../helpers

SERVICES='. "$LIB/load.sh"; load base attempt verdict ladder host/machine host/registry host/call host/bases host/images host/engine host/upkeep host/job
LOG_NAME=services
'

# services SCRIPT [WORD]...: with a table of two.
services() {
	printf '# name\truntime\tMB\none\tstatic\t60\ntwo\tpython\t350\n' >"$BATS_TEST_TMPDIR/services.tsv"
	snippet -e "SERVICES_TABLE=$BATS_TEST_TMPDIR/services.tsv" "$SERVICES$1" "${@:2}"
}

@test "services come from the table" {
	services 'services_names; services_kinds "two one"; services_limit two; services_known one'
	ended 0
	read -rd '' -a words <<<"$OUT" || :
	same 'one two python static 350 one' "${words[*]}"
}

# unknown NAME
unknown() {
	services 'services_known "$1"' "$1"
	ended 64 ''
	[[ $ERR == *"unknown service '$1': wanted one of one two"* ]]
}

@test "unknown service is 64 and names the known ones" { unknown three; }
@test "unknown service is 64 and names the known ones: part of one" { unknown on; }
@test "unknown service is 64 and names the known ones: a pattern" { unknown o.e; }
@test "unknown service is 64 and names the known ones: nothing" { unknown ''; }

@test "only what carries the run is removed" {
	# The fake docker notes what it is asked.
	snippet -e "ASKED=$BATS_TEST_TMPDIR/asked" '
		. "$LIB/load.sh"; load base attempt verdict ladder host/machine host/registry host/call host/bases host/images host/engine host/upkeep host/job
		docker() { printf "%s\n" "$*" >>"$ASKED"; }
		SEAWALL_RUN=r1
		owned_remove
		owned_remove_images
	'
	ended 0
	questions=0
	while read -r question; do
		questions=$((questions + 1))
		[[ $question == *' ls '* || $question == 'ps '* ]]
		[[ $question == *label=seawall.run=r1* || $question == *'-r1/*'* ]]
	done <"$BATS_TEST_TMPDIR/asked"
	same 5 "$questions" questions
}

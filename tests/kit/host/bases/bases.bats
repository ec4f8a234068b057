#!/usr/bin/env bats
# scripts/lib/host/bases/bases.sh and its table: which emergency base is which, and when one is used again.

load ../../helpers

BASES='
. "$LIB/load.sh"; load base attempt host/machine host/bases host/engine
LOG_NAME=bases SEAWALL_RUN=r1
settings_load /nonexistent
'

# bases MIRROR SCRIPT
bases() { snippet -e "SEAWALL_STATE=$BATS_TEST_TMPDIR" -e "SEAWALL_APT_MIRRORS=http://$1.example.org/debian" "$BASES$2"; }

@test "unknown base is 64 and names the known ones" {
	bases a 'bases_make nope'
	ended 64
	[[ $ERR == *'wanted one of go-builder python-builder python-runtime static'* ]]
}

@test "finished base is used again, and another mirror is another base" {
	bases b "bases__find go-builder; printf '%s\n' \"\$BASE_LAYOUT\""
	other=${OUT%$'\n'}
	bases a "bases__find go-builder; printf '%s\n' \"\$BASE_LAYOUT\""
	own=${OUT%$'\n'}
	[[ $own == "$BATS_TEST_TMPDIR"/* && $own != "$other" ]]
	mkdir -p "$own"
	printf '{}' >"$own/index.json"
	bases a "bases_make go-builder; printf '%s\n' \"\$BASE_LAYOUT\""
	ended 0 "$own"$'\n'
}

@test "table of bases has a parent for each that names one" {
	declare -A parents=()
	while IFS=$'\t' read -r name _ _ parent _; do
		[[ $name == '#'* ]] || parents[$name]=$parent
	done <"$LIB/host/bases/bases.tsv"
	roots=0
	for parent in "${parents[@]}"; do
		[ "$parent" != - ] || { roots=$((roots + 1)) && continue; }
		[[ -v parents[$parent] ]]
	done
	same 3 "$roots" 'bases without a parent'
}

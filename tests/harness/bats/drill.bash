# Drills in bats: load this file by its path, then
#
#   setup_file() { drill_run path/to/Dockerfile --fault 503; }
#   @test 'the kit survives' { drill_cells kit not survived; [ -z "$output" ]; }
#
# A report that is there already is read instead: DRILL_REPORT=DIR in the environment.

# drill_run DOCKERFILE ARGUMENT...: drills with arguments of fault-drill.sh; fails where it ends without a board.
drill_run() {
	export DRILL_REPORT=$BATS_FILE_TMPDIR/drill
	local code=0
	"${BASH_SOURCE[0]%/*}/../../../scripts/fault-drill.sh" -f "$1" --report "$DRILL_REPORT" "${@:2}" >&3 2>&3 || code=$?
	case $code in 0 | 1) ;; *) return "$code" ;; esac
}

# drill_cells CONTESTANT [not] GRADE: sets `output` to the titles of the cells in which a contestant has a grade
# (survived, right, polite, truthful), or has it not; a grade that could not be told is neither. Cells that are INVALID
# count for the grade `valid` alone.
drill_cells() {
	local wanted=True
	[ "$2" != not ] || wanted=False
	# shellcheck disable=SC2034 # bats has this name for what a command said
	output=$(
		python3 - "$DRILL_REPORT/board.json" "$1" "${!#}" "$wanted" <<-'END'
			import json, sys
			file, name, grade, wanted = sys.argv[1:]
			for cell in json.load(open(file))["cells"]:
			    for play in cell["plays"]:
			        found = not cell["invalid"] if grade == "valid" else None if cell["invalid"] else play[grade]
			        if play["contestant"] == name and str(found) == wanted:
			            print(cell["title"])
		END
	)
}

# shellcheck shell=bash
# Loaded by the .bats files here: `snippet` runs shell code in the shell of this run, `ended`, `same` and `json` compare.
# Without pytest, which sets TEST_SHELL and the PYTHON that has its requirements, the shell is dash.

: "${TEST_SHELL:=dash}" "${LIB:=$(cd "${BASH_SOURCE[0]%/*}/../../scripts/lib" && pwd)}" "${PYTHON:=python3}"

# snippet [-e NAME=VALUE]... SCRIPT [WORD]...
# Runs SCRIPT with `set -eu`, nothing of the caller's environment and HOME in the test's own folder. Leaves OUT and ERR
# with every blank line, RC, and in TOOK the microseconds until the last process let go of stdout.
# `set +T`: with functrace bats runs a function before each command of ours; the test itself stays traced.
snippet() {
	local -
	set +T
	snippet__run "$@"
}

snippet__run() {
	local begun=${EPOCHREALTIME/[.,]/} name script
	local -a setting=("HOME=$BATS_TEST_TMPDIR" LANG=C.UTF-8 "LIB=$LIB" "SEAWALL_LIB=$LIB")
	for name in PATH TMPDIR CI; do
		[ -z "${!name+set}" ] || setting+=("$name=${!name}")
	done
	while [ "$1" = -e ]; do
		setting+=("$2")
		shift 2
	done
	script=$1
	shift
	# shellcheck disable=SC2086 # a shell and its options
	OUT=$(
		env -i "${setting[@]}" $TEST_SHELL -c $'set -eu\n'"$script" snippet "$@" </dev/null 2>"$BATS_RUN_TMPDIR/err" 3>&- 4>&-
		printf '.%s' "$?"
	)
	RC=${OUT##*.} OUT=${OUT%.*}
	IFS= read -r -d '' ERR <"$BATS_RUN_TMPDIR/err" || : # no NUL is in it, so the read ends at the end
	# shellcheck disable=SC2034 # tests read it
	TOOK=$((${EPOCHREALTIME/[.,]/} - begun))
}

# same WANTED SEEN [WHAT]
same() {
	[ "$1" != "$2" ] || return 0
	printf '%s: wanted %q\n%s: saw    %q\n' "${3:-value}" "$1" "${3:-value}" "$2"
	[ "${3:-}" != code ] || printf '%s\n' "-- out" "$OUT" "-- err" "$ERR"
	return 1
}

# ended CODE [OUT [ERR]]: how the last snippet must have ended.
ended() {
	local -
	set +T
	same "$1" "$RC" code
	[ $# -lt 2 ] || same "$2" "$OUT" out
	[ $# -lt 3 ] || same "$3" "$ERR" err
}

# json TEXT EXPRESSION [WORD]...: whether the Python expression is true, where `it` is what TEXT says and `words` the rest.
json() {
	"$PYTHON" -c '
import json, sys
text, expression, *words = sys.argv[1:]
it = json.loads(text)
if not eval(expression):
    sys.exit(f"wanted {expression} with {words}, saw {text}")
' "$@"
}

# keeps_schema TEXT [report]: whether each line is an event of scripts/events.schema.json, or the whole a report of the kit.
keeps_schema() {
	"$PYTHON" -c '
import json, pathlib, sys
from jsonschema import Draft202012Validator
from referencing import Registry, Resource
text, name, folder = sys.argv[1:]
schemas = {path.name: json.loads(path.read_text()) for path in pathlib.Path(folder).glob("*.schema.json")}
known = Registry().with_resources((name, Resource.from_contents(schema)) for name, schema in schemas.items())
check = Draft202012Validator(schemas[name + ".schema.json"], registry=known)
for part in [text] if name == "report" else text.splitlines():
    for error in check.iter_errors(json.loads(part)):
        sys.exit(f"wanted one of {name}, saw {part}: {error.message}")
' "$1" "${2:-events}" "$LIB/.."
}

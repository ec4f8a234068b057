# weave-choose.awk: prints the rows of steps.tsv (weave-steps.sh) that are to be woven: the steps that did not finish,
# and the RUN steps after each in its stage. Input: the output of weave-unfinished.awk, then steps.tsv with what=steps
# before it.

BEGIN { FS = "[ \t]" }

what != "steps" && $1 == "line" { LINE[$2] = 1 }
what != "steps" && $1 == "step" { STEP[$2, $3, $4] = 1 }
what != "steps" && $1 == "moved" { MOVED[$2, $3, $4] = 1 }
what != "steps" && $1 == "trigger" { TRIGGERED[$2] = 1 }

what == "steps" {
	ROW[++ROWS] = $0
	split($0, column, "\t")
	if (column[1] == "trigger") {
		if (has_one(column[4], TRIGGERED) || has_one(column[9], LINE)) CHOSEN[ROWS] = 1
		next
	}
	# A build begins the triggers of a stage before its own steps. Triggers of its base image make the numbers of a
	# stage differ; then the marked line says which step it is.
	# The progress names no stage (`-`) if the Dockerfile has only one.
	if ((column[4] in TRIGGERED) || (column[2] in LINE) || (column[9] in LINE) || ("-" in TRIGGERED) || \
		is_unfinished(column[4], column[5], column[6], column[8]) || is_unfinished("-", column[5], column[6], column[8])) \
		FROM[column[3]] = 1
	if (column[3] in FROM) CHOSEN[ROWS] = 1
}

# Whether one of the words is an index of SET.
function has_one(words, set,    count, number, list) {
	count = split(words, list, " ")
	for (number = 1; number <= count; number++) if (list[number] in set) return 1
	return 0
}

# BASE: number of the stage that the stage of this step begins with, 0 for an image, -1 for scratch, which has no FROM.
function is_unfinished(stage, place, count, base) {
	return ((stage, place, count) in STEP) || ((stage, base ? place : place - 1, count) in MOVED)
}

END { for (row = 1; row <= ROWS; row++) if (row in CHOSEN) print ROW[row] }

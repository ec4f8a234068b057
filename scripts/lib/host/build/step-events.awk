# step-events.awk: reads the events of RUN steps from the plain progress of a build and rebuilds them field by field. For
# step-events.sh. Input: classes.tsv, then the progress. ENVIRON: EVENTS_MARK, the mark of this attempt; EVENTS_RUN, the run id.
# Output, one a line: each event, with its keys in the order of the schema; `retry` before each attempt of a step but its
# first; at the end `finding CLASS VERDICT UPSTREAM SOURCE`, if the step that failed has said what failed. A line without the
# mark, or with a field that is unknown, repeated, of another type or out of range, is no event.

BEGIN {
	MARK = "seawall-event: " ENVIRON["EVENTS_MARK"] " {"
	MAX_EVENTS = 2000
	split("ts run event level step upstream source attempt class verdict wait_s elapsed_s exit detail", ORDER, " ")
	one_of("event", "attempt failure probe wait degraded")
	one_of("level", "info warn error")
	one_of("upstream", "registry go-proxy pypi apt apk npm git url none")
	one_of("verdict", "done again elsewhere degrade stop at-once")
	HIGHEST["attempt"] = 1000; HIGHEST["wait_s"] = HIGHEST["elapsed_s"] = 86400; HIGHEST["exit"] = 255
	WORD["class", ""] = 1
}

FILENAME == ARGV[1] { if ($1 ~ /^[a-z]/) WORD["class", $1] = 1; next }

# The step that failed, with its exit code. No output of a step can look like this: BuildKit puts number and time before it.
FAILED == "" && /^#[0-9]+ ERROR: process ".*" did not complete successfully: exit code: [0-9]+$/ { FAILED = $1; CODE = $NF; next }

# BuildKit puts `#12 3.456 ` before each line of a step. A line without it is a repetition, or not from a step.
TRIED < MAX_EVENTS && length($0) <= 8192 && (AT = index($0, MARK)) && substr($0, 1, AT - 1) ~ /^#[0-9]+ [0-9]+\.[0-9]+ $/ {
	TRIED++
	STEP = substr($1, 1, 12)
	if (read_event(substr($0, AT + length(MARK)))) tell()
}

# The last attempt or failure of the failed step is its reason only if the step ended with its exit code: later commands of the
# step may have failed for another one. Not if lines were left unread.
END {
	if (FAILED != "" && TRIED < MAX_EVENTS && (FAILED in CLASS) && EXIT[FAILED] == CODE)
		print "finding", CLASS[FAILED], VERDICT[FAILED], UPSTREAM[FAILED], SOURCE[FAILED]
}

function one_of(key, words,    list, number) {
	for (number = split(words, list, " "); number > 0; number--) WORD[key, list[number]] = 1
}

# Sets IT from the text after the opening brace: a flat object without blanks, as json.sh writes it.
function read_event(text,    key, value) {
	for (key in IT) delete IT[key]
	REST = text
	do {
		if (!match(REST, /^"[a-z_]+":/)) return 0
		key = substr(REST, 2, RLENGTH - 3)
		REST = substr(REST, RLENGTH + 1)
		if (key in IT) return 0
		if (key in HIGHEST) {
			if (!match(REST, /^(0|[1-9][0-9]*)[,}]/) || RLENGTH > 7) return 0
			value = substr(REST, 1, RLENGTH - 1)
			REST = substr(REST, RLENGTH)
			if (value + 0 > HIGHEST[key] || (key == "attempt" && value + 0 < 1)) return 0
		} else {
			if (!read_string()) return 0
			value = without_login(TEXT)
			if (!is_right(key, value)) return 0
		}
		IT[key] = value
	} while (sub(/^,/, "", REST))
	return REST == "}" && ("ts" in IT) && ("run" in IT) && ("event" in IT) && ("level" in IT)
}

# Sets TEXT to the string at the start of REST, in printable ASCII: any other character becomes a question mark.
function read_string(    sign) {
	TEXT = ""
	if (!sub(/^"/, "", REST)) return 0
	while (1) {
		match(REST, /^[^"\\]*/)
		TEXT = TEXT substr(REST, 1, RLENGTH)
		sign = substr(REST, RLENGTH + 1, 1)
		if (sign == "") return 0
		if (sign == "\"") break
		sign = substr(REST, RLENGTH + 2, 1)
		TEXT = TEXT (sign == "\"" || sign == "\\" ? sign : "?")
		REST = substr(REST, RLENGTH + 3)
	}
	REST = substr(REST, RLENGTH + 2)
	gsub(/[^ -~]/, "?", TEXT)
	return 1
}

# The kit in the step has removed credentials already; a forged event may hold some.
function without_login(text) {
	gsub(/:\/\/[^ ]*@/, "://***@", text)
	if (index(text, "://")) gsub(/\?[^ ]+/, "?***", text)
	return text
}

function is_right(key, value) {
	if (key == "ts") return value ~ /^[0-9][0-9][0-9][0-9]-[01][0-9]-[0-3][0-9]T[0-2][0-9]:[0-5][0-9]:[0-6][0-9]Z$/
	if (key == "run" || key == "detail") return 1
	if (key == "source") return length(value) <= 1024 && value ~ /^(default|direct|(https?|file):\/\/[^ "\\<>]+)$/
	return (key, value) in WORD
}

function tell(    number, key, line) {
	IT["run"] = ENVIRON["EVENTS_RUN"]
	IT["step"] = STEP
	if ("source" in IT) { gsub(/:\/\/.*@/, "://***@", IT["source"]); sub(/\?.*/, "?***", IT["source"]) }
	if ("detail" in IT) IT["detail"] = substr(IT["detail"], 1, 500)
	for (number = 1; number in ORDER; number++) {
		key = ORDER[number]
		if (key in IT) line = line (line == "" ? "" : ",") "\"" key "\":" (key in HIGHEST ? IT[key] : quoted(IT[key]))
	}
	if (IT["event"] == "attempt" && IT["attempt"] + 0 > 1) print "retry"
	print "{" line "}"
	if (IT["event"] == "attempt" || IT["event"] == "failure") remember()
}

# `other` says nothing: then the output of the step is classified.
function remember() {
	delete CLASS[STEP]
	if (!("class" in IT) || IT["class"] == "" || IT["class"] == "other" || !("exit" in IT)) return
	CLASS[STEP] = IT["class"]
	EXIT[STEP] = IT["exit"]
	VERDICT[STEP] = ("verdict" in IT) ? IT["verdict"] : "-"
	UPSTREAM[STEP] = ("upstream" in IT) ? IT["upstream"] : "none"
	SOURCE[STEP] = ("source" in IT) ? IT["source"] : ""
}

function quoted(text) {
	gsub(/[\\"]/, "\\\\&", text)
	return "\"" text "\""
}

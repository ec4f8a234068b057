# step-events.awk: the events of RUN steps in the plain progress of a build, rebuilt field by field. For step-events.sh.
# Input: classes.tsv, then the progress. ENVIRON: EVENTS_MARK, the mark of this build; EVENTS_RUN, its id. Output: an event a line
# in the order of the schema, and a line `retry` before each attempt of a step that was not its first. A line without the mark,
# or with a field that is unknown, repeated, of another type or out of its bounds, is no event.

BEGIN {
	MARK = "seawall-event: " ENVIRON["EVENTS_MARK"] " {"
	MOST = 2000
	split("ts run event level step upstream source attempt class verdict wait_s elapsed_s exit detail", ORDER, " ")
	one_of("event", "attempt probe wait degraded")
	one_of("level", "info warn error")
	one_of("upstream", "registry go-proxy pypi apt apk npm git url none")
	one_of("verdict", "done again elsewhere degrade stop")
	HIGHEST["attempt"] = 1000; HIGHEST["wait_s"] = HIGHEST["elapsed_s"] = 86400; HIGHEST["exit"] = 255
	WORD["class", ""] = 1
}

FILENAME == ARGV[1] { if ($1 ~ /^[a-z]/) WORD["class", $1] = 1; next }

# BuildKit puts `#12 3.456 ` before each line of a step; without it a line is a repetition, or somebody else's.
TRIED < MOST && length($0) <= 8192 && (AT = index($0, MARK)) && substr($0, 1, AT - 1) ~ /^#[0-9]+ [0-9]+\.[0-9]+ $/ {
	TRIED++
	STEP = substr($1, 1, 12)
	if (read_event(substr($0, AT + length(MARK)))) tell()
}

function one_of(key, words,    list, number) {
	for (number = split(words, list, " "); number > 0; number--) WORD[key, list[number]] = 1
}

# Sets IT from what follows the opening brace. Flat, without blanks, as json.sh writes it.
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

# Sets TEXT to the string that REST begins with, as printable ASCII: whatever else it holds becomes a question mark.
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

# The step has hidden its own already; what it has forged is hidden here.
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
}

function quoted(text) {
	gsub(/[\\"]/, "\\\\&", text)
	return "\"" text "\""
}

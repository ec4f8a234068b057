# Reads the output of `docker buildx bake --print` (buildx 0.13 to 0.38) and writes, for each target, the file
# FOLDER/N.words, in which each line is a flag of `docker buildx build`, a tab and its value: what a build of this
# target would be called with. Flags that no build has: name, context, inline, odd (it does
# not build), asks (it may want a privilege).
# A backslash, a line end, a tab and a return are written as \\ \n \t \r, for `printf %b`. Prints the number of targets.
# Go's encoder writes one token a line, with two blanks for each level. Any other text ends the program with 1.
# ENVIRON: BAKE_FOLDER.

BEGIN {
	FOLDER = ENVIRON["BAKE_FOLDER"]
	for (n = 1; n < 256; n++) BYTE[n] = sprintf("%c", n)
	ESCAPE["\\"] = "\\\\"
	ESCAPE["\n"] = "\\n"
	ESCAPE["\t"] = "\\t"
	ESCAPE["\r"] = "\\r"
	FLAG["target"] = "--target"
	FLAG["platforms"] = "--platform"
	FLAG["tags"] = "--tag"
	FLAG["cache-from"] = "--cache-from"
	FLAG["cache-to"] = "--cache-to"
	FLAG["secret"] = "--secret"
	FLAG["output"] = "--output"
	FLAG["attest"] = "--attest"
	FLAG["args"] = "--build-arg"
	FLAG["labels"] = "--label"
	FLAG["contexts"] = "--build-context"
	FLAG["context"] = "context"
	FLAG["dockerfile"] = "--file"
	FLAG["dockerfile-inline"] = "inline"
	FLAG["call"] = "odd"
	FLAG["ssh"] = FLAG["entitlements"] = "asks"
}

{ read_line($0) }

END {
	if (FAILED || DEPTH || !ENDED) exit 1
	print COUNT + 0
}

function fail() {
	FAILED = 1
	exit 1
}

# KEY[d] is the key of the object or array at depth d; LIST[d] is 1 for an array.
function read_line(line,    key) {
	sub(/^ +/, "", line)
	sub(/,$/, "", line)
	if (ENDED) fail()
	if (line == "}" || line == "]") {
		close_level()
		return
	}
	key = ""
	if (DEPTH && !LIST[DEPTH]) {
		if (!read_string(line) || substr(REST, 1, 2) != ": ") fail()
		key = TEXT
		line = substr(REST, 3)
	}
	if (line == "{" || line == "[") open_level(key, line == "[")
	else if (line == "{}" || line == "[]") {
		if (!DEPTH) ENDED = 1
		else if (DEPTH == 2 && KEY[2] == "target") begin_target(key)
	}
	else take(key, line)
}

function open_level(key, list) {
	DEPTH++
	KEY[DEPTH] = key
	LIST[DEPTH] = list
	if (DEPTH == 3 && KEY[2] == "target") begin_target(key)
	# An object in an array is one value of CSV.
	if (DEPTH == 5 && LIST[4]) ENTRY = ""
}

function close_level() {
	if (!DEPTH) fail()
	if (DEPTH == 5 && LIST[4] && is_target()) tell(KEY[4], ENTRY)
	DEPTH--
	if (!DEPTH) ENDED = 1
}

function is_target() { return KEY[2] == "target" }

function begin_target(name) {
	COUNT++
	if (FILE != "") close(FILE)
	FILE = FOLDER "/" COUNT ".words"
	printf "" >FILE
	write("name", name)
}

# A value at depth 3 is a field of a target; at depth 4 it is in an array or in an object of fields; at depth 5 in an
# object in an array.
function take(key, line) {
	if (line ~ /^"/) {
		if (!read_string(line) || REST != "") fail()
	} else if (line !~ /^(-?[0-9][0-9.eE+-]*|true|false|null)$/) fail()
	else if (line == "null") return
	else TEXT = line
	if (!is_target()) return
	if (DEPTH == 3) tell(key, TEXT)
	else if (DEPTH == 4 && LIST[4]) tell(KEY[4], TEXT)
	else if (DEPTH == 4) tell(KEY[4], key "=" TEXT)
	else if (DEPTH == 5 && LIST[4]) ENTRY = ENTRY (ENTRY == "" ? "" : ",") field(key "=" TEXT)
}

function field(text) {
	if (text !~ /[,"\n]/ && text !~ /^[ \t]|[ \t]$/) return text
	gsub(/"/, "\"\"", text)
	return "\"" text "\""
}

function tell(key, value) {
	if (!(key in FLAG) || (key == "call" && value == "build")) return
	# buildx escapes the templates of HCL in these.
	if (key == "args" || key == "labels" || key == "dockerfile-inline") value = unescaped(value)
	write(FLAG[key], value)
}

function unescaped(text,    done) {
	while (match(text, /\$\$\{|%%\{/)) {
		done = done substr(text, 1, RSTART) "{"
		text = substr(text, RSTART + 3)
	}
	return done text
}

function write(flag, value) { print flag "\t" escaped(value) >FILE }

# A character at a time, because the implementations of awk differ in how gsub reads backslashes.
function escaped(text,    done) {
	while (match(text, /[\\\n\t\r]/)) {
		done = done substr(text, 1, RSTART - 1) ESCAPE[substr(text, RSTART, 1)]
		text = substr(text, RSTART + 1)
	}
	return done text
}

# read_string TEXT: sets TEXT to the string at the beginning of the text, and REST to what follows. False without one.
function read_string(text,    raw, done, at, letter, code) {
	if (!match(text, /^"([^"\\]|\\.)*"/)) return 0
	REST = substr(text, RLENGTH + 1)
	raw = substr(text, 2, RLENGTH - 2)
	done = ""
	while ((at = index(raw, "\\"))) {
		done = done substr(raw, 1, at - 1)
		raw = substr(raw, at + 1)
		letter = substr(raw, 1, 1)
		raw = substr(raw, 2)
		if (letter == "u") {
			if (raw !~ /^[0-9a-fA-F][0-9a-fA-F][0-9a-fA-F][0-9a-fA-F]/) return 0
			code = number(substr(raw, 1, 4))
			raw = substr(raw, 5)
			if (code >= 55296 && code < 56320 && raw ~ /^\\u[dD][c-fC-F]/) {
				code = 65536 + (code - 55296) * 1024 + number(substr(raw, 3, 4)) - 56320
				raw = substr(raw, 7)
			}
			# No word of a call holds this byte.
			if (code == 0) fail()
			done = done utf8(code)
		} else if (letter == "n") done = done "\n"
		else if (letter == "t") done = done "\t"
		else if (letter == "r") done = done "\r"
		else if (letter == "b") done = done BYTE[8]
		else if (letter == "f") done = done BYTE[12]
		else if (index("\"\\/", letter)) done = done letter
		else return 0
	}
	TEXT = done raw
	return 1
}

function number(hex,    n, value) {
	value = 0
	for (n = 1; n <= length(hex); n++) value = value * 16 + index("0123456789abcdef", tolower(substr(hex, n, 1))) - 1
	return value
}

function utf8(code) {
	if (code < 128) return BYTE[code]
	if (code < 2048) return BYTE[192 + int(code / 64)] BYTE[128 + code % 64]
	if (code < 65536) return BYTE[224 + int(code / 4096)] BYTE[128 + int(code / 64) % 64] BYTE[128 + code % 64]
	return BYTE[240 + int(code / 262144)] BYTE[128 + int(code / 4096) % 64] BYTE[128 + int(code / 64) % 64] \
		BYTE[128 + code % 64]
}

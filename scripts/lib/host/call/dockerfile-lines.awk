# dockerfile-lines.awk: reads the lines of a Dockerfile like BuildKit 0.34 (frontend/dockerfile/parser): directives,
# escape character, continuations, comments, heredocs. Calls instruction() of dockerfile.awk for each instruction.
# Input: the file of build arguments (dockerfile-variables.awk), then the Dockerfile with PHASE=2 before it.

BEGIN {
	# BuildKit refuses a longer line, and no reference is longer. A longer instruction is not parsed further.
	LINE_LONGEST = 65535; INSTRUCTION_LONGEST = 65536
	ESCAPE = "\\"; HEAD = HEAD_SYNTAX = HEAD_SLASHES = ONLY_BLANK = 1
	split("\302\205 \302\240 \341\232\200 \342\200\250 \342\200\251 \342\200\257 \342\201\237 \343\200\200", names, " ")
	for (at in names) BLANK[names[at]] = 1
	split("\200 \201 \202 \203 \204 \205 \206 \207 \210 \211 \212", names, " ")
	for (at in names) BLANK["\342\200" names[at]] = 1
}

PHASE != 2 { given_argument($0); next }

{
	NUMBER++
	WORKED += 1 + length($0) / 1000
	if (length($0) > LINE_LONGEST || WORKED > WORK) {
		if (WORKED > WORK) unread(NUMBER, "a Dockerfile that is simpler to expand")
		else unread(NUMBER, "a line of at most " LINE_LONGEST " bytes")
		HEREDOCS = 0; CONTINUED = 0
		exit
	}
	sub(/\r+$/, "")
	if (NUMBER == 1) sub(/^\357\273\277/, "")
}

HEREDOCS > 0 { heredoc_line($0); next }

NUMBER == 1 && /^#!/ { HEAD = 0; next }

ONLY_BLANK && /[^ \t\r]/ { ONLY_BLANK = 0; IS_JSON = /^[ \t\r]*[{]/ }

IS_JSON {
	if (length(JSON_FILE) <= INSTRUCTION_LONGEST) JSON_FILE = JSON_FILE $0 "\n"
	next
}

{
	if (HEAD_SYNTAX && (HEAD_SYNTAX = is_directive($0, "#"))) syntax_of("#")
	if (HEAD_SLASHES && (HEAD_SLASHES = is_directive($0, "//"))) syntax_of("//")
	line = without_blanks($0)
	if (HEAD) {
		HEAD = is_directive(line, "#")
		if (HEAD && KEY == "escape" && VALUE ~ /^[\\`]$/) ESCAPE = VALUE
		if (HEAD) next
	}
	if (substr(line, 1, 1) == "#" || (CONTINUED && line == "")) next
	if (!CONTINUED) { INSTRUCTION = ""; BEGUN = NUMBER; SHORTENED = 0 }
	else line = $0
	CONTINUED = ends_in_escape(line)
	if (CONTINUED) line = CUT
	if (length(INSTRUCTION) + length(line) > INSTRUCTION_LONGEST) SHORTENED = 1
	if (!SHORTENED) INSTRUCTION = INSTRUCTION line
	if (!CONTINUED) instruction(INSTRUCTION)
}

END {
	if (CONTINUED) instruction(INSTRUCTION)
	if (HEREDOCS > 0) unread(BEGUN, "the end of a heredoc")
	if ("#" in SYNTAX) say_syntax("#")
	else if ("//" in SYNTAX) say_syntax("//")
	else if (IS_JSON) json_syntax()
	find_needs()
	for (number = 1; number <= NOT_READ; number++) say("unread", "line " UNREAD[number] ": wanted " WANTED[number])
}

# Reports a line once, with the first thing that it lacks.
function unread(number, wanted) {
	if (NOT_READ && UNREAD[NOT_READ] == number) return
	UNREAD[++NOT_READ] = number
	WANTED[NOT_READ] = wanted
}

# Whether a line of the head is a directive: sets KEY and VALUE. The first line that is none ends the head.
function is_directive(line, comment,    at) {
	if (index(line, comment) != 1) return 0
	line = without_blanks(substr(line, length(comment) + 1))
	if (line !~ /^[A-Za-z][A-Za-z0-9]*[ \t\f\r]*=[ \t\f\r]*[^ \t\f\r]/) return 0
	at = index(line, "=")
	KEY = tolower(trimmed(substr(line, 1, at - 1)))
	VALUE = trimmed(substr(line, at + 1))
	return KEY ~ /^(escape|syntax|check)$/
}

# The name of the frontend: the first one after #, else the first one after //; no blanks may stand before them.
function syntax_of(comment) {
	if (KEY != "syntax" || comment in SYNTAX) return
	SYNTAX[comment] = VALUE
	HAS_OPTIONS[comment] = sub(/ .*$/, "", SYNTAX[comment])
	SYNTAX_LINE[comment] = NUMBER
}

function say_syntax(comment) {
	say("syntax", SYNTAX[comment], SYNTAX_LINE[comment])
	if (HAS_OPTIONS[comment]) say("policy", SYNTAX[comment], SYNTAX_LINE[comment])
}

# A file that is one JSON object names its frontend in "syntax"; only that frontend can read the rest.
function json_syntax(    at) {
	unread(1, "an instruction")
	if (length(JSON_FILE) > INSTRUCTION_LONGEST || !(at = json_value(JSON_FILE, 1, 0))) return
	if (JSON_HAS_SYNTAX && substr(JSON_FILE, at) ~ /^[ \t\r\n]*$/) say("syntax", JSON_SYNTAX, 1)
}

# Removes leading blanks, including those of Unicode.
function without_blanks(line) {
	sub(/^[ \t\v\f\r]+/, "", line)
	while (substr(line, 1, 1) > "~" && (substr(line, 1, 2) in BLANK || substr(line, 1, 3) in BLANK)) {
		line = substr(line, substr(line, 1, 2) in BLANK ? 3 : 4)
		sub(/^[ \t\v\f\r]+/, "", line)
	}
	return line
}

function trimmed(text) {
	sub(/^[ \t\v\f\r]+/, "", text)
	sub(/[ \t\v\f\r]+$/, "", text)
	return text
}

# Whether the line ends with one escape character, with or without blanks behind it. CUT is the line without it.
function ends_in_escape(line,    last) {
	CUT = line
	sub(/[ \t]+$/, "", CUT)
	last = length(CUT)
	if (last == 0 || substr(CUT, last) != ESCAPE) return 0
	if (last > 1 && substr(CUT, last - 1, 1) == ESCAPE) return 0
	CUT = substr(CUT, 1, last - 1)
	return 1
}

# Sets the ENDS of the heredocs that begin in an instruction. Quotes are parsed with a backslash, whatever ESCAPE is.
function find_heredocs(line,    number, word, words, count, name) {
	if (index(line, "<<") == 0) return
	lexed(line, "\\", 1, "all")
	if (ERROR ~ /at most/) unread(BEGUN, ERROR)
	count = (ERROR == "" ? COUNT : 0)
	for (number = 1; number <= count; number++) words[number] = LEXED[number]
	for (number = 1; number <= count; number++) {
		word = words[number]
		if (word !~ /^[0-9]*<<-?[ \t\f\r\n]*[^<]+$/) continue
		name = word
		sub(/^[0-9]*<<-?[ \t\f\r\n]*/, "", name)
		name = lexed(name, "\\", 0, "all")
		if (ERROR != "" || COUNT != 1) continue
		CHOMP[++HEREDOCS + HEREDOCS_DONE] = (word ~ /^[0-9]*<<-/)
		ENDS[HEREDOCS + HEREDOCS_DONE] = LEXED[1]
	}
}

# Heredocs of an instruction follow each other; HEREDOCS is the number that have not ended.
function heredoc_line(line) {
	if (CHOMP[HEREDOCS_DONE + 1]) sub(/^\t+/, "", line)
	if (line != ENDS[HEREDOCS_DONE + 1]) return
	HEREDOCS--
	HEREDOCS_DONE++
}

# dockerfile.awk: prints the images, URLs and secrets that a Dockerfile needs. dockerfile.sh describes the call and the
# output. Parses like BuildKit 0.25 (frontend/dockerfile: parser, instructions, dockerfile2llb) and is tested against
# it: directives, escape characters, continuations, comments, heredocs, global ARGs, stages, triggers. Input: a file of
# lines NAME=VALUE, then the Dockerfile with PHASE=2 before it. Everything is bounded; a line beyond a bound, or not
# understood, is reported as unread.

BEGIN {
	# BuildKit refuses a longer line, and no reference is longer. A longer logical line is not parsed further.
	LINE_LONGEST = 65535; LOGICAL_LONGEST = 65536; NAME_LONGEST = 1024
	ESCAPE = "\\"; HEAD = HEAD_SYNTAX = HEAD_SLASHES = 1; STAGES = 0; OFS = "\t"
	split("ADD ARG CMD COPY ENTRYPOINT ENV EXPOSE FROM HEALTHCHECK LABEL MAINTAINER ONBUILD RUN SHELL STOPSIGNAL" \
		" USER VOLUME WORKDIR", names, " ")
	for (at in names) INSTRUCTION[names[at]] = 1
	split("PLATFORM OS ARCH VARIANT OSVERSION", names, " ")
	for (at in names) {
		VALUES["BUILD" names[at]] = ENVIRON["BUILD" names[at]]
		VALUES["TARGET" names[at]] = ENVIRON["TARGET" names[at]]
	}
	TARGET = tolower(ENVIRON["DOCKERFILE_TARGET"])
	split("\302\205 \302\240 \341\232\200 \342\200\250 \342\200\251 \342\200\257 \342\201\237 \343\200\200", names, " ")
	for (at in names) BLANK[names[at]] = 1
	split("\200 \201 \202 \203 \204 \205 \206 \207 \210 \211 \212", names, " ")
	for (at in names) BLANK["\342\200" names[at]] = 1
}

PHASE != 2 {
	at = index($0, "=")
	name = substr($0, 1, at - 1)
	if (at > 1) GIVEN[name] = length($0) > 4 * LONGEST ? "" : unescaped(substr($0, at + 1))
	if (at > 1 && (length($0) > 4 * LONGEST || length(GIVEN[name]) > LONGEST)) TOO_LONG[name] = 1
	next
}

{
	NUMBER++
	WORKED += 1 + length($0) / 1000
	if (length($0) > LINE_LONGEST || WORKED > WORK) { unread(NUMBER); HEREDOCS = 0; CONTINUED = 0; exit }
	sub(/\r+$/, "")
	if (NUMBER == 1) sub(/^\357\273\277/, "")
}

HEREDOCS > 0 { heredoc_line($0); next }

NUMBER == 1 && /^#!/ { HEAD = 0; next }

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
	if (!CONTINUED) { LOGICAL = ""; BEGUN = NUMBER; SHORTENED = 0 }
	else line = $0
	CONTINUED = ends_in_escape(line)
	if (CONTINUED) line = CUT
	if (length(LOGICAL) + length(line) > LOGICAL_LONGEST) SHORTENED = 1
	if (!SHORTENED) LOGICAL = LOGICAL line
	if (!CONTINUED) instruction(LOGICAL)
}

END {
	if (CONTINUED) instruction(LOGICAL)
	if (HEREDOCS > 0) unread(BEGUN)
	if ("#" in SYNTAX) say("syntax", SYNTAX["#"], SYNTAX_LINE["#"])
	else if ("//" in SYNTAX) say("syntax", SYNTAX["//"], SYNTAX_LINE["//"])
	set_arguments()
	for (stage = 1; stage <= STAGES; stage++) find_base(stage)
	if (STAGES > 0) reach(TARGET == "" ? STAGES : NAMES[TARGET] + 0)
	# A check without a target is one of all stages.
	if ("call:lint" in GIVEN && TARGET == "") for (stage = 1; stage <= STAGES; stage++) reach(stage)
	for (stage = 1; stage <= STAGES; stage++) if (stage in REACHED) say_wants(stage)
	for (number = 1; number <= NOT_READ; number++) say("unread", "line " UNREAD[number])
}

function unread(number) { if (UNREAD[NOT_READ] != number) UNREAD[++NOT_READ] = number }

# Prints each need once. A value with characters that no name, URL or id has is reported as unread.
function say(how, what, line) {
	if (how != "unread" && (what ~ /[^!-~]/ || length(what) > (how == "add" ? 2 * NAME_LONGEST : NAME_LONGEST))) {
		how = "unread"; what = "line " line; line = ""
	}
	if (!((how, what) in SAID)) { SAID[how, what] = 1; print how, what, line }
}

# An argument has its newlines and backslashes as \n and \\ (build-arguments.sh).
function unescaped(text,    at, result) {
	result = ""
	while ((at = index(text, "\\")) > 0) {
		result = result substr(text, 1, at - 1) (substr(text, at + 1, 1) == "n" ? "\n" : substr(text, at + 1, 1))
		text = substr(text, at + 2)
	}
	return result text
}

# Whether a line of the head is a directive: sets KEY and VALUE. The first line that is none ends the head.
function is_directive(line, comment,    at) {
	if (index(line, comment) != 1) return 0
	line = substr(line, length(comment) + 1)
	if (line !~ /^[ \t\f\r]*[A-Za-z][A-Za-z0-9]*[ \t\f\r]*=[ \t\f\r]*[^ \t\f\r]/) return 0
	at = index(line, "=")
	KEY = tolower(trimmed(substr(line, 1, at - 1)))
	VALUE = trimmed(substr(line, at + 1))
	return KEY ~ /^(escape|syntax|check)$/
}

# The name of the frontend: the first one after #, else the first one after //; no blanks may stand before them.
function syntax_of(comment) {
	if (KEY != "syntax" || comment in SYNTAX) return
	SYNTAX[comment] = VALUE
	sub(/ .*$/, "", SYNTAX[comment])
	SYNTAX_LINE[comment] = NUMBER
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

function instruction(line,    name, rest) {
	name = line
	sub(/[ \t\v\f\r].*$/, "", name)
	rest = trimmed(substr(line, length(name) + 1))
	name = toupper(name)
	if (line ~ /^[ \t\v\f\r]*$/) return
	if (!(name in INSTRUCTION) || (SHORTENED && name ~ /^(FROM|ARG|COPY|ADD|RUN|ONBUILD)$/)) { unread(BEGUN); return }
	if (name == "FROM") begin_stage(rest)
	else if (STAGES == 0) { if (name == "ARG") global_arguments(rest) }
	else if (name == "ONBUILD") {
		rest = after_flags(rest, ESCAPE)
		if (toupper(rest) ~ /^(RUN|COPY|ADD)[ \t\v\f\r]/) heredocs_of(line)
		name = toupper(rest)
		sub(/[ \t\v\f\r].*$/, "", name)
		# A trigger is parsed again, with the default escape character.
		wants(STAGES "+", name, trimmed(substr(rest, length(name) + 1)), "\\")
	} else if (name ~ /^(RUN|COPY|ADD)$/) {
		heredocs_of(line)
		wants(STAGES, name, rest, ESCAPE)
	}
}

# The rest of an instruction behind its flags. Sets FLAGS[1] to FLAGS[FLAG_COUNT], without quotes and escape characters.
function after_flags(line, escape,    at, size, sign, quote, word, open) {
	FLAG_COUNT = 0; at = 1; size = length(line)
	while (1) {
		while (substr(line, at, 1) ~ /^[ \t\v\f\r]$/) at++
		if (substr(line, at, 2) != "--") return substr(line, at)
		word = quote = ""; open = 0
		for (; at <= size; at++) {
			sign = substr(line, at, 1)
			if (++WORKED > WORK) { unread(BEGUN); return "" }
			if (quote == "" && sign ~ /^[ \t\v\f\r]$/) break
			if (quote == "" && (sign == "'" || sign == "\"")) { quote = sign; open = 1; continue }
			if (quote != "" && sign == quote) { quote = ""; continue }
			if (sign == escape) {
				if (at == size) { quote = ""; continue }
				sign = substr(line, ++at, 1)
			}
			word = word sign
		}
		if (word == "--") return substr(line, at)
		if (open || word != "") FLAGS[++FLAG_COUNT] = word
		# BuildKit treats some bytes of other scripts as blanks here.
		if (word ~ /[^ -~]/) unread(BEGUN)
	}
}

# Splits into WORDS, keeping quotes and escapes; returns their number.
function split_words(text,    at, sign, quote, word, count, open, size) {
	count = 0; word = quote = ""; open = 0; size = length(text)
	for (at = 1; at <= size; at++) {
		sign = substr(text, at, 1)
		if (++WORKED > WORK) { unread(BEGUN); return 0 }
		if (quote == "" && sign ~ /^[ \t\v\f\r]$/) {
			if (open) WORDS[++count] = word
			word = ""; open = 0
			continue
		}
		open = 1
		if (sign == ESCAPE && quote != "'") {
			if (at == size) break
			word = word sign substr(text, ++at, 1)
			continue
		}
		word = word sign
		if (quote != "") { if (sign == quote) quote = "" }
		else if (sign == "'" || sign == "\"") quote = sign
	}
	if (open) WORDS[++count] = word
	return count
}

function global_arguments(rest,    number, count) {
	count = split_words(rest)
	for (number = 1; number <= count; number++) {
		ARGUMENTS[++ARGUMENT_COUNT] = WORDS[number]
		ARGUMENT_LINE[ARGUMENT_COUNT] = BEGUN
	}
}

function set_arguments(    number, at, name, value) {
	VALUES["TARGETSTAGE"] = STAGE_NAME[STAGES] != "" ? STAGE_NAME[STAGES] : "default"
	if (TARGET != "") VALUES["TARGETSTAGE"] = ENVIRON["DOCKERFILE_TARGET"]
	for (name in VALUES) if (name in GIVEN) set_variable(name, GIVEN[name], name in TOO_LONG)
	for (number = 1; number <= ARGUMENT_COUNT; number++) {
		at = index(ARGUMENTS[number], "=")
		name = at ? substr(ARGUMENTS[number], 1, at - 1) : ARGUMENTS[number]
		if (name in GIVEN) set_variable(name, GIVEN[name], name in TOO_LONG)
		else if (at) {
			value = lexed(substr(ARGUMENTS[number], at + 1), ESCAPE, 0, 0)
			if (ERROR != "") unread(ARGUMENT_LINE[number])
			set_variable(name, value, ERROR != "")
		}
	}
}

function set_variable(name, value, is_unknown) {
	VALUES[name] = value
	if (is_unknown) UNKNOWN[name] = 1
	else delete UNKNOWN[name]
}

function begin_stage(rest,    count, words, named) {
	rest = after_flags(rest, ESCAPE)
	count = split(trimmed(rest), words, /[ \t\v\f\r]+/)
	BASE_LINE[++STAGES] = BEGUN
	WORKED += 20
	named = count == 3 && tolower(words[2]) == "as" && tolower(words[3]) ~ /^[a-z][a-z0-9_.-]*$/
	if (count == 1 || named) BASE_WORD[STAGES] = words[1]
	else BASE_WORD[STAGES] = ""
	STAGE_NAME[STAGES] = count == 3 ? tolower(words[3]) : ""
}

# The stage or image that a stage begins with. A stage can name only earlier stages; names ignore case. A named context
# (contexts.sh) with the name of a stage takes its place: nothing that the stage needs is fetched.
function find_base(stage,    base) {
	if (("context:" STAGE_NAME[stage]) in GIVEN) {
		BASE_IMAGE[stage] = STAGE_NAME[stage]
		WANTS[stage] = WANTS[stage "+"] = 0
		NAMES[STAGE_NAME[stage]] = stage
		return
	}
	base = lexed(BASE_WORD[stage], ESCAPE, 0, 0)
	if (ERROR != "" || base == "") BASE_IMAGE[stage] = "\n"
	else if (base in NAMES) BASE_STAGE[stage] = NAMES[base]
	else if (base != "scratch") BASE_IMAGE[stage] = base
	if (STAGE_NAME[stage] != "") NAMES[STAGE_NAME[stage]] = stage
}

# Adds a need of a stage, or of the triggers for stages that begin with it (the stage's number and a plus).
function want(stage, how, what) {
	WANT_HOW[stage, ++WANTS[stage]] = how
	WANT_WHAT[stage, WANTS[stage]] = what
	WANT_LINE[stage, WANTS[stage]] = BEGUN
}

function wants(stage, name, rest, escape,    number) {
	if (name !~ /^(RUN|COPY|ADD)$/) return
	rest = after_flags(rest, escape)
	for (number = 1; number <= FLAG_COUNT; number++) {
		if (name == "COPY" && FLAGS[number] ~ /^--from=./) want(stage, "copy", substr(FLAGS[number], 8))
		if (name == "RUN" && FLAGS[number] ~ /^--mount=/) mounted(stage, substr(FLAGS[number], 9))
	}
	if (name == "ADD") added(stage, rest)
}

# A secret without an id has the last part of its path as id, as in BuildKit. A mount without `from` is of scratch.
function mounted(stage, value,    parts, fields, part, key, id, target, secret, from) {
	if (value ~ /"/) { want(stage, "mount", "\n"); return }
	fields = split(value, parts, ",")
	from = "scratch"
	for (part = 1; part <= fields; part++) {
		key = tolower(parts[part])
		sub(/=.*/, "", key)
		if (tolower(parts[part]) == "type=secret") secret = 1
		else if (key == "id") id = substr(parts[part], 4)
		else if (key ~ /^(target|dst|destination)$/) target = substr(parts[part], length(key) + 2)
		else if (key == "from" && parts[part] ~ /=/) from = substr(parts[part], 6)
	}
	want(stage, "mount", from == "" ? "scratch" : from)
	if (!secret) return
	if (id == "") { sub(/.*\//, "", target); id = target }
	if (id != "") want(stage, "secret", id)
}

function added(stage, rest,    count, words, number, word) {
	if (rest ~ /^\[.*\]$/) { gsub(/^\[|\]$|"/, "", rest); count = split(rest, words, /[ \t]*,[ \t]*/) }
	else count = split(rest, words, /[ \t\v\f\r]+/)
	for (number = 1; number < count; number++) {
		if (words[number] !~ /:\/\/|git@/) continue
		word = lexed(words[number], ESCAPE, 0, 1)
		if (ERROR == "" && word ~ /^(https?:\/\/|git@|git:\/\/|ssh:\/\/)/) want(stage, "add", word)
	}
}

# All stages that a stage needs, directly or not. Iterative: thousands of stages may depend on each other.
function reach(stage,    list, count, number) {
	list[count = 1] = stage
	while (count > 0) {
		stage = list[count--]
		if (stage in REACHED || stage < 1 || stage > STAGES) continue
		REACHED[stage] = 1
		if (stage in BASE_STAGE) {
			list[++count] = BASE_STAGE[stage]
			TRIGGERS[stage] = BASE_STAGE[stage] "+"
			for (number = 1; number <= WANTS[TRIGGERS[stage]]; number++) list[++count] = stage_of(TRIGGERS[stage], number)
		}
		for (number = 1; number <= WANTS[stage]; number++) list[++count] = stage_of(stage, number)
	}
}

# The number of the stage that a need names; 0 if the name is not that of a stage.
function stage_of(owner, number,    how, what) {
	how = WANT_HOW[owner, number]; what = WANT_WHAT[owner, number]
	WORKED++
	if (how != "copy" && how != "mount") return 0
	if (how == "copy" && what ~ /^[+-]?[0-9]+$/ && length(what) < 18) return what + 1
	return (tolower(what) in NAMES) ? NAMES[tolower(what)] : 0
}

function say_wants(stage,    image) {
	if (stage in BASE_IMAGE) {
		image = BASE_IMAGE[stage]
		say("from", image, BASE_LINE[stage])
	}
	if (stage in TRIGGERS) say_of(TRIGGERS[stage])
	say_of(stage)
}

function say_of(owner,    number, how, what) {
	for (number = 1; number <= WANTS[owner]; number++) {
		how = WANT_HOW[owner, number]; what = WANT_WHAT[owner, number]
		if (how == "copy" && what ~ /^[+-]?[0-9]+$/ && length(what) < 18) {
			if (what + 1 > STAGES || what + 1 < 1) say(how, "\n", WANT_LINE[owner, number])
		} else if (how == "add" || how == "secret" || (what != "scratch" && !stage_of(owner, number))) {
			if (how == "copy" && what ~ /[$'"\\`]/) what = "\n"
			say(how, what, WANT_LINE[owner, number])
		}
	}
}

function heredocs_of(line,    number, word, words, count, name) {
	if (index(line, "<<") == 0) return
	lexed(line, "\\", 1, 1)
	if (ERROR ~ /length|depth/) unread(BEGUN)
	count = (ERROR == "" ? COUNT : 0)
	for (number = 1; number <= count; number++) words[number] = LEXED[number]
	for (number = 1; number <= count; number++) {
		word = words[number]
		if (word !~ /^[0-9]*<<-?[ \t\f\r\n]*[^<]+$/) continue
		name = word
		sub(/^[0-9]*<<-?[ \t\f\r\n]*/, "", name)
		name = lexed(name, "\\", 0, 1)
		if (ERROR != "" || COUNT != 1) continue
		CHOMP[++HEREDOCS + HEREDOCS_DONE] = (word ~ /^[0-9]*<<-/)
		ENDS[HEREDOCS + HEREDOCS_DONE] = LEXED[1]
	}
}

# Heredocs of a line follow each other; HEREDOCS is the number that have not ended.
function heredoc_line(line) {
	if (CHOMP[HEREDOCS_DONE + 1]) sub(/^\t+/, "", line)
	if (line != ENDS[HEREDOCS_DONE + 1]) return
	HEREDOCS--
	HEREDOCS_DONE++
}

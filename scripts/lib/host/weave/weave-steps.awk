# weave-steps.awk: lists the RUN steps of a Dockerfile. Reads lines, words and heredocs as dockerfile-lines.awk does, and
# takes the place of dockerfile.awk. weave-steps.sh describes the call and the output. The last column is the text of the
# step in one line.
# Input: an empty file, then the Dockerfile with PHASE=2 before it. `weave_names` are the environment variables that a
# woven step gets; ENVIRON has DOCKERFILE_TARGET.

BEGIN {
	FS = "\n"; OFS = "\t"
	TARGET = tolower(ENVIRON["DOCKERFILE_TARGET"])
	STAGES = ROWS = IS_OFF = NEXT_IS_OFF = MAY_BE_ANY = IS_RUN = 0
	LONGEST_TEXT = 65536
}

# The text of the first line of an instruction. A comment of the user turns weaving off.
PHASE == 2 && HEREDOCS == 0 && !CONTINUED {
	FIRST_LINE = $0
	if ($0 ~ /^[ \t]*#[ \t]*seawall:[ \t]*weave=off[ \t\r]*$/) {
		if (STAGES == 0) IS_OFF = 1
		NEXT_IS_OFF = 1
	}
}

PHASE == 2 && HEREDOCS > 0 && IS_RUN { keep_text($0) }

# What the file needs is of no interest here.
function say(how, what, line) { }

# Called for each instruction of the file.
function instruction(line,    name, rest) {
	if (line ~ /^[ \t\v\f\r]*$/) return
	name = word_of(line)
	rest = trimmed(substr(line, length(name) + 1))
	name = toupper(name)
	if (name == "FROM") begin_stage(rest)
	else if (STAGES > 0 && name == "ONBUILD") trigger(rest)
	else if (STAGES > 0) step(name, rest, ESCAPE, line, "run")
	NEXT_IS_OFF = 0
}

function word_of(line) {
	sub(/[ \t\v\f\r].*$/, "", line)
	return line
}

function begin_stage(rest,    count, words, base) {
	rest = after_flags(rest, ESCAPE)
	count = split(trimmed(rest), words, /[ \t\v\f\r]+/)
	base = tolower(words[1])
	BASE[++STAGES] = (base in NAMES) ? NAMES[base] : 0
	if (base ~ /\$/) MAY_BE_ANY = 1
	NAME[STAGES] = count == 3 ? tolower(words[3]) : ""
	if (NAME[STAGES] != "") NAMES[NAME[STAGES]] = STAGES
	SHELL_IS_SH[STAGES] = BASE[STAGES] ? SHELL_IS_SH[BASE[STAGES]] : 1
	HAS_SH[STAGES] = BASE[STAGES] ? HAS_SH[BASE[STAGES]] : 0
	SCOPE[STAGES] = BEGUN
	IS_SCRATCH[STAGES] = base == "scratch"
	COUNT_OF[STAGES] = BASE[STAGES] ? TRIGGERS[BASE[STAGES]] : !IS_SCRATCH[STAGES]
	FROM_LINE[STAGES] = BEGUN
}

# BuildKit parses a trigger again, with the default escape character.
function trigger(rest,    name) {
	rest = after_flags(rest, ESCAPE)
	name = word_of(rest)
	step(toupper(name), trimmed(substr(rest, length(name) + 1)), "\\", "ONBUILD " rest, "trigger")
}

# The number of a step in its stage counts what makes a layer, and the triggers of the stage that it begins with.
function step(name, rest, escape, line, kind,    number, flags, is_list) {
	if (name ~ /^(RUN|COPY|ADD|WORKDIR)$/) { if (kind == "run") COUNT_OF[STAGES]++; else TRIGGERS[STAGES]++ }
	if (name ~ /^(ENV|ARG)$/ && names_variable(rest)) SCOPE[STAGES] = BEGUN
	IS_RUN = name == "RUN"
	if (name == "SHELL") SHELL_IS_SH[STAGES] = rest ~ /^\[[ \t]*"([^"]*\/)?(sh|ash|dash|bash|ksh|mksh|zsh|busybox)"/
	if (name !~ /^(RUN|COPY|ADD)$/) return
	rest = after_flags(rest, escape)
	for (number = 1; number <= FLAG_COUNT; number++) {
		flags = flags FLAGS[number] " "
		need(FLAGS[number])
	}
	is_list = is_json_list(rest)
	if (index(line, "<<") && !is_list) find_heredocs(line)
	if (!IS_RUN) return
	add_row(kind, flags, is_list)
	keep_text(rest)
}

# Adds a line to the text of the last step. Behind LONGEST_TEXT follows a word that says that it is not whole.
function keep_text(line) {
	if (length(ROW_TEXT[ROWS]) > LONGEST_TEXT) return
	gsub(/[\t\v\f\r\n]/, " ", line)
	ROW_TEXT[ROWS] = ROW_TEXT[ROWS] line " ; "
	if (length(ROW_TEXT[ROWS]) > LONGEST_TEXT) ROW_TEXT[ROWS] = ROW_TEXT[ROWS] "seawall-more"
}

function names_variable(rest,    count, number, list) {
	count = split(weave_names, list, " ")
	for (number = 1; number <= count; number++) if (index(rest, list[number])) return 1
	return 0
}

# Notes the stage that a flag names.
function need(flag,    name) {
	if (flag !~ /(^--from=|[=,]from=)/) return
	name = tolower(flag)
	sub(/.*from=/, "", name)
	sub(/,.*/, "", name)
	if (name ~ /\$/) MAY_BE_ANY = 1
	else if (name ~ /^[0-9]+$/ && name + 0 < STAGES) NEEDS[STAGES] = NEEDS[STAGES] " " name + 1
	else if (name in NAMES) NEEDS[STAGES] = NEEDS[STAGES] " " NAMES[name]
}

function add_row(kind, flags, is_list) {
	if (!is_list && SHELL_IS_SH[STAGES]) HAS_SH[STAGES] = 1
	ROW_LINE[++ROWS] = BEGUN
	ROW_STAGE[ROWS] = STAGES
	ROW_KIND[ROWS] = kind
	ROW_NUMBER[ROWS] = COUNT_OF[STAGES]
	ROW_SCOPE[ROWS] = SCOPE[STAGES]
	ROW_IS_LIST[ROWS] = is_list
	ROW_WHY[ROWS] = why_not(flags, is_list)
}

# Why a step is left alone, `-` if it is not. One word is a choice of the user and needs no message.
function why_not(flags, is_list) {
	if (IS_OFF || NEXT_IS_OFF) return "off"
	if (flags ~ /seawall/) return "own"
	if (flags ~ /--network=none /) return "offline"
	# The kit's own targets cannot be made in a folder that is mounted to be read.
	if (flags ~ /type=bind[^ ]*(target|dst|destination)=\/(run|var|var\/lib)\/?[, ]/) return "it mounts /run or /var"
	if (tolower(FIRST_LINE) !~ /^[ \t\v\f\r]*(onbuild[ \t\v\f\r]+)?run/) return "its first line has no RUN"
	if (!is_list && !SHELL_IS_SH[STAGES]) return "its SHELL is no sh"
	return "-"
}

# Called at the end of the file.
function find_needs(    row, stage, why, target) {
	target = TARGET == "" ? STAGES : (TARGET in NAMES) ? NAMES[TARGET] : TARGET ~ /^[0-9]+$/ ? TARGET + 1 : 0
	if (NOT_READ || IS_JSON) { print "unread", UNREAD[1] + 0; return }
	if ("seawall.shims" in NAMES) { print "taken", "a stage"; return }
	reach(target)
	for (row = 1; row <= ROWS; row++) {
		stage = ROW_STAGE[row]
		why = ROW_WHY[row]
		# The triggers of the target are part of the image.
		if (!(stage in REACHED) || (ROW_KIND[row] == "trigger" && stage == target)) continue
		if (why == "-" && ROW_IS_LIST[row] && !HAS_SH[stage]) why = "no sh is known in its image"
		if (ROW_KIND[row] == "run") print "run", ROW_LINE[row], stage, name_of(stage), ROW_NUMBER[row], COUNT_OF[stage],
			ROW_SCOPE[row], IS_SCRATCH[stage] ? -1 : BASE[stage], FROM_LINE[stage], why, ROW_TEXT[row]
		else print "trigger", ROW_LINE[row], stage, users_of(stage, "name"), ROW_NUMBER[row], COUNT_OF[stage],
			end_of(stage), IS_SCRATCH[stage] ? -1 : BASE[stage], users_of(stage, "line"), why, ROW_TEXT[row]
	}
}

function name_of(stage) { return NAME[stage] == "" ? "stage-" (stage - 1) : NAME[stage] }

# The stages that begin with this one, which run its triggers: their names, or the lines of their FROM.
function users_of(stage, what,    user, list) {
	for (user = stage + 1; user <= STAGES; user++)
		if (BASE[user] == stage) list = list (list == "" ? "" : " ") (what == "name" ? name_of(user) : FROM_LINE[user])
	return list
}

function end_of(stage) { return stage < STAGES ? FROM_LINE[stage + 1] : NUMBER + 1 }

# All stages that the target needs; all of the file if a variable may name one.
function reach(target,    list, count, number, words, found, at) {
	for (number = 1; number <= STAGES; number++) if (MAY_BE_ANY || target == 0) REACHED[number] = 1
	list[count = 1] = target
	while (count > 0) {
		number = list[count--]
		if (number in REACHED || number < 1) continue
		REACHED[number] = 1
		list[++count] = BASE[number]
		found = split(NEEDS[number], words, " ")
		for (at = 1; at <= found; at++) list[++count] = words[at] + 0
	}
}

# dockerfile.awk: prints the images, URLs and secrets that a Dockerfile needs. dockerfile.sh describes the call and
# the output. Reads stages, instructions and their dependencies like BuildKit 0.34 (frontend/dockerfile: instructions,
# dockerfile2llb). tests/security/test_dockerfile_readers.py compares both. Everything is bounded; a line beyond a
# bound, or not understood, is reported as unread.

BEGIN {
	NAME_LONGEST = 1024; STAGES = 0; OFS = "\t"
	TARGET = tolower(ENVIRON["DOCKERFILE_TARGET"])
	split("ADD ARG CMD COPY ENTRYPOINT ENV EXPOSE FROM HEALTHCHECK LABEL MAINTAINER ONBUILD RUN SHELL STOPSIGNAL" \
		" USER VOLUME WORKDIR", names, " ")
	for (at in names) KNOWN[names[at]] = 1
}

# Prints each need once. A value with characters that no name, URL or id has is reported as unread.
function say(how, what, line) {
	if (how != "unread" && (what ~ /[^!-~]/ || length(what) > (how == "add" ? 2 * NAME_LONGEST : NAME_LONGEST))) {
		what = how == "add" ? "a URL" : how == "secret" ? "the id of a secret" : "the name of an image"
		how = "unread"; what = "line " line ": wanted " what; line = ""
	}
	if ((how, what) in SAID) return
	SAID[how, what] = 1
	print how, what, line
	if (how ~ /^(from|copy|mount)$/ && has_name_of_stage(what)) say("policy", what, line)
}

# Whether the image has the name of a stage, by which BuildKit would look for a named context, too.
function has_name_of_stage(image) {
	sub(/^(index[.])?docker[.]io\//, "", image)
	sub(/^library\//, "", image)
	sub(/:latest$/, "", image)
	return (image in NAMES) && NAMES[image]
}

# Called for each instruction of the file.
function instruction(line,    name, rest) {
	name = line
	sub(/[ \t\v\f\r].*$/, "", name)
	rest = trimmed(substr(line, length(name) + 1))
	name = toupper(name)
	if (line ~ /^[ \t\v\f\r]*$/) return
	if (!(name in KNOWN)) { unread(BEGUN, "an instruction"); return }
	if (SHORTENED && name ~ /^(FROM|ARG|COPY|ADD|RUN|ONBUILD|ENV)$/) {
		unread(BEGUN, "an instruction of at most " INSTRUCTION_LONGEST " bytes")
		return
	}
	if (name == "FROM") begin_stage(rest)
	else if (STAGES == 0) { if (name == "ARG") global_argument(rest) }
	else if (name == "ONBUILD") {
		rest = after_flags(rest, ESCAPE)
		name = toupper(rest)
		sub(/[ \t\v\f\r].*$/, "", name)
		# A trigger is parsed again, with the default escape character.
		step(STAGES "+", name, trimmed(substr(rest, length(name) + 1)), "\\", line)
	} else step(STAGES, name, rest, ESCAPE, line)
}

function begin_stage(rest,    count, words, named) {
	rest = after_flags(rest, ESCAPE)
	count = split(trimmed(rest), words, /[ \t\v\f\r]+/)
	BASE_LINE[++STAGES] = BEGUN
	WORKED += 20
	named = count == 3 && tolower(words[2]) == "as" && tolower(words[3]) ~ /^[a-z][a-z0-9_.-]*$/
	BASE_WORD[STAGES] = count == 1 || named ? words[1] : ""
	STAGE_NAME[STAGES] = count == 3 ? tolower(words[3]) : ""
}

# Adds a step of a stage, or of the triggers for stages that begin with it (owner: the stage's number and a plus): a
# need, or an instruction that sets variables.
function add_step(owner, how, what) {
	STEP_HOW[owner, ++STEPS[owner]] = how
	STEP_WHAT[owner, STEPS[owner]] = what
	STEP_LINE[owner, STEPS[owner]] = BEGUN
}

function step(owner, name, rest, escape, line,    number) {
	if (name !~ /^(RUN|COPY|ADD|ARG|ENV)$/) return
	if (name == "ARG" || name == "ENV") { add_step(owner, name, rest); return }
	rest = after_flags(rest, escape)
	if (name == "ADD") add_step(owner, "add", rest)
	for (number = 1; number <= FLAG_COUNT; number++) {
		if (name == "COPY" && FLAGS[number] ~ /^--from=./) add_step(owner, "copy", substr(FLAGS[number], 8))
		if (name == "RUN" && FLAGS[number] ~ /^--mount=/) add_mount(owner, substr(FLAGS[number], 9))
	}
	if (index(line, "<<") && !is_json_list(rest)) find_heredocs(line)
}

# A mount without `from` is of scratch. The step "secret" has the mount, whose variables have no value yet.
function add_mount(owner, value,    count, number, from) {
	count = split_fields(value)
	if (count < 0) { add_step(owner, "mount", "\n"); return }
	from = "scratch"
	for (number = 1; number <= count; number++)
		if (tolower(FIELDS[number]) ~ /^from=/) from = substr(FIELDS[number], 6)
	add_step(owner, "mount", from == "" ? "scratch" : from)
	if (tolower(value) ~ /secret|\$/) add_step(owner, "secret", value)
}

# Splits comma-separated values into FIELDS; -1 if quotes are wrong.
function split_fields(text,    count, part, end) {
	count = 0
	while (1) {
		part = ""
		if (substr(text, 1, 1) != "\"") {
			end = index(text ",", ",")
			part = substr(text, 1, end - 1)
			if (part ~ /"/) return -1
			text = substr(text, end)
		} else {
			while (substr(text, 1, 1) == "\"") {
				if ((end = index(substr(text, 2), "\"")) == 0) return -1
				part = part substr(text, 2, end - 1)
				text = substr(text, end + 2)
				if (substr(text, 1, 1) == "\"") part = part "\""
			}
		}
		FIELDS[++count] = part
		if (text == "") return count
		if (substr(text, 1, 1) != ",") return -1
		text = substr(text, 2)
	}
}

# Called at the end of the file: prints what the target needs.
function find_needs(    stage, target) {
	target = TARGET != "" ? ENVIRON["DOCKERFILE_TARGET"] : STAGE_NAME[STAGES]
	set_global_arguments(target)
	for (stage = 1; stage <= STAGES; stage++) find_base(stage)
	if (STAGES > 0) reach(TARGET == "" ? STAGES : NAMES[TARGET] + 0)
	# A check without a target is one of all stages.
	if ("call:lint" in GIVEN && TARGET == "") for (stage = 1; stage <= STAGES; stage++) reach(stage)
	for (stage = 1; stage <= STAGES; stage++) if (stage in REACHED) say_stage(stage)
}

# The stage or image that a stage begins with. A stage can name only earlier stages; names ignore case. A named context
# (contexts.sh) with the name of a stage takes its place: nothing that the stage needs is fetched.
function find_base(stage,    base) {
	if (("context:" STAGE_NAME[stage]) in GIVEN) {
		BASE_IMAGE[stage] = STAGE_NAME[stage]
		STEPS[stage] = STEPS[stage "+"] = 0
		NAMES[STAGE_NAME[stage]] = stage
		return
	}
	base = lexed(BASE_WORD[stage], ESCAPE, 0, 0)
	if (ERROR != "") { unread(BASE_LINE[stage], ERROR); BASE_IS_UNREAD[stage] = 1 }
	else if (base == "") BASE_IMAGE[stage] = "\n"
	else if (base in NAMES) BASE_STAGE[stage] = NAMES[base]
	else if (base != "scratch") BASE_IMAGE[stage] = base
	if (STAGE_NAME[stage] != "") NAMES[STAGE_NAME[stage]] = stage
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
			for (number = 1; number <= STEPS[TRIGGERS[stage]]; number++) list[++count] = stage_of(TRIGGERS[stage], number)
		}
		for (number = 1; number <= STEPS[stage]; number++) list[++count] = stage_of(stage, number)
	}
}

# The number of the stage that a step names; 0 if the name is not that of a stage.
function stage_of(owner, number,    how, what) {
	how = STEP_HOW[owner, number]; what = STEP_WHAT[owner, number]
	WORKED++
	if (how != "copy" && how != "mount") return 0
	if (how == "copy" && what ~ /^[+-]?[0-9]+$/ && length(what) < 18) return what + 1
	return (tolower(what) in NAMES) ? NAMES[tolower(what)] : 0
}

# Prints the needs of a stage, with the values of its variables.
function say_stage(stage) {
	if (stage in BASE_IMAGE) say("from", BASE_IMAGE[stage], BASE_LINE[stage])
	begin_scope(stage, BASE_STAGE[stage] + 0, !(stage in BASE_IMAGE) && !(stage in BASE_IS_UNREAD))
	if (stage in TRIGGERS) say_steps(TRIGGERS[stage])
	say_steps(stage)
	end_scope(stage)
}

function say_steps(owner,    number, how, what, line) {
	for (number = 1; number <= STEPS[owner]; number++) {
		how = STEP_HOW[owner, number]; what = STEP_WHAT[owner, number]; line = BEGUN = STEP_LINE[owner, number]
		if (how == "ARG") set_arguments(what, line)
		else if (how == "ENV") set_environment(what, line)
		else if (how == "add") say_urls(what, line)
		else if (how == "secret") say_secret(what, line)
		else if (how == "copy" && what ~ /^[+-]?[0-9]+$/ && length(what) < 18) {
			if (what + 1 > STAGES || what + 1 < 1) say(how, "\n", line)
		} else if (what != "scratch" && !stage_of(owner, number))
			say(how, how == "copy" && what ~ /[$'"\\`]/ ? "\n" : what, line)
	}
}

function set_arguments(rest, line,    count, number, words) {
	count = split_words(rest)
	for (number = 1; number <= count; number++) words[number] = WORDS[number]
	for (number = 1; number <= count; number++) set_argument(words[number], line, 1)
}

# The sources of an ADD that BuildKit fetches: http and https, and repositories. A source whose first variable has no
# known value may be one.
function say_urls(rest, line,    count, words, number, url) {
	count = list_words(rest)
	for (number = 1; number < count; number++) words[number] = WORDS[number]
	for (number = 1; number < count; number++) {
		url = lexed(words[number], ESCAPE, 0, 1)
		if (ERROR != "") unread(line, ERROR)
		else if (url ~ /^(https?|git|ssh):\/\// || url ~ /^[A-Za-z0-9_-]+@[A-Za-z0-9.-]+:/) say("add", url, line)
		else if (tolower(url) ~ /^(git|ssh|https?:\/\/.*\.git([?#].*)?$)/ && url ~ /^[A-Za-z]+:\/\//) say("add", url, line)
		else if (LEFT_UNKNOWN && url ~ /^\$/) say("add", url, line)
	}
}

# The id of a secret is its id or source, else the last part of its target.
function say_secret(value, line,    count, fields, number, key, text, id, target, is_secret) {
	count = split_fields(value)
	for (number = 1; number <= count; number++) fields[number] = FIELDS[number]
	for (number = 1; number <= count; number++) {
		key = tolower(fields[number])
		sub(/=.*/, "", key)
		text = lexed(substr(fields[number], length(key) + 2), ESCAPE, 0, 1)
		if (ERROR != "") { unread(line, ERROR); return }
		if (key == "type") is_secret = (tolower(text) ~ (LEFT_UNKNOWN ? "secret" : "^secret$"))
		else if (key == "id" || key == "source" || key == "src") id = text
		else if (key ~ /^(target|dst|destination)$/) target = text
	}
	if (!is_secret) return
	if (id == "") { sub(/\/+$/, "", target); sub(/.*\//, "", target); id = target }
	if (id != "") say("secret", id, line)
}

# dockerfile-variables.awk: the values of the variables of a Dockerfile like BuildKit 0.34 (frontend/dockerfile/
# dockerfile2llb): build arguments, arguments of the platform, ARG and ENV. VALUES and UNKNOWN (shell-words.awk) are
# those of the scope that is read: all of the file for FROM, else one stage.

BEGIN {
	split("PLATFORM OS ARCH VARIANT OSVERSION", names, " ")
	for (at in names) {
		VALUES["BUILD" names[at]] = ENVIRON["BUILD" names[at]]
		VALUES["TARGET" names[at]] = ENVIRON["TARGET" names[at]]
	}
	DEFAULT_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
}

# One line of the file of build arguments: NAME=VALUE with newlines and backslashes as \n and \\ (build-arguments.sh).
function given_argument(line,    at, name) {
	at = index(line, "=")
	if (at < 2) return
	name = substr(line, 1, at - 1)
	GIVEN[name] = length(line) > 4 * LONGEST ? "" : unescaped(substr(line, at + 1))
	if (length(line) > 4 * LONGEST || length(GIVEN[name]) > LONGEST) TOO_LONG_ARGUMENT[name] = 1
}

function unescaped(text,    at, result) {
	result = ""
	while ((at = index(text, "\\")) > 0) {
		result = result substr(text, 1, at - 1) (substr(text, at + 1, 1) == "n" ? "\n" : substr(text, at + 1, 1))
		text = substr(text, at + 2)
	}
	return result text
}

function set_variable(name, value, is_unknown) {
	VALUES[name] = value
	if (is_unknown) UNKNOWN[name] = 1
	else delete UNKNOWN[name]
}

# An ARG before the first FROM.
function global_argument(rest,    number, count) {
	count = split_words(rest)
	for (number = 1; number <= count; number++) {
		ARGUMENTS[++ARGUMENT_COUNT] = WORDS[number]
		ARGUMENT_LINE[ARGUMENT_COUNT] = BEGUN
	}
}

# Sets VALUES for FROM lines; a copy stays in GLOBAL_VALUE and GLOBAL_UNKNOWN.
function set_global_arguments(target,    number, name) {
	VALUES["TARGETSTAGE"] = target == "" ? "default" : target
	for (name in VALUES) if (name in GIVEN) set_variable(name, GIVEN[name], name in TOO_LONG_ARGUMENT)
	for (number = 1; number <= ARGUMENT_COUNT; number++) set_argument(ARGUMENTS[number], ARGUMENT_LINE[number], 0)
	for (name in VALUES) GLOBAL_VALUE[name] = VALUES[name]
	for (name in UNKNOWN) GLOBAL_UNKNOWN[name] = 1
}

# A word of ARG: a given value counts before the default, and in a stage a value of the whole file counts if there is
# no default.
function set_argument(word, line, in_stage,    at, name, value) {
	at = index(word, "=")
	name = at ? substr(word, 1, at - 1) : word
	if (name in GIVEN) set_variable(name, GIVEN[name], name in TOO_LONG_ARGUMENT)
	else if (at) {
		value = lexed(substr(word, at + 1), ESCAPE, 0, in_stage)
		if (ERROR != "") unread(line, ERROR)
		set_variable(name, value, ERROR != "" || LEFT_UNKNOWN)
	} else if (in_stage && name in GLOBAL_VALUE) set_variable(name, GLOBAL_VALUE[name], name in GLOBAL_UNKNOWN)
}

# ENV: all its values are expanded before one of them is set. CONFIG gets the values that BuildKit sets again in a stage
# that begins with this one.
function set_environment(rest, line,    count, number, at, name, names, values, unknown) {
	count = split_words(rest)
	if (count > 0 && WORDS[1] !~ /=/) {
		name = rest
		sub(/[ \t\v\f\r].*$/, "", name)
		rest = substr(rest, length(name) + 1)
		sub(/^[ \t\v\f\r]+/, "", rest)
		WORDS[count = 1] = name "=" rest
	}
	for (number = 1; number <= count; number++) {
		at = index(WORDS[number], "=")
		names[number] = lexed(substr(WORDS[number], 1, at - 1), ESCAPE, 0, 1)
		if (ERROR == "") values[number] = lexed(substr(WORDS[number], at + 1), ESCAPE, 0, 1)
		if (ERROR != "") unread(line, ERROR)
		unknown[number] = (ERROR != "" || LEFT_UNKNOWN)
	}
	for (number = 1; number <= count; number++) {
		set_variable(names[number], values[number], unknown[number])
		CONFIG[names[number]] = values[number]
	}
}

# Begins the scope of a stage. A variable without a value may have one in a base image; OPEN says so.
function begin_scope(stage, base, is_scratch,    name, list, count, number) {
	split("", VALUES); split("", UNKNOWN); split("", CONFIG)
	OPEN = base ? SCOPE_OPEN[base] : !is_scratch
	if (!base && !OPEN) VALUES["PATH"] = DEFAULT_PATH
	count = base ? SCOPE_NAMES[base] : 0
	for (number = 1; number <= count; number++) {
		name = SCOPE_NAME[base, number]
		if ((base, name) in SCOPE_CONFIG) VALUES[name] = CONFIG[name] = SCOPE_CONFIG[base, name]
		else VALUES[name] = SCOPE_VALUE[base, name]
		if ((base, name) in SCOPE_UNKNOWN) UNKNOWN[name] = 1
		WORKED++
	}
}

# Ends it, and keeps the values for stages that begin with this one.
function end_scope(stage,    name) {
	SCOPE_OPEN[stage] = OPEN
	for (name in VALUES) {
		SCOPE_NAME[stage, ++SCOPE_NAMES[stage]] = name
		SCOPE_VALUE[stage, name] = VALUES[name]
		if (name in CONFIG) SCOPE_CONFIG[stage, name] = CONFIG[name]
		if (name in UNKNOWN) SCOPE_UNKNOWN[stage, name] = 1
		WORKED++
	}
}

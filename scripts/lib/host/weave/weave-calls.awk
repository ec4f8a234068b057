# weave-calls.awk: what the text of a step calls. Input: the rows of weave-steps.awk, with the text in the last column.
# Prints each row with three lists in its place, in front of the reason; `-` for none:
#   safe   `npm`, `pip`, `uv` if the step calls this tool, and only so that the bytes of each package are known
#          beforehand: `npm ci`, `--require-hashes`
#   tests  names of which the step asks whether there is such a command: `command -v curl`
#   calls  tools that the step calls. TOOLS: the names of all tools, blanks between

BEGIN { FS = OFS = "\t" }

NR == 1 {
	for (number = split(TOOLS, list, " "); number > 0; number--) IS_TOOL[list[number]] = 1
}

NF < 11 { print; next }

{
	for (tool in SAFE) delete SAFE[tool]
	for (tool in UNSAFE) delete UNSAFE[tool]
	for (tool in TESTED) delete TESTED[tool]
	for (tool in CALLED) delete CALLED[tool]
	read_text($11)
	for (tool in UNSAFE) delete SAFE[tool]
	for (tool in TESTED) delete CALLED[tool]
	print $1, $2, $3, $4, $5, $6, $7, $8, $9, names(SAFE), names(TESTED), names(CALLED), $10
}

# The names of a set in order, commas between.
function names(set,    number, count, list, text) {
	count = split("npm pip uv " TOOLS, list, " ")
	for (number = 1; number <= count; number++)
		if (list[number] in set && index("," text ",", "," list[number] ",") == 0)
			text = text (text == "" ? "" : ",") list[number]
	return text == "" ? "-" : text
}

# Quotes and brackets become blanks: `bash -c "npm ci"` and `["npm", "ci"]` call npm.
function read_text(text,    commands, count, number) {
	if (text ~ /seawall-more$/) return
	gsub(/["'\[\],]/, " ", text)
	IS_ANY_TESTED = 0
	count = split(text, commands, /[;&|(){}`]+/)
	for (number = 1; number <= count; number++) {
		read_test(commands[number])
		read_command(commands[number])
	}
	if (IS_ANY_TESTED) for (tool in CALLED) TESTED[tool]
}

# A variable may stand for each tool of the text.
function read_test(command,    words, count, at, is_test) {
	count = split(command, words, " ")
	for (at = 1; at <= count; at++) {
		if (words[at] in IS_TOOL) CALLED[words[at]]
		if (words[at] ~ /^(which|type|hash|whereis)$/ || (words[at - 1] == "command" && words[at] ~ /^-[pvV]+$/)) is_test = 1
		else if (is_test && words[at] in IS_TOOL) TESTED[words[at]]
		else if (is_test && words[at] ~ /^\$/) IS_ANY_TESTED = 1
	}
}

# The first word that is a tool decides.
function read_command(command,    words, count, at, name) {
	count = split(command, words, " ")
	for (at = 1; at <= count; at++) {
		name = words[at]
		sub(/.*\//, "", name)
		if (name ~ /^pip[0-9.]*$/) { read_call("pip", command, after(words, at, count)); return }
		if (name == "uv") { read_call("uv", command, after(words, at, count)); return }
		if (name == "npm") { read_call("npm", command, after(words, at, count)); return }
		if (name == "uvx") UNSAFE["uv"]
		if (name ~ /^(npx|yarn|yarnpkg|pnpm|pnpx|corepack|bun)$/) UNSAFE["npm"]
	}
}

# The words behind the tool without options.
function after(words, at, count,    text) {
	for (at++; at <= count; at++) if (words[at] !~ /^-/) text = text words[at] " "
	return text
}

function read_call(tool, command, rest) {
	if (tool == "npm") {
		if (rest ~ /^(ci|clean-install) /) SAFE[tool]
		else if (rest !~ /^((run|run-script|test|cache|config|prune|version|rebuild) |$)/) UNSAFE[tool]
	} else if (tool == "pip") {
		if (rest ~ /^(list|show|check|freeze|config|cache|--version) |^$/) return
		if (command ~ / --require-hashes( |$)/) SAFE[tool]; else UNSAFE[tool]
	} else if (rest ~ /^pip (install|sync) / && command ~ / --require-hashes( |$)/) SAFE[tool]
	else if (rest !~ /^(venv |python |$)/) UNSAFE[tool]
}

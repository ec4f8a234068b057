# weaving.awk: prints the steps of one target in the plain progress of a bake, without its name. Input: the names of the
# targets, one a line (what=names), the Dockerfile of the target (what=file), the progress (what=output).
# ENVIRON: WEAVING_TARGET.
# A step that several targets share is one step in the progress, with the name of one of them: a step of another target
# counts if this one has no step of this name, and its Dockerfile has a line that begins with the same command.

BEGIN { TARGET = ENVIRON["WEAVING_TARGET"] }

what == "names" { NAME[$0] = 1 }

what == "file" {
	sub(/^[ \t]+/, "")
	LINE[++LINES] = $0
}

# `#7 [app 2/3] RUN make`, `#7 [app linux/amd64 base 2/3] RUN make`
what == "output" && /^#[0-9]+ \[[a-zA-Z0-9_-]+ / && !($1 in OWNER) {
	name = substr($2, 2)
	if (!(name in NAME)) next
	OWNER[$1] = name
	TEXT[$1] = "[" substr($0, length($1) + length(name) + 4)
	if (name == TARGET) OWN[TEXT[$1]] = 1
	ORDER[++COUNT] = $1
}

what == "output" && /^#[0-9]+ (DONE|CACHED)/ && ($1 in OWNER) { END_OF[$1] = $2 }

END {
	for (number = 1; number <= COUNT; number++) {
		step = ORDER[number]
		if (OWNER[step] != TARGET && ((TEXT[step] in OWN) || !is_shared(TEXT[step]))) continue
		print step, TEXT[step]
		if (step in END_OF) print step, END_OF[step]
	}
}

# BuildKit joins the lines of a command, and puts in the values of variables.
function is_shared(text,    number, command) {
	command = text
	if (!sub(/^\[[^]]*\] (ONBUILD )?/, "", command) || command !~ /^RUN /) return 0
	for (number = 1; number <= LINES; number++) if (begins_alike(command, LINE[number])) return 1
	return 0
}

function begins_alike(command, line) {
	sub(/[ \t]*\\?[ \t\r]*$/, "", line)
	sub(/\$.*/, "", line)
	if (toupper(substr(line, 1, 4)) != "RUN ") return 0
	sub(/^... +/, "RUN ", line)
	return length(line) > 4 && (index(command, line) == 1 || index(line, command) == 1)
}

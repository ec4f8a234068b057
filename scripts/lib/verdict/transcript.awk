# transcript.awk: prepares the log of a build for rules that match single lines. Lines are in lower case.

# transcript_read(RAW, COUNT): fills LINES[1..n] with the lines that may be evidence and FROM[1..n] with their
# numbers in RAW, and returns n. A line of a build
# step that reads or writes a cache, pushes or boots the builder begins with `@PHASE `, a warning with `@warn `.
function transcript_read(raw, count,    i, n, end, line) {
	n = 0
	for (i = 1; i <= count; i++) {
		line = raw[i]
		if (line ~ /: process "/ && line !~ /" did not complete/) {
			end = transcript__recipe_end(raw, count, i)
			if (end) line = line " " raw[end]
			if (end) i = end
		}
		line = transcript__phase(transcript__clean(line))
		if (line != "" && !(line in TRANSCRIPT_SEEN)) {
			TRANSCRIPT_SEEN[line] = 1
			LINES[++n] = transcript__warning(line)
			FROM[n] = i
		}
	}
	return n
}

# The line that ends a quoted recipe, 0 without one in 200 lines: the recipe may contain any phrase.
function transcript__recipe_end(raw, count, from,    i) {
	if (from in TRANSCRIPT_NO_END) return 0
	for (i = from + 1; i <= count && i <= from + 200; i++)
		if (raw[i] ~ /" did not complete/) return i
	# The lines up to here have no end either.
	for (i = from; i <= count && i <= from + 200; i++) TRANSCRIPT_NO_END[i] = 1
	return 0
}

# Removes colours, typographic quotes, timestamps, log levels and what a command line echoes of the recipe.
function transcript__clean(line) {
	gsub(/\033\[[0-9;?]*[a-z]/, "", line)
	gsub(/\342\200[\230\231]/, "'", line)
	gsub(/\342\224\202/, "|", line)
	gsub(/[^ -~\t]+/, " ", line)
	sub(/^[a-z][a-z][a-z], [0-9][0-9]? [a-z][a-z][a-z] [0-9]+ [0-9:]+ gmt +/, "", line)
	sub(/^\[?[0-9]+[-\/][-0-9\/]+[t ][0-9]+:[0-9:.,]+z?\]? +/, "", line)
	sub(/^\[?[0-9][0-9]:[0-9][0-9:.]*\]? +/, "", line)
	sub(/^##?\[error\]/, "", line)
	sub(/^\[(info|error|fatal|stderr|builder)\] +/, "", line)
	sub(/process ".*" did not complete/, "process did not complete", line)
	sub(/executor failed running \[.*\]:/, "executor failed running:", line)
	sub(/the command .* returned a non-zero/, "the command returned a non-zero", line)
	return line
}

# transcript_mask_files(LINE): returns LINE with `file` in place of each name of a source file, which may contain any
# word, as connection-reset.js does. The extension stays.
function transcript_mask_files(line,    done, name) {
	done = ""
	while (match(line, /[a-z0-9_@-][a-z0-9_.@-]*\.(c|cc|cpp|cs|go|h|java|jsx?|kt|mjs|php|py|rb|rs|sh|swift|tsx?|vue|ya?ml)([^a-z0-9]|$)/)) {
		name = substr(line, RSTART, RLENGTH)
		done = done substr(line, 1, RSTART - 1) "file"
		line = substr(line, RSTART + RLENGTH)
		sub(/^.*\./, ".", name)
		done = done name
	}
	return done line
}

# A warning did not end the command.
function transcript__warning(line) {
	return line ~ /^(w:|[a-z]* *\[*warn)/ ? "@warn " line : line
}

# Returns LINE with the phase of its step, nothing for step headers, excerpts of the Dockerfile and shell traces.
function transcript__phase(line,    step, phase) {
	if (line ~ /^[#0-9 .]*[>*]* *[0-9]+ ?\| / || line ~ /^[ =]*> (error )?(cached )?\[[^]]*[0-9]\/[0-9]*\] [a-z]/ ||
		line ~ /^#[0-9]* \[[^]]*[0-9]\/[0-9]*\] [a-z]/ || line ~ /^step [0-9]+(\/[0-9]+)? ?: / ||
		line ~ /^[#0-9 .]*\+ / || line ~ /^\[command\]/) return ""
	step = 0
	if (match(line, /^#[0-9]+ /)) {
		step = substr(line, 2, RLENGTH - 2)
		line = substr(line, RLENGTH + 1)
	}
	sub(/^[0-9]+\.[0-9]+ */, "", line)
	sub(/^[ =>#|]+/, "", line)
	sub(/^error importing /, "importing ", line)
	sub(/^error exporting /, "exporting ", line)
	phase = transcript__phase_of(line, step)
	if (phase != "") {
		TRANSCRIPT_PHASE[step] = phase == "none" ? "" : "@" phase " "
		TRANSCRIPT_LAST_PHASE = TRANSCRIPT_PHASE[step]
		return ""
	}
	sub(/^[ \t]+/, "", line)
	return line == "" ? "" : TRANSCRIPT_PHASE[step] line
}

# The phase that begins with this line, nothing if none does.
function transcript__phase_of(line, step) {
	if (line ~ /^importing cache manifest/) return "cache-import"
	if (line ~ /^(exporting( to github actions)? cache|preparing build cache for)/) return "cache-export"
	if (line ~ /^exporting to github actions cache/) return "cache-export"
	if (line ~ /^\[internal\] booting buildkit/) return "boot"
	if (line ~ /^(pushing (layers|manifest)|the push refers to) /) return "push"
	if (step == 0 && line ~ /^[0-9a-f]+: (layer already exists|preparing|push[a-z]*)/) return "push"
	if (step == 0 && line ~ /^(\[(internal|auth|[^]]* [0-9]+\/[0-9]+)\]|exporting to ).*:$/) return "none"
	return ""
}

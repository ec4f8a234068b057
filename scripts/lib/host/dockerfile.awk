# dockerfile.awk: what a Dockerfile asks of the world. For dockerfile.sh, which says how it is called and what it prints.
# Reads as BuildKit's own parser does (frontend/dockerfile/parser, tested against it): directives, escape characters,
# continuations, comments inside, heredocs, global ARGs, stages. Input: lines NAME=VALUE, a line that is empty, the file.

BEGIN {
	ESCAPE = "\\"; HEAD = 1; STAGES = 0; OFS = "\t"
	split("PLATFORM OS ARCH VARIANT", PARTS, " ")
	for (part in PARTS) {
		VALUES["BUILD" PARTS[part]] = ENVIRON["BUILD" PARTS[part]]
		VALUES["TARGET" PARTS[part]] = ENVIRON["TARGET" PARTS[part]]
	}
}

!GIVEN_END {
	if ($0 == "") GIVEN_END = 1
	else { at = index($0, "="); GIVEN[substr($0, 1, at - 1)] = substr($0, at + 1) }
	next
}

{
	NUMBER++
	sub(/\r$/, "")
	if (NUMBER == 1) sub(/^\357\273\277/, "")
}

HEREDOCS > 0 { heredoc_line($0); next }

HEAD && is_directive($0) { next }

{
	HEAD = 0
	if ($0 ~ /^[ \t]*#/ || (CONTINUED && $0 ~ /^[ \t]*$/)) next
	if (!CONTINUED) { LOGICAL = ""; BEGUN = NUMBER; sub(/^[ \t]+/, "") }
	line = $0
	CONTINUED = ends_in_escape(line)
	if (CONTINUED) line = CUT
	LOGICAL = LOGICAL line
	if (CONTINUED) next
	instruction(LOGICAL)
}

END {
	if (CONTINUED) instruction(LOGICAL)
	if (SYNTAX != "") print "syntax", SYNTAX
	if (STAGES > 0) reach(target_stage())
	for (number = 1; number <= PRINTED; number++) print LINES[number]
}

# Whether a line of the head is a directive or may stand before one.
function is_directive(line,    name, value, at) {
	if (line !~ /^#[ \t]*[A-Za-z][A-Za-z0-9]*[ \t]*=[ \t]*[^ \t]/) return 0
	sub(/^#[ \t]*/, "", line)
	at = index(line, "=")
	name = tolower(trimmed(substr(line, 1, at - 1)))
	value = trimmed(substr(line, at + 1))
	if (name == "escape") ESCAPE = value
	if (name == "syntax") { sub(/[ \t].*$/, "", value); SYNTAX = value }
	return 1
}

function trimmed(text) {
	sub(/^[ \t]+/, "", text)
	sub(/[ \t]+$/, "", text)
	return text
}

# An escape character at the end, blanks behind it allowed, two of them not: CUT is the line without it.
function ends_in_escape(line,    last) {
	CUT = line
	sub(/[ \t]+$/, "", CUT)
	last = length(CUT)
	if (last == 0 || substr(CUT, last) != ESCAPE) return 0
	if (last > 1 && substr(CUT, last - 1, 1) == "\\") return 0
	CUT = substr(CUT, 1, last - 1)
	return 1
}

# Splits into WORDS, quotes and escapes kept; gives their number.
function split_words(text,    at, sign, quote, word, count, open) {
	count = 0; word = ""; quote = ""; open = 0
	for (at = 1; at <= length(text); at++) {
		sign = substr(text, at, 1)
		if (quote != "") {
			word = word sign
			if (sign == ESCAPE && quote == "\"") word = word substr(text, ++at, 1)
			else if (sign == quote) quote = ""
		} else if (sign == " " || sign == "\t") {
			if (open) WORDS[++count] = word
			word = ""; open = 0
		} else {
			open = 1; word = word sign
			if (sign == "'" || sign == "\"") quote = sign
			else if (sign == ESCAPE) word = word substr(text, ++at, 1)
		}
	}
	if (open) WORDS[++count] = word
	return count
}

# Quotes and escapes go, variables are put in. UNREAD is set where a form is not known here.
function expanded(word,    at, sign, result, quote) {
	result = ""; quote = ""
	for (at = 1; at <= length(word); at++) {
		sign = substr(word, at, 1)
		if (quote == "'") { if (sign == "'") quote = ""; else result = result sign }
		else if (sign == "'" && quote == "") quote = "'"
		else if (sign == "\"") quote = (quote == "" ? "\"" : "")
		else if (sign == ESCAPE) result = result substr(word, ++at, 1)
		else if (sign == "$") { AT = at; result = result variable(word); at = AT }
		else result = result sign
	}
	return result
}

# The variable at AT of a word; AT is moved to its last character.
function variable(word,    rest, name, end, depth, form, other) {
	rest = substr(word, AT + 1)
	if (match(rest, /^[A-Za-z_][A-Za-z0-9_]*/)) { AT += RLENGTH; return value_of(substr(rest, 1, RLENGTH)) }
	if (substr(rest, 1, 1) != "{") return "$"
	depth = 0
	for (end = 1; end <= length(rest); end++) {
		if (substr(rest, end, 1) == "{") depth++
		if (substr(rest, end, 1) == "}" && --depth == 0) break
	}
	AT += end
	rest = substr(rest, 2, end - 2)
	if (!match(rest, /^[A-Za-z_][A-Za-z0-9_]*/)) { UNREAD = 1; return "" }
	name = substr(rest, 1, RLENGTH)
	form = substr(rest, RLENGTH + 1)
	if (form == "") return value_of(name)
	if (form !~ /^:?[-+?]/) { UNREAD = 1; return "" }
	other = form
	sub(/^:?./, "", other)
	if (form ~ /^:?-/) return (is_set(name, form ~ /^:/) ? value_of(name) : nested(other))
	if (form ~ /^:?\+/) return (is_set(name, form ~ /^:/) ? nested(other) : "")
	if (!is_set(name, form ~ /^:/)) UNREAD = 1
	return value_of(name)
}

function nested(word,    at, result) { at = AT; result = expanded(word); AT = at; return result }
function is_set(name, filled) { return (name in VALUES) && (!filled || VALUES[name] != "") }
function value_of(name) { return (name in VALUES) ? VALUES[name] : "" }

function instruction(line,    name, rest, count, from) {
	name = line
	sub(/[ \t].*$/, "", name)
	rest = trimmed(substr(line, length(name) + 1))
	name = toupper(name)
	if (name == "ONBUILD") { heredocs_of(rest); return }
	if (name ~ /^(RUN|COPY|ADD)$/) heredocs_of(line)
	count = split_words(rest)
	if (name == "FROM") begin_stage(count)
	else if (name == "ARG" && STAGES == 0) global_arguments(count)
	else if (STAGES > 0) wants(name, count)
}

function global_arguments(count,    number, at, name) {
	for (number = 1; number <= count; number++) {
		at = index(WORDS[number], "=")
		name = at ? substr(WORDS[number], 1, at - 1) : WORDS[number]
		if (name in GIVEN) VALUES[name] = GIVEN[name]
		else if (at) VALUES[name] = expanded(substr(WORDS[number], at + 1))
	}
}

function begin_stage(count,    number, base) {
	number = 1
	while (number <= count && WORDS[number] ~ /^--/) number++
	STAGES++
	UNREAD = 0
	base = expanded(WORDS[number])
	if (UNREAD) base = ""
	WANTS[STAGES] = 0
	want(STAGES, "from", base)
	if (tolower(WORDS[number + 1]) == "as" && count >= number + 2) NAMES[tolower(WORDS[number + 2])] = STAGES
}

# A want is a stage by its number, or what it says; a stage knows only those before it.
function want(stage, how, what,    name) {
	name = tolower(what)
	WANTS[stage]++
	if (how != "add" && how != "secret" && name in NAMES) KIND[stage, WANTS[stage]] = "stage " NAMES[name]
	else if (how == "copy" && what ~ /^[0-9]+$/) KIND[stage, WANTS[stage]] = "stage " (what + 1)
	else if (what == "scratch" && how == "from") WANTS[stage]--
	else KIND[stage, WANTS[stage]] = (what == "" ? "unread\tline " BEGUN : how "\t" what)
}

function wants(name, count,    number, parts, fields, part) {
	for (number = 1; number <= count && WORDS[number] ~ /^--/; number++) {
		if (name == "COPY" && WORDS[number] ~ /^--from=/) want(STAGES, "copy", substr(WORDS[number], 8))
		if (name != "RUN" || WORDS[number] !~ /^--mount=/) continue
		gsub(/"/, "", WORDS[number])
		fields = split(substr(WORDS[number], 9), parts, ",")
		for (part = 1; part <= fields; part++)
			if (tolower(parts[part]) ~ /^from=/) want(STAGES, "mount", substr(parts[part], 6))
		mounted_secret(fields, parts)
	}
	if (name != "ADD") return
	for (; number < count; number++) if (WORDS[number] ~ /^(https?:\/\/|git@|git:\/\/|ssh:\/\/)/) want(STAGES, "add", WORDS[number])
}

# A secret without an id is known by the last part of its path, as BuildKit has it.
function mounted_secret(fields, parts,    part, key, id, target, secret) {
	for (part = 1; part <= fields; part++) {
		key = tolower(parts[part])
		sub(/=.*/, "", key)
		if (tolower(parts[part]) == "type=secret") secret = 1
		else if (key == "id") id = substr(parts[part], 4)
		else if (key ~ /^(target|dst|destination)$/) target = substr(parts[part], length(key) + 2)
	}
	if (!secret) return
	if (id == "") { sub(/.*\//, "", target); id = target }
	if (id != "") want(STAGES, "secret", id)
}

function heredocs_of(line,    count, number, word) {
	count = split_words(line)
	for (number = 1; number <= count; number++) {
		word = WORDS[number]
		if (word !~ /^[0-9]*<<-?[^<]+$/) continue
		CHOMP[++HEREDOCS + HEREDOCS_DONE] = (word ~ /^[0-9]*<<-/)
		sub(/^[0-9]*<<-?/, "", word)
		gsub(/["']/, "", word)
		ENDS[HEREDOCS + HEREDOCS_DONE] = word
	}
}

# They come one after the other; HEREDOCS is how many are still to end.
function heredoc_line(line) {
	if (CHOMP[HEREDOCS_DONE + 1]) sub(/^\t+/, "", line)
	if (line != ENDS[HEREDOCS_DONE + 1]) return
	HEREDOCS--
	HEREDOCS_DONE++
}

# A target that is none is buildx's to tell.
function target_stage(    name) {
	name = tolower(TARGET)
	return name == "" ? STAGES : NAMES[name] + 0
}

# All that a stage needs, stages that it needs first, each line once.
function reach(stage,    number, kind) {
	if (stage in REACHED || stage > STAGES) return
	REACHED[stage] = 1
	for (number = 1; number <= WANTS[stage]; number++) {
		kind = KIND[stage, number]
		if (kind ~ /^stage /) reach(substr(kind, 7) + 0)
		else if (!(kind in SAID)) { SAID[kind] = 1; LINES[++PRINTED] = kind }
	}
}

# classify.awk: prints class, upstream, lasting (a word of rules.tsv, or `-`) and party of a failure, with tabs between.
# Reads rules.tsv and the text; the environment has CLASSIFY_TOOL, CLASSIFY_UPSTREAM (its usual upstream) and
# CLASSIFY_EXIT.
FILENAME ~ /rules\.tsv$/ {
	rules_read($0, ENVIRON["CLASSIFY_TOOL"])
	next
}

FILENAME ~ /tool\.tsv$/ {
	command_read($0)
	next
}

{
	TEXT[++RAW_LINES] = $0
	RAW[RAW_LINES] = tolower($0)
}

END {
	COUNT = transcript_read(RAW, RAW_LINES)
	for (i = 1; i <= COUNT; i++) LINES[i] = status_mark(LINES[i])
	if (ENVIRON["CLASSIFY_EXIT"] != "") LINES[++COUNT] = "@exit " ENVIRON["CLASSIFY_EXIT"]
	classify_match()
	if (!RULE[1]) classify_match_pairs()
	rules_choose("")
	if (!classify_pick()) classify_match_last_phase()
	classify_report(classify_pick())
}

# The lines FIRST to LAST with SEPARATOR between them.
function classify_text(first, last, separator,    text) {
	while (first <= last && first <= COUNT) text = text separator LINES[first++]
	return text
}

# Keeps the first rule that matches in each section: in RULE[section] its number, in LINE[section] the line. Sections: 1
# causes, 2 consequences, 3 causes that are warnings or a cache that could not be imported, 4 endings, 5 keys that apt
# lacks (apt goes on without that repository), 6 consequences that are warnings.
function classify_match(    i, line, rule) {
	for (i = 1; i <= COUNT; i++) {
		if (i % 100 == 1) rules_choose(classify_text(i, i + 99, "\n"))
		line = LINES[i]
		rule = classify_cause(line)
		line = CLASSIFY_LINE
		if (rule) {
			if (line ~ /^@warn w: gpg error.*no_pubkey/) classify_keep(5, rule, line, i)
			else classify_keep(line ~ /^@(warn|cache-import) / ? 3 : 1, rule, line, i)
		} else if (rule = rules_match("[consequences]", line)) classify_keep(line ~ /^@warn / ? 6 : 2, rule, line, i)
		else if (rule = rules_match("[endings]", line)) classify_keep(4, rule, line, i)
	}
}

# The rule of the first section for LINE, 0 for none; CLASSIFY_LINE is the line that it fits. Names of source files may
# contain any word, so they do not count.
function classify_cause(line,    rule) {
	rule = rules_match("[causes]", line)
	if (rule && line ~ /[a-z0-9_]\.(c|cc|cpp|cs|go|h|java|jsx?|kt|mjs|php|py|rb|rs|sh|swift|tsx?|vue|ya?ml)([^a-z0-9]|$)/)
		rule = rules_match("[causes]", line = transcript_mask_files(line))
	CLASSIFY_LINE = line
	return rule
}

function classify_keep(section, rule, line, number) {
	if (!RULE[section] || rule < RULE[section]) {
		RULE[section] = rule
		LINE[section] = line
		INDEX[section] = number
	}
}

# The lines FIRST to LAST in one, with a blank between them and without, and each number that may become a status there.
function classify_joined(first, last,    text, rest) {
	text = classify_text(first, last, " ") classify_text(first, last, "")
	for (rest = text; match(rest, /[45][0-9][0-9]/); rest = substr(rest, RSTART + 1))
		text = text " @" substr(rest, RSTART, 3) " "
	return text
}

# A terminal or a tool may have wrapped the line, between two words or within one.
function classify_match_pairs(    first, i, rule, line) {
	first = COUNT > 400 ? COUNT - 400 : 1
	for (i = first; i < COUNT; i++) {
		if ((i - first) % 100 == 0) rules_choose(classify_joined(i, i + 100))
		if (LINES[i] ~ /^@/ || LINES[i + 1] ~ /^@/) continue
		line = status_mark(LINES[i] " " LINES[i + 1])
		rule = classify_cause(line)
		if (!rule) rule = classify_cause(LINES[i] LINES[i + 1])
		if (rule) classify_keep(1, rule, CLASSIFY_LINE, 0)
	}
}

# BuildKit ends with a bare reason when the step that failed had printed DONE: the cache export in the background.
function classify_match_last_phase(    i, line, rule) {
	for (i = 1; i <= COUNT; i++) {
		line = TRANSCRIPT_LAST_PHASE LINES[i]
		if (LINES[i] ~ /^(error: )?failed to solve: / && (rule = rules_match("[causes]", line))) classify_keep(1, rule, line, i)
	}
}

# The section that decides: a cause; else a consequence, or the warning that explains it; else the bare end of a step,
# whose warnings did not stop it. 0 if no rule matches.
function classify_pick() {
	if (RULE[1]) return 1
	if (RULE[2]) return RULE[3] ? 3 : RULE[5] ? 5 : 2
	return RULE[4] ? 4 : RULE[3] ? 3 : RULE[5] ? 5 : RULE[6] ? 6 : 0
}

# The upstream of the tools in the RUN step that BuildKit names as failed, `none` if they have several; empty if it names
# no step.
function classify_step_upstream(    i, command, upstream) {
	for (i = RAW_LINES; i > 0; i--) {
		if (!match(TEXT[i], /^ERROR: .*process "/)) continue
		command = substr(TEXT[i], RLENGTH + 1)
		sub(/" did not complete successfully: .*/, "", command)
		upstream = command_upstream(command)
		return upstream == "" ? "none" : upstream
	}
	return ""
}

# If the rule names no upstream, it is the one in its line, else that of the tool, else the first one in the text. A RUN
# step does not ask the builder's registry.
function classify_report(section,    rule, column, i, step) {
	if (!section) {
		print "other\tnone\t-\t"
		return
	}
	split(RULES[RULE[section]], column, "\t")
	if (column[2] == "-") {
		rule = rules_match("[upstreams]", LINE[section])
		if (!rule && ENVIRON["CLASSIFY_UPSTREAM"] == "none")
			for (i = 1; i <= COUNT && !rule; i++) rule = rules_match("[upstreams]", LINES[i])
		column[2] = ENVIRON["CLASSIFY_UPSTREAM"]
		if (!rule && column[2] == "registry" && (step = classify_step_upstream()) != "") column[2] = step
		if (rule) column[2] = substr(RULES[rule], 3, length(RULES[rule]) - 4)
	}
	print column[1] "\t" column[2] "\t" column[3] "\t" classify_party(column[1], section)
}

# The party of the line that decides, in the case of the text, else that of the first line that has one.
function classify_party(class, section,    i, party) {
	party = party_of(class, INDEX[section] ? TEXT[FROM[INDEX[section]]] : LINE[section])
	for (i = 1; i <= RAW_LINES && party == ""; i++)
		if (party__url(TEXT[i]) != "" || TEXT[i] ~ / repository \[/) party = party_of(class, TEXT[i])
	return party
}

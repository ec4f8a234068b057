# rules.awk: the table rules.tsv. Compiling a pattern takes longer than matching it, so a pattern is used only for a
# line that contains one of its hints (column 8).

# rules_read(ROW, TOOL): keeps a row of rules.tsv, unless it is for another tool.
function rules_read(row, tool,    column, n, i) {
	if (row ~ /^\[[a-z]+\]$/) {
		RULES_SECTION = row
		return
	}
	if (row ~ /^#/ || split(row, column, "\t") < 8 || (column[2] != "-" && column[2] != tool)) return
	n = ++RULES_COUNT
	RULES[n] = column[3] "\t" column[4] "\t" column[5]
	RULES_PATTERN[n] = column[1]
	RULES_OF[n] = RULES_SECTION
	RULES_HINTS[n] = split(column[8], column, "|")
	for (i = 1; i <= RULES_HINTS[n]; i++) RULES_HINT[n, i] = column[i]
}

# rules_choose(TEXT): from now on only rules of which a hint stands in TEXT count. Without TEXT all rules count.
function rules_choose(text,    n, i, section) {
	split("", RULES_CHOSEN)
	for (n = 1; n <= RULES_COUNT; n++) {
		for (i = RULES_HINTS[n]; i && text != "" && !index(text, RULES_HINT[n, i]); i--) continue
		section = RULES_OF[n]
		if (i) RULES_CHOICE[section, ++RULES_CHOSEN[section]] = n
	}
}

# rules_match(SECTION, LINE): returns the number of the first rule of SECTION that matches, 0 for none.
function rules_match(section, line,    k, n, i) {
	for (k = 1; k <= RULES_CHOSEN[section]; k++) {
		n = RULES_CHOICE[section, k]
		for (i = RULES_HINTS[n]; i && !index(line, RULES_HINT[n, i]); i--) continue
		if (i && line ~ RULES_PATTERN[n]) return n
	}
	return 0
}

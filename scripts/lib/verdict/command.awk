# command.awk: which upstream the tools of a command line contact. Reads the rows of tool.tsv with command_read.

# A row: word, tool, upstream.
function command_read(row,    column) {
	if (row !~ /^#/ && split(row, column, "\t") == 3) COMMAND_UPSTREAM[column[1]] = column[3]
}

# The upstream of the tools that a command line calls, if they have one in common; empty if none or several.
function command_upstream(text,    commands, count, number, upstream, found) {
	gsub(/["'\[\],]/, " ", text)
	count = split(text, commands, /[;&|(){}`]+/)
	for (number = 1; number <= count; number++) {
		upstream = command__upstream_of(commands[number])
		if (upstream == "" || upstream == "none" || upstream == found) continue
		if (found != "") return ""
		found = upstream
	}
	return found
}

# The first word that is no prefix of a command (sudo, env, an option, a variable) decides.
function command__upstream_of(command,    words, count, at, word) {
	count = split(command, words, " ")
	for (at = 1; at <= count; at++) {
		word = words[at]
		sub(/.*\//, "", word)
		if (word ~ /^(-.*|[0-9].*|[A-Za-z_]+=.*|!|if|then|else|elif|while|until|do|for)$/) continue
		if (word ~ /^(sudo|doas|env|exec|nice|nohup|time|timeout|stdbuf|setsid|busybox|sh|ash|bash|dash|RUN)$/) continue
		if (words[at - 1] ~ /^-[ugks]$/ || (word ~ /^(python|pypy)[0-9.]*$/ && command ~ / -[A-Za-z]*m /)) continue
		if (!(word in COMMAND_UPSTREAM)) sub(/[0-9.]+$/, "", word)
		return (word in COMMAND_UPSTREAM) ? COMMAND_UPSTREAM[word] : ""
	}
	return ""
}

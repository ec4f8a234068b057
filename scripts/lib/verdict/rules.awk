# rules.awk: makes the program of the classifier: prints the other parts, then rules.tsv as functions. Each section
# becomes a function from a line to the number of its first rule that matches, 0 for none.
FILENAME !~ /rules\.tsv$/ { print; next }
/^\[[a-z]+\]$/ {
	if (section != "") print "\treturn 0\n}"
	section = substr($0, 2, length($0) - 2)
	print "function rules_" section "(line) {"
	next
}
/^#/ || !/\t/ { next }
{
	split($0, column, "\t")
	pattern = ""
	count = split(column[1], part, "/")
	for (i = 1; i <= count; i++) pattern = pattern (i > 1 ? "\\/" : "") part[i]
	number++
	print "\tif (" (column[2] == "-" ? "" : "TOOL == \"" column[2] "\" && ") "line ~ /" pattern "/) return " number
	described = described "\tRULES[" number "] = \"" column[3] "\\t" column[4] "\\t" column[5] "\"\n"
}
END {
	print "\treturn 0\n}"
	print "function rules_describe() {\n" described "}"
}

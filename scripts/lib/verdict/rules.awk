# rules.awk: makes the program of the classifier: prints the other parts, then rules.tsv as functions. Each section
# becomes a function from a line to the number of its first rule that matches, 0 for none. Rules for other tools than
# CLASSIFY_TOOL are left out, because most of the time goes into compiling patterns.
BEGIN { FS = "\t" }
FILENAME !~ /rules\.tsv$/ { print; next }
/^\[[a-z]+\]$/ {
	if (section != "") print "\treturn 0\n}"
	section = substr($0, 2, length($0) - 2)
	print "function rules_" section "(line) {"
	next
}
/^#/ || NF < 2 { next }
$2 == "-" || $2 == ENVIRON["CLASSIFY_TOOL"] {
	number++
	gsub(/\//, "\\/", $1)
	print "\tif (line ~ /" $1 "/) return " number
	described = described "\tRULES[" number "] = \"" $3 "\\t" $4 "\\t" $5 "\"\n"
}
END {
	print "\treturn 0\n}"
	print "function rules_describe() {\n" described "}"
}

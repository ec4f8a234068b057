# weave-insert.awk: prints a Dockerfile with flags behind the word RUN of some lines. Input: a file with the number of a
# line, a tab and its flags per line, then the Dockerfile with what=file before it. All other bytes stay.

what != "file" {
	at = index($0, "\t")
	FLAGS[substr($0, 1, at - 1)] = substr($0, at + 1)
	next
}

(++NUMBER in FLAGS) && match(tolower($0), /^[ \t\v\f\r]*(onbuild[ \t\v\f\r]+)?run/) {
	$0 = substr($0, 1, RLENGTH) " " FLAGS[NUMBER] substr($0, RLENGTH + 1)
}

{ print }

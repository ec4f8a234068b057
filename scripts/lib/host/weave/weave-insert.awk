# weave-insert.awk: prints a Dockerfile with flags behind the word RUN of some lines. Input: a file with the number of a
# line, a tab and its flags per line, then the Dockerfile with PHASE=2 before it. All other bytes stay.

PHASE != 2 {
	at = index($0, "\t")
	FLAGS[substr($0, 1, at - 1)] = substr($0, at + 1)
	next
}

(++NUMBER in FLAGS) && match($0, /^[ \t\v\f\r]*([Oo][Nn][Bb][Uu][Ii][Ll][Dd][ \t\v\f\r]+)?[Rr][Uu][Nn]/) {
	$0 = substr($0, 1, RLENGTH) " " FLAGS[NUMBER] substr($0, RLENGTH + 1)
}

{ print }

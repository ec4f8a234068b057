# weave-unfinished.awk: prints the RUN steps that a failed build did not finish. Input: the output of the build
# (what=output), then its plain progress (what=progress), which may be the same file.
#   line N           BuildKit marks line N of the Dockerfile
#   step STAGE K N   step K of N of the stage (`-` for the only one) failed, was canceled or still runs
#   moved STAGE K N  the same, where a named context may replace the base of the stage: FROM is in N then, not in K
#   trigger STAGE    the same for a step of ONBUILD
# A step cannot print such lines: BuildKit puts number and time before each line of its output.

what == "output" && /^ *[0-9]+ \| >>> / && MARKED < 100 {
	print "line", $1
	MARKED++
}

what == "progress" && /^#[0-9]+ \[context / { REPLACED = 1 }

what == "progress" && /^#[0-9]+ \[[^]]*[0-9]\/[0-9]+\] FROM / { read_place(); HAS_FROM[STAGE] = 1 }

what == "progress" && /^#[0-9]+ \[[^]]*[0-9]\/[0-9]+\] (ONBUILD )?RUN / && !($1 in KIND) && COUNT < 10000 {
	read_place()
	KIND[$1] = substr($0, RSTART + RLENGTH, 9) == " ONBUILD " ? "trigger" : "step"
	STAGE_OF[$1] = STAGE
	PLACE[$1] = NUMBER
	ORDER[++COUNT] = $1
}

what == "progress" && /^#[0-9]+ (DONE|CACHED)/ { FINISHED[$1] = 1 }

# Sets STAGE and NUMBER from the brackets of a step: `[linux/amd64 app 2/5]`.
function read_place(    words, word, part) {
	match($0, /\[[^]]*\]/)
	words = split(substr($0, RSTART + 1, RLENGTH - 2), word, " ")
	split(word[words], part, "/")
	STAGE = words > 1 && word[words - 1] !~ /\// ? word[words - 1] : "-"
	NUMBER = part[1] " " part[2]
}

function tell(step,    stage) {
	stage = STAGE_OF[step]
	if (KIND[step] == "trigger") print "trigger", stage
	else print (REPLACED && !(stage in HAS_FROM) ? "moved" : "step"), stage, PLACE[step]
}

END { for (number = 1; number <= COUNT; number++) if (!(ORDER[number] in FINISHED)) tell(ORDER[number]) }

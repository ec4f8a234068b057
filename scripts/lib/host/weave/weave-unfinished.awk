# weave-unfinished.awk: prints the RUN steps that a failed build did not finish. Input: the output of the build
# (what=output), then its plain progress (what=progress), which may be the same file.
#   line N           BuildKit marks line N of the Dockerfile
#   step STAGE K N   step K of N of the stage (`-` for the only one) failed, was canceled or still runs
#   moved STAGE K N  the same, where a named context may replace the base of the stage: FROM is in N then, not in K
#   trigger STAGE    the same for a step of ONBUILD
#   hides            a failed step, or a finished one before it in its stage, hides an outage (weave-outage.awk)
# A finished step that hides one is printed as if it had not finished.
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
	UPDATES[$1] = updates_apt($0)
}

what == "progress" && /^#[0-9]+ (DONE|CACHED)/ { FINISHED[$1] = $2 }
what == "progress" && /^#[0-9]+ ERROR: process / { FAILED[STAGE_OF[$1]] = 1; HAS_FAILED[$1] = 1 }
what == "progress" && /^#[0-9]+ [0-9.]+ / && ($1 in KIND) {
	if (gave_up($0)) HIDES[$1] = 1
	if (lacks_package($0)) LACKS[STAGE_OF[$1]] = 1
}

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

# Whether a step of a stage with a failed step hides an outage.
function hides(step,    stage) {
	stage = STAGE_OF[step]
	if (!(stage in FAILED)) return 0
	if (step in HIDES) return 1
	return apt_has_more == "yes" && (stage in LACKS) && UPDATES[step] && (step in FINISHED) && FINISHED[step] == "CACHED"
}

END {
	for (number = 1; number <= COUNT; number++) {
		step = ORDER[number]
		hidden = hides(step)
		if (hidden && ((step in FINISHED) || (step in HAS_FAILED))) print "hides"
		if (hidden || !(step in FINISHED)) tell(step)
	}
}

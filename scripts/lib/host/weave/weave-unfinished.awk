# weave-unfinished.awk: prints the RUN steps that a failed build did not finish. Input: the output of the build
# (what=output), then its plain progress (what=progress), which may be the same file.
#   line N           BuildKit marks line N of the Dockerfile
#   step STAGE K N   step K of N of the stage (`-` for the only one) failed, was canceled or still runs
#   trigger STAGE    the same for a step of ONBUILD
# A step cannot print such lines: BuildKit puts number and time before each line of its output.

what == "output" && /^ *[0-9]+ \| >>> / && MARKED < 100 {
	print "line", $1
	MARKED++
}

what == "progress" && /^#[0-9]+ \[[^]]*[0-9]\/[0-9]+\] (ONBUILD )?RUN / && !($1 in STEP) && COUNT < 10000 {
	match($0, /\[[^]]*\]/)
	words = split(substr($0, RSTART + 1, RLENGTH - 2), word, " ")
	split(word[words], part, "/")
	stage = words > 1 && word[words - 1] !~ /\// ? word[words - 1] : "-"
	STEP[$1] = substr($0, RSTART + RLENGTH, 9) == " ONBUILD " ? "trigger " stage : "step " stage " " part[1] " " part[2]
	ORDER[++COUNT] = $1
}

what == "progress" && /^#[0-9]+ (DONE|CACHED)/ { FINISHED[$1] = 1 }

END { for (number = 1; number <= COUNT; number++) if (!(ORDER[number] in FINISHED)) print STEP[ORDER[number]] }

# weave-failure.awk: prints what the plain progress of a failed build says about its woven steps, by `kind`:
#   failed    the numbers of the failed steps
#   lacks     the numbers of those that called a tool that the image does not have
#   hides     `sudo` or `env` for a step that did not finish, whose tools get no variables of the step
#   upstream  what the tools in a step that did not finish contact, if it is one upstream (command.awk)
# Input: tool.tsv with what=tools before it, then the progress with what=progress.

what == "tools" { command_read($0); next }

/^#[0-9]+ \[[^]]*\] (ONBUILD )?RUN .*from=seawall[.]shims/ && !($1 in COMMAND) {
	COMMAND[$1] = $0
	sub(/^[^]]*\] (ONBUILD )?RUN /, "", COMMAND[$1])
	gsub(/--(mount|network|security)=[^ ]*/, "", COMMAND[$1])
}
/^#[0-9]+ [0-9.]+ [A-Za-z0-9._+-]+: not found$/ { LACKS[$1] = 1 }
/^#[0-9]+ (DONE|CACHED)/ { delete COMMAND[$1] }
/^#[0-9]+ ERROR: process / && ($1 in COMMAND) && !($1 in FAILED) {
	FAILED[$1] = 1
	say("failed", $1)
	if ($1 in LACKS) say("lacks", $1)
}

function say(about, text) { if (about == kind && text != "") print text }

# `sudo -E` keeps the variables.
function hides(command) {
	if (command ~ /(^|[ ;&|({])env +(-|-[a-z]*i|--ignore-environment) /) return "env"
	if (command ~ /sudo ([^;&|]* )?(-[A-Za-z]*E|--preserve-env)/) return ""
	return command ~ /(^|[ ;&|({\/])(sudo|doas|su|runuser) / ? "sudo" : ""
}

END {
	for (step in COMMAND) {
		say("hides", hides(COMMAND[step]))
		say("upstream", command_upstream(COMMAND[step]))
	}
}

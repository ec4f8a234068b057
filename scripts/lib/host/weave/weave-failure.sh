# Weave-failure: what the progress of a build says about a woven step that failed.
# shellcheck shell=sh

# weave_tell_missed PROGRESS EVENTS: names a woven step that failed and in which no tool of the kit reported. PROGRESS:
# the plain progress; EVENTS: what its steps have printed.
weave_tell_missed() {
	local number
	number=$(weave_failure__read failed "$1" | head -n 1)
	[ -n "$number" ] || return 0
	! grep -q -F -e "\"step\":\"$number\"" "$2" 2>/dev/null || return 0
	weave_chosen_leave "no tool of the kit ran in the failed one: $(weave_failure__why "$1")"
}

# weave_lacks_tool PROGRESS: whether a woven step failed and called a tool that the image does not have. It may have
# asked whether the tool is there (`command -v`), before the kit could tell.
weave_lacks_tool() { weave_is_on && [ -n "$(weave_failure__read lacks "$1")" ]; }

# weave_hides_variables PROGRESS: whether a woven step that did not finish calls its tools so that no variable of the
# second layer reaches them.
weave_hides_variables() { [ -n "$(weave_failure__read hides "$1")" ]; }

# weave_failure__why PROGRESS: prints the reason why the kit saw nothing of a failed step.
weave_failure__why() {
	case $(weave_failure__read hides "$1" | head -n 1) in
		env) printf 'env -i gives its tool no PATH and no variables; env -i PATH="$PATH" keeps the kit\n' ;;
		sudo) printf 'sudo gives its tool another PATH and no variables; sudo -E env PATH="$PATH" keeps both\n' ;;
		*) printf 'it uses another PATH, a full path, another tool, or a call that the kit leaves alone\n' ;;
	esac
}

# weave_failed_upstream FILE PROGRESS: prints the upstream of which FILE, the output of the failed step, tells; or what
# the tools in the woven steps that did not finish contact; nothing if that is unknown, or more than one.
weave_failed_upstream() {
	local upstream
	upstream=$(classify_file "$1" buildkit | cut -f 3)
	case $upstream in dockerfile | local | none | registry) upstream='' ;; esac
	# shellcheck disable=SC2046 # words
	set -- "$upstream" $(weave_failure__read upstream "$2" | sort -u)
	[ -n "$1" ] || [ $# -ne 2 ] || upstream=$2
	printf '%s\n' "$upstream"
}

# weave_failure__read KIND PROGRESS: prints what weave-failure.awk says.
weave_failure__read() {
	LC_ALL=C awk -f "$SEAWALL_LIB/verdict/command.awk" -f "$SEAWALL_LIB/host/weave/weave-failure.awk" "kind=$1" \
		what=tools "$SEAWALL_LIB/verdict/tool.tsv" what=progress "$2" 2>/dev/null
}

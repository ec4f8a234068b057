# Weave-failure: what the progress of a build says about a woven step that failed.
# shellcheck shell=sh

# weave_tell_missed PROGRESS EVENTS: names a woven step that failed and in which no tool of the kit reported. PROGRESS:
# the plain progress; EVENTS: what its steps have printed.
weave_tell_missed() {
	local number
	number=$(LC_ALL=C awk '
		/^#[0-9]+ .*from=seawall[.]shims/ { woven[$1] = 1 }
		/^#[0-9]+ ERROR: process / && woven[$1] { print $1; exit }
	' "$1" 2>/dev/null)
	[ -n "$number" ] || return 0
	! grep -q -F -e "\"step\":\"$number\"" "$2" 2>/dev/null || return 0
	weave_chosen_leave 'no tool of the kit ran in the failed one: it uses another PATH, a full path, or another tool'
}

# weave_lacks_tool PROGRESS: whether a woven step failed and called a tool that the image does not have. It may have
# asked whether the tool is there (`command -v`), before the kit could tell.
weave_lacks_tool() {
	weave_is_on || return 1
	LC_ALL=C awk '
		/^#[0-9]+ .*from=seawall[.]shims/ { woven[$1] = 1 }
		/^#[0-9]+ [0-9.]+ [A-Za-z0-9._+-]+: not found$/ { lacks[$1] = 1 }
		/^#[0-9]+ ERROR: process / && woven[$1] && lacks[$1] { found = 1; exit }
		END { exit !found }
	' "$1" 2>/dev/null
}

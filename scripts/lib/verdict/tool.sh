# Tool: the classifier's name of a command, and the upstream that it usually contacts.
# shellcheck shell=sh

# tool_look_up WORD: sets TOOL_NAME and TOOL_UPSTREAM from tools.tsv, without a process. An unknown word is its own name.
tool_look_up() {
	local word
	while IFS=$CLASSIFY_TAB read -r word TOOL_NAME TOOL_UPSTREAM; do
		[ "$word" != "$1" ] || return 0
	done <"$SEAWALL_LIB/verdict/tools.tsv"
	TOOL_NAME=${1:-other} TOOL_UPSTREAM=none
}

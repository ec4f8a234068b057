# Tool: the classifier's name of a command, and the upstream that it usually contacts.
# shellcheck shell=sh

# tool_look_up WORD: sets TOOL_NAME and TOOL_UPSTREAM from tool.tsv, without a process. WORD may have a version behind
# it (pip3.12). False if the table has no such word; then the word is its own name, and its upstream `none`.
tool_look_up() {
	local word
	for word in "$1" "${1%%[0-9.]*}"; do
		! tool__read "$word" || return 0
	done
	TOOL_NAME=${1:-other} TOOL_UPSTREAM=none
	return 1
}

tool__read() {
	local word
	[ -n "$1" ] || return 1
	while IFS=$CLASSIFY_TAB read -r word TOOL_NAME TOOL_UPSTREAM; do
		[ "$word" != "$1" ] || return 0
	done <"$SEAWALL_LIB/verdict/tool.tsv"
	return 1
}

# tool_of_command WORD...: prints name and upstream of the tool of a command line, with a blank between. Looks behind
# variables, sudo, env, timeout, busybox and python -m, and takes the first known tool in the script of `sh -c`.
tool_of_command() {
	tool__of_words "$@"
	printf '%s %s\n' "$TOOL_NAME" "$TOOL_UPSTREAM"
}

tool__of_words() {
	local word
	word=''
	while [ $# -gt 0 ]; do
		word=${1##*/}
		case $1 in *=*) word='' ;; esac
		case $word in
			# Options with a value, of sudo, env and timeout.
			-[ugks] | gosu | su-exec) shift $(($# > 1 ? 2 : 1)) ;;
			'' | -* | [0-9]* | sudo | doas | env | nice | ionice | nohup) shift ;;
			time | timeout | stdbuf | setsid | busybox | tini | exec) shift ;;
			python* | pypy*)
				[ "${2-}" = -m ] && [ $# -gt 2 ] || break
				shift 2
				;;
			sh | bash | ash | dash | zsh | ksh)
				! tool__in_script "$@" || return 0
				break
				;;
			*) break ;;
		esac
	done
	tool_look_up "$word" || TOOL_NAME=other
}

tool__in_script() {
	local word
	while [ $# -gt 1 ]; do
		case $1 in
			-*c*)
				# shellcheck disable=SC2086 # the words of the script
				for word in $2; do
					! tool_look_up "${word##*/}" || return 0
				done
				;;
		esac
		shift
	done
	return 1
}

# List: words kept as one value, quoted so that `eval` gives the same words back: line ends, quotes, empty words, words
# that begin with a dash. No other module quotes for `eval`.
# Read a list with `eval "set -- $LIST"`, append it with `eval "set -- \"\$@\" $LIST"`. Both start no process.
# shellcheck shell=sh

# list_add VARIABLE WORD...: appends the words to the list in VARIABLE, an upper-case name that the caller's code fixes.
list_add() {
	local variable
	variable=$1
	shift
	list_quote "$@"
	eval "$variable=\${$variable-}\$LIST_QUOTED"
}

# list_quote WORD...: sets LIST_QUOTED to the list of these words. An empty list is an empty value.
list_quote() {
	local word
	LIST_QUOTED=''
	for word in "$@"; do
		LIST_QUOTED="$LIST_QUOTED '"
		while case $word in *"'"*) ;; *) false ;; esac do
			LIST_QUOTED="$LIST_QUOTED${word%%"'"*}'\\''" word=${word#*"'"}
		done
		LIST_QUOTED="$LIST_QUOTED$word'"
	done
}

# Pieces: a call with several URLs as a call for each of them.
# shellcheck shell=sh

# pieces_are_wanted URLS: whether the list has several.
pieces_are_wanted() {
	eval "set -- $1"
	[ $# -gt 1 ]
}

# pieces_each FUNCTION COMMON URLS OUTPUTS: calls FUNCTION WORD... with the words of a call for each URL of the list
# URLS; returns the first status that is not 0. COMMON: the list of the words that all have. OUTPUTS: the list of what
# stands before each URL, as the options of curl: `remote` or `=FILE`.
pieces_each() {
	local function common outputs url output
	function=$1 common=$2 outputs=$4
	eval "set -- $3"
	for url in "$@"; do
		eval "set -- $outputs"
		output=${1-}
		[ $# -eq 0 ] || shift
		PIECES_LEFT=''
		list_add PIECES_LEFT "$@"
		outputs=$PIECES_LEFT
		eval "set -- $common"
		case $output in
			remote) set -- "$@" --remote-name ;;
			=*) set -- "$@" --output "${output#=}" ;;
		esac
		"$function" "$@" "$url" || return
	done
}

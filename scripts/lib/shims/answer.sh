# Answer: the status and type of the last HTTP answer that a client has logged.
# shellcheck shell=sh

# answer_read FILE: sets ANSWER_STATUS and ANSWER_TYPE from the headers in FILE, both empty if there are none, and
# copies Retry-After for the classifier.
answer_read() {
	local line end
	ANSWER_STATUS='' ANSWER_TYPE='' end=$(printf '\r')
	[ -s "$1" ] || return 0
	while IFS= read -r line || [ -n "$line" ]; do
		# wget indents them.
		line=${line%"$end"} line=${line#"${line%%[! ]*}"}
		case $line in
			HTTP/*\ [1-5][0-9][0-9]*) ANSWER_STATUS=${line#* } ANSWER_STATUS=${ANSWER_STATUS%% *} ANSWER_TYPE='' ;;
			[Cc]ontent-[Tt]ype:*) ANSWER_TYPE=${line#*:} ANSWER_TYPE=${ANSWER_TYPE# } ;;
			[Rr]etry-[Aa]fter:*) printf '%s\n' "$line" >>"$LADDER_TEXT" ;;
		esac
	done <"$1"
}

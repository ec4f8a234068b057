# Room verdict: What went wrong, judging by a text, and what should be done about it?
# Face: classify_file classify_stream classify_look_up finding_* retry_after_end status_* tool_of_command advice_for
# Classify: assigns a class of classes.tsv to the output of a failed command, by the rules of rules.tsv. transcript.awk
# cleans the text, status.awk marks HTTP statuses, classify.awk picks the rule that decides.
# shellcheck shell=sh

CLASSIFY_TAB=$(printf '\t')
# Only the end of a text is read: it says why a build failed.
CLASSIFY_MAX_BYTES=200000

# classify_file FILE [TOOL] [EXIT_CODE]: prints class, verdict, upstream, transient|permanent with tabs between.
classify_file() { classify_stream "${2-}" "${3-}" <"$1"; }

# classify_stream TOOL EXIT_CODE: the same for the text on stdin. TOOL is a word of tool.tsv, or another one.
classify_stream() {
	local line class upstream lasting
	line=$(classify__run "$1" "$2") || return
	IFS=$CLASSIFY_TAB read -r class upstream lasting line <<-LINE
		$line
	LINE
	classify__report "$class" "$upstream" "$lasting"
}

# classify_concerns FILE [TOOL]: prints the upstream, and the host, image or URL that the failure in FILE concerns, with
# a tab between; the second may be empty.
classify_concerns() {
	local line
	line=$(classify__run "${2-}" '' <"$1") || return
	line=${line#*"$CLASSIFY_TAB"}
	printf '%s\t%s\n' "${line%%"$CLASSIFY_TAB"*}" "${line##*"$CLASSIFY_TAB"}"
}

# classify__run TOOL EXIT_CODE: prints class, upstream, lasting (a word of rules.tsv) and party with tabs between.
classify__run() {
	tool_look_up "$1" || :
	command -v awk >/dev/null || {
		log_warn 'wanted awk to classify the failure, found none: it counts as permanent'
		printf 'other\tnone\t-\t\n'
		return 0
	}
	set -- "$SEAWALL_LIB/verdict" "$2"
	tail -c "$CLASSIFY_MAX_BYTES" | LC_ALL=C tr '\r\000' '\n ' |
		CLASSIFY_TOOL=$TOOL_NAME CLASSIFY_UPSTREAM=$TOOL_UPSTREAM CLASSIFY_EXIT=$2 LC_ALL=C awk -f "$1/rules.awk" \
			-f "$1/transcript.awk" -f "$1/status.awk" -f "$1/party.awk" -f "$1/command.awk" -f "$1/classify.awk" \
			"$1/rules.tsv" "$1/tool.tsv" -
}

# classify_look_up CLASS: sets CLASS_VERDICT, CLASS_CODE and CLASS_LASTING from classes.tsv, without a process. False if
# the table has no such class.
classify_look_up() {
	local class
	while IFS=$CLASSIFY_TAB read -r class CLASS_VERDICT CLASS_CODE CLASS_LASTING; do
		[ "$class" != "$1" ] || return 0
	done <"$SEAWALL_LIB/verdict/classes.tsv"
	return 1
}

# classify__report CLASS UPSTREAM LASTING: prints the result; LASTING is a word of rules.tsv.
classify__report() {
	local lasting verdict
	lasting=$3
	classify_look_up "$1"
	verdict=$CLASS_VERDICT
	case $lasting:$verdict in
		-:*) lasting=$CLASS_LASTING ;;
		stop:*) lasting=permanent verdict=stop ;;
		permanent:again) verdict=stop ;;
		transient:stop) [ "$CLASS_LASTING" = transient ] || verdict=again ;;
	esac
	# A source that refuses the login by mistake is not asked again: another one may want none.
	[ "$1:$verdict" != auth:again ] || verdict=elsewhere
	case $2 in *-cache) verdict=degrade ;; esac
	printf '%s\t%s\t%s\t%s\n' "$1" "$verdict" "$2" "$lasting"
}

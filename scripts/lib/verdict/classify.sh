# Room verdict: What went wrong, judging by a text, and what should be done about it?
# Face: classify_file classify_stream classify_look_up finding_* retry_after_end status_*
# Classify: assigns a class of classes.tsv to the output of a failed command, by the rules of rules.tsv. One pass: clean
# the text, add the phase of the build to each line, print the first rule that matches each line, pick one of those.
# shellcheck shell=sh

CLASSIFY_TAB=$(printf '\t')
# Only the end of a text is read: it says why a build failed.
CLASSIFY_MAX_BYTES=200000
CLASSIFY_LINE='
'

# classify_file FILE [TOOL] [EXIT_CODE]: prints class, verdict, upstream, transient|permanent with tabs between.
classify_file() { classify_stream "${2-}" "${3-}" <"$1"; }

# classify_stream TOOL EXIT_CODE: the same for the text on stdin.
classify_stream() {
	local found
	found=$({
		tail -c "$CLASSIFY_MAX_BYTES" | transcript_clean | transcript_phase
		[ -z "$2" ] || printf '@exit %s\n' "$2"
	} | classify__match "$1") || return
	classify__report "$(classify__pick "$found")" "$1"
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

# Prints `LNNN<tab>line`: NNN is the line of the rule in rules.tsv, L its section (see classify__program). One line per
# rule is enough. A warning, or a cache that could not be imported, did not end the build: section 3 instead of 1.
classify__match() {
	LC_ALL=C sed -n -E "$(classify__program "$1" 124)" |
		LC_ALL=C sed -E -e "/^2...$CLASSIFY_TAB@warn /d" \
			-e "s/^1(...$CLASSIFY_TAB@(warn|cache-import) )/3\\1/" | LC_ALL=C sort -u -k 1,1
}

# classify__program TOOL SECTIONS: prints the rules as a sed program; the first rule that matches a line prints it.
# Sections: 1 causes, 2 consequences, 4 endings, 5 upstreams.
classify__program() {
	local t
	t=$CLASSIFY_TAB
	LC_ALL=C grep -n . "$SEAWALL_LIB/verdict/rules.tsv" | LC_ALL=C sed -n -E \
		-e 's/^([0-9]):/00\1:/' -e 's/^([0-9][0-9]):/0\1:/' \
		-e '1,/^[0-9]*:\[consequences\]/s/^/1/' \
		-e '/^[0-9]*:\[consequences\]/,/^[0-9]*:\[endings\]/s/^(...:)/2\1/' \
		-e '/^[0-9]*:\[endings\]/,/^[0-9]*:\[upstreams\]/s/^(...:)/4\1/' -e 's/^(...:)/5\1/' \
		-e '/^....:#/d' -e '/^....:\[[a-z]*\]$/d' -e "/^[^$2]/d" \
		-e "s/^(....):([^$t]*)$t(-|${1:--})$t.*/\\\\~\\2~{s~^~\\1$t~p;d;}/p"
}

# Prints the line that decides: a cause; else a consequence, or the warning that explains it; else the bare end of a
# step, whose warnings did not stop it.
classify__pick() {
	local section lines line
	lines=$CLASSIFY_LINE$1
	case $lines in *"${CLASSIFY_LINE}2"*) set -- 1 3 2 ;; *) set -- 1 4 3 ;; esac
	for section in "$@"; do
		case $lines in *"$CLASSIFY_LINE$section"*) ;; *) continue ;; esac
		line=${lines#*"$CLASSIFY_LINE$section"}
		printf '%s\n' "$section${line%%"$CLASSIFY_LINE"*}"
		return 0
	done
}

# classify__report LINE TOOL: LINE is the output of classify__pick. If the rule names no upstream, it is the one in the
# line, else the usual upstream of the tool.
classify__report() {
	local class lasting verdict
	classify__find_rule "$1"
	class=$RULE_CLASS lasting=$RULE_LASTING
	[ "$RULE_UPSTREAM" != - ] ||
		classify__find_rule "$(printf '%s\n' "${1#*"$CLASSIFY_TAB"}" |
			LC_ALL=C sed -n -E "$(classify__program "$2" 5)")"
	classify_look_up "$class"
	verdict=$CLASS_VERDICT
	case $lasting:$verdict in
		-:*) lasting=$CLASS_LASTING ;;
		stop:*) lasting=permanent verdict=stop ;;
		permanent:again) verdict=stop ;;
		transient:stop) [ "$CLASS_LASTING" = transient ] || verdict=again ;;
	esac
	case $RULE_UPSTREAM in *-cache) verdict=degrade ;; esac
	printf '%s\t%s\t%s\t%s\n' "$class" "$verdict" "$RULE_UPSTREAM" "$lasting"
}

# classify__find_rule LNNN...: sets RULE_CLASS, RULE_UPSTREAM and RULE_LASTING from line NNN of rules.tsv.
classify__find_rule() {
	local number pattern tool rest
	RULE_CLASS=other RULE_UPSTREAM=none RULE_LASTING=- number=${1%%"$CLASSIFY_TAB"*}
	[ -z "$1" ] || IFS=$CLASSIFY_TAB read -r pattern tool RULE_CLASS RULE_UPSTREAM RULE_LASTING rest <<-RULE
		$(sed -n "${number#?}p" "$SEAWALL_LIB/verdict/rules.tsv")
	RULE
}

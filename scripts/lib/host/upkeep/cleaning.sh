# Cleaning: chooses rows of the holdings, shows them, asks, and removes them.
# Works in SCRATCH, on holdings.tsv (holdings.sh); chosen.tsv has the rows to remove.
# shellcheck shell=sh

# cleaning_choose KEEP AGE: writes the rows to delete to chosen.tsv: keeps the most recently used rows up to KEEP bytes,
# and those used within AGE seconds. Rows of others are all chosen: the builder applies the limits to its cache itself.
cleaning_choose() {
	sort -t '	' -k 4,4nr "$SCRATCH/holdings.tsv" | CLEANING_KEEP=$1 CLEANING_AGE=$2 CLEANING_NOW=$(clock_now) \
	LC_ALL=C awk -F '\t' '
		BEGIN {
			keep = ENVIRON["CLEANING_KEEP"] + 0; age = ENVIRON["CLEANING_AGE"] + 0
			now = ENVIRON["CLEANING_NOW"] + 0
		}
		$5 == "others" { print; next }
		age > 0 && now - $4 < age || keep > 0 && kept + $3 <= keep { kept += $3; next }
		{ print }
	' >"$SCRATCH/chosen.tsv"
}

# cleaning_show: prints a table of all rows and their action, and the sum of the rows to remove.
cleaning_show() {
	local kind name bytes used whose id action
	printf '%-12s %-28s %10s  %-16s %s\n' kind name size 'last used' action
	while IFS='	' read -r kind name bytes used whose id; do
		action=keep
		! cleaning__is_chosen "$kind" "$id" || action=remove
		[ "$whose" = ours ] || action="$action (shared)"
		if [ "$used" -gt 0 ]; then used=$(date -d "@$used" '+%Y-%m-%d %H:%M' 2>/dev/null) || used=-; else used=-; fi
		printf '%-12s %-28s %10s  %-16s %s\n' "$kind" "$name" "$(sizes_show "$bytes")" "$used" "$action"
	done <"$SCRATCH/holdings.tsv"
	printf '%-12s %-28s %10s\n' 'to remove' "$(cleaning_count) of $(grep -c '' "$SCRATCH/holdings.tsv" || :)" \
		"$(sizes_show "$(cleaning_total)")"
}

cleaning__is_chosen() { cut -f 1,6 "$SCRATCH/chosen.tsv" | grep -q -x -F "$1	$2"; }

# cleaning_count: prints the number of rows to remove.
cleaning_count() { grep -c '' "$SCRATCH/chosen.tsv" || :; }

# cleaning_total: prints the sum of their bytes.
cleaning_total() { LC_ALL=C awk -F '\t' '{ sum += $3 } END { printf "%.0f\n", sum }' "$SCRATCH/chosen.tsv"; }

# cleaning_ask: asks on the terminal; a second time before removing things that all builds share. Returns 1 unless
# confirmed.
cleaning_ask() {
	cleaning__says_yes "Remove $(cleaning_count) item(s), $(sizes_show "$(cleaning_total)")? [y/N] " y || return
	grep -q '	others	' "$SCRATCH/chosen.tsv" || return 0
	cleaning__says_yes 'This includes the build cache of all builds on this engine. Type "all" to remove it: ' all
}

# cleaning__says_yes QUESTION ANSWER: whether the user typed ANSWER.
cleaning__says_yes() {
	local answer
	printf '%s' "$1" >&2
	read -r answer || answer=''
	[ "$answer" = "$2" ]
}

# cleaning_remove KEEP AGE: removes the chosen rows, containers before the images and volumes that they use. Returns 1
# if anything could not be removed.
cleaning_remove() {
	local kind name bytes used whose id keep age failed
	keep=$1 age=$2 failed=no
	set --
	[ "$keep" -eq 0 ] || set -- "$@" --max-used-space "$keep"
	[ "$age" -eq 0 ] || set -- "$@" --filter "until=${age}s"
	sort "$SCRATCH/chosen.tsv" >"$SCRATCH/removed.tsv"
	while IFS='	' read -r kind name bytes used whose id; do
		holdings_remove "$kind" "$id" "$@" </dev/null && continue
		log_error "wanted to remove $kind $name, could not: see the message above"
		failed=yes
	done <"$SCRATCH/removed.tsv"
	[ "$failed" = no ]
}

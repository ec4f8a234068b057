# Cleaning: what of the holdings goes, shown, asked for and removed.
# Works in SCRATCH, on holdings.tsv; chosen.tsv has the rows that go.
# shellcheck shell=sh

# cleaning_choose KEEP AGE: of the rows, newest first, what is beyond KEEP bytes and has not been used for AGE seconds. The
# builder cleans its cache by the same limits itself.
cleaning_choose() {
	sort -t '	' -k 4,4nr "$SCRATCH/holdings.tsv" | KEEP=$1 AGE=$2 NOW=$(clock_now) LC_ALL=C awk -F '\t' '
		BEGIN { keep = ENVIRON["KEEP"] + 0; age = ENVIRON["AGE"] + 0; now = ENVIRON["NOW"] + 0 }
		$5 == "others" { print; next }
		age > 0 && now - $4 < age || keep > 0 && kept + $3 <= keep { kept += $3; next }
		{ print }
	' >"$SCRATCH/chosen.tsv"
}

# cleaning_show: all that there is, and what goes.
cleaning_show() {
	local kind name bytes used whose id verdict
	printf '%-12s %-28s %10s  %-16s %s\n' what name size 'last used' verdict
	while IFS='	' read -r kind name bytes used whose id; do
		verdict=stays
		! cleaning__goes "$kind" "$id" || verdict=goes
		[ "$whose" = ours ] || verdict="$verdict (of others)"
		if [ "$used" -gt 0 ]; then used=$(date -d "@$used" '+%Y-%m-%d %H:%M' 2>/dev/null) || used=-; else used=-; fi
		printf '%-12s %-28s %10s  %-16s %s\n' "$kind" "$name" "$(sizes_show "$bytes")" "$used" "$verdict"
	done <"$SCRATCH/holdings.tsv"
	printf '%-12s %-28s %10s\n' 'goes' "$(cleaning_count) of $(grep -c '' "$SCRATCH/holdings.tsv" || :)" "$(sizes_show "$(cleaning_total)")"
}

cleaning__goes() { cut -f 1,6 "$SCRATCH/chosen.tsv" | grep -q -x -F "$1	$2"; }

# cleaning_count, cleaning_total: how many rows go, and their bytes.
cleaning_count() { grep -c '' "$SCRATCH/chosen.tsv" || :; }

cleaning_total() { LC_ALL=C awk -F '\t' '{ sum += $3 } END { printf "%.0f\n", sum }' "$SCRATCH/chosen.tsv"; }

# cleaning_ask: once, and once more where others would miss it.
cleaning_ask() {
	cleaning__says_yes "Remove these $(cleaning_count), $(sizes_show "$(cleaning_total)")? [y/N] " y || return
	grep -q '	others	' "$SCRATCH/chosen.tsv" || return 0
	cleaning__says_yes "Builds of others will have to begin anew. Write all to remove theirs too: " all
}

# cleaning__says_yes QUESTION ANSWER
cleaning__says_yes() {
	local answer
	printf '%s' "$1" >&2
	read -r answer || answer=''
	[ "$answer" = "$2" ]
}

# cleaning_remove KEEP AGE: containers before what they use. False where something is left.
cleaning_remove() {
	local kind name bytes used whose id keep age failed
	keep=$1 age=$2 failed=no
	set --
	[ "$keep" -eq 0 ] || set -- "$@" --max-used-space "$keep"
	[ "$age" -eq 0 ] || set -- "$@" --filter "until=${age}s"
	sort "$SCRATCH/chosen.tsv" >"$SCRATCH/removed.tsv"
	while IFS='	' read -r kind name bytes used whose id; do
		holdings_remove "$kind" "$id" "$@" </dev/null && continue
		log_error "$kind $name could not be removed"
		failed=yes
	done <"$SCRATCH/removed.tsv"
	[ "$failed" = no ]
}

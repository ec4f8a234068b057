# Digests: the digests that registries have returned for names, shared by all builds of this machine. Each file has
# lines `TIME DIGEST`, `TIME DIGEST seen` for a digest whose bytes were not checked, or `TIME DIGEST void` for one that
# the registry named and does not have: it hides the earlier lines.
# Works in SCRATCH.
# shellcheck shell=sh

# digests_remember PLACE DIGEST [seen|void]
digests_remember() {
	digests__find "$1"
	state_add "$DIGESTS" "$(clock_now) $2${3:+ $3}"
	state_bound "$DIGESTS" 4
}

# digests_recall PLACE SECONDS [seen]: prints the digest that PLACE had at most SECONDS ago, if its bytes were checked;
# with `seen`, checked or not. False if none is known. Skips invalid lines.
digests_recall() {
	local time digest how seen now
	digests__find "$1"
	seen=''
	[ -f "$DIGESTS" ] || return 1
	now=$(clock_now)
	while read -r time digest how; do
		digests__is_record "$time" "$now" "$digest" "$how" || {
			[ -z "$time" ] || state_warn_bad_line "$DIGESTS"
			continue
		}
		[ $((now - time)) -le "$2" ] || continue
		case $how in '' | "${3:-}") seen=$digest ;; *) seen='' ;; esac
	done <<-RECORDS
		$(state_read "$DIGESTS")
	RECORDS
	[ -n "$seen" ] && printf '%s\n' "$seen"
}

# digests__is_record TIME NOW DIGEST HOW
digests__is_record() {
	case $4 in '' | seen | void) ;; *) return 1 ;; esac
	clock_is_past "$1" "$2" && reference_is_digest "$3"
}

digests__find() { reference_key "$(reference_full "$1")" && DIGESTS=$(state_folder registry)/$REFERENCE_KEY.digests; }

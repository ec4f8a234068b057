# Digests: what a registry has said that a name stands for, shared by the builds of this machine. A file for each name has the
# lines TIME DIGEST, and TIME DIGEST seen for one whose bytes were not looked at.
# Needs log.sh, clock.sh, state.sh and references.sh. Works in SCRATCH.
# shellcheck shell=sh

# digests_remember PLACE DIGEST [seen]: seen where its bytes were not looked at.
digests_remember() {
	digests__find "$1"
	state_add "$DIGESTS" "$(clock_now) $2${3:+ $3}"
	state_bound "$DIGESTS" 4
}

# digests_recall PLACE SECONDS [seen]: prints the digest that it had not longer ago than that, where its bytes were looked at, or
# with `seen` whether or not; false where none is known. A line that is no record is skipped.
digests_recall() {
	local time digest how seen now bad
	digests__find "$1"
	seen='' bad=no
	[ -f "$DIGESTS" ] || return 1
	now=$(clock_now)
	while read -r time digest how; do
		digests__is_record "$time" "$digest" "$how" || { bad=yes && continue; }
		[ $((now - time)) -le "$2" ] && [ "$time" -le $((now + 60)) ] || continue
		case $how in '' | "${3:-}") seen=$digest ;; *) seen='' ;; esac
	done 2>/dev/null <"$DIGESTS" || :
	[ "$bad" = no ] || digests__tell_bad "$DIGESTS"
	[ -n "$seen" ] && printf '%s\n' "$seen"
}

# digests__is_record TIME DIGEST HOW
digests__is_record() {
	case $1 in '' | 0* | *[!0-9]* | ????????????*) return 1 ;; esac
	case $3 in '' | seen) ;; *) return 1 ;; esac
	reference_is_digest "$2"
}

# digests__tell_bad FILE: once.
digests__tell_bad() {
	[ ! -f "$SCRATCH/bad-records" ] || return 0
	: >"$SCRATCH/bad-records"
	log_warn "$1 has a line that is no record: skipped"
}

digests__find() { reference_key "$(reference_full "$1")" && DIGESTS=$(state_folder registry)/$REFERENCE_KEY.digests; }

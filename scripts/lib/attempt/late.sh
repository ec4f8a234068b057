# Late: the watch of an attempt tells another process that the command still runs (--late of attempt_run).
# LATE is `N FIFO`, or empty for nobody.
# shellcheck shell=sh

# late_tell LATE PID: after 0.25 s, up to a second on a busy machine: a client that waits for a CPU has not asked yet.
late_tell() {
	local more
	[ -n "$1" ] || return 0
	more=3
	# Some images have a sleep without fractions.
	clock_sleep 0.25 || clock_sleep 1
	while [ "$more" -gt 0 ] && late__is_starved "$2"; do clock_sleep 0.25 && more=$((more - 1)) || more=0; done
	late_ring "$1"
}

# late_ring LATE: writes the line `late N`. The watch does it again and again, because the process that started the
# attempt may have been killed. Opening a fifo for reading and writing never blocks.
late_ring() { [ -z "$1" ] || printf 'late %s\n' "${1%% *}" 1<>"${1#* }"; }

# late__is_starved PID: true if a thread has waited for a CPU for more than 99 ms. The numbers are nanoseconds, which is
# too much for some shells.
late__is_starved() {
	local file ran waited rest
	for file in /proc/"$1"/task/*/schedstat; do
		{ read -r ran waited rest <"$file"; } 2>/dev/null || continue
		case $waited in ?????????*) return 0 ;; esac
	done
	return 1
}

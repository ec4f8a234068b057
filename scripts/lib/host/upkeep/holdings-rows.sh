# Holdings rows: prints one row of the holdings (holdings.sh).
# shellcheck shell=sh

# holdings_rows_print KIND NAME BYTES LAST_USE OWNER ID: prints the row.
holdings_rows_print() { printf '%s\t%s\t%s\t%s\t%s\t%s\n' "$@"; }

# holdings_rows_folder KIND NAME PATH [FILE]: prints a row for the folder PATH; its last use is the time of FILE
# (default: PATH).
holdings_rows_folder() {
	[ -e "$3" ] && [ ! -L "$3" ] || return 0
	holdings_rows_print "$1" "$2" "$(holdings_rows__bytes "$3")" "$(holdings_rows__used "${4:-$3}")" ours "$3"
}

holdings_rows__bytes() {
	du -sk "$1" 2>/dev/null | LC_ALL=C awk '{ kilobytes = $1 } END { printf "%.0f\n", kilobytes * 1024 }'
}

holdings_rows__used() { stat -c %Y "$1" 2>/dev/null || clock_now; }

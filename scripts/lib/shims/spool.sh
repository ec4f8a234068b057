# Spool: keeps the stdout of a download until the download is complete, so that `| sh` and `| tar` get all of it or
# nothing, and so that it can be repeated. The spool is in SCRATCH, which is no part of a layer, and bounded: a larger
# download streams from then on, and cannot be repeated.
# shellcheck shell=sh

# Blocks of 64 KiB: 32 MiB at most.
SPOOL_MAX_BLOCKS=512
SPOOL_FILE='' SPOOL_READER=''

# spool_begin: nothing is kept yet. The classifier reads stderr only.
spool_begin() {
	SPOOL_FILE=$SCRATCH/spool
	# A part of the download before this one may have been handed on.
	rm -f "$SPOOL_FILE.streams" "$SPOOL_FILE"
	step_use capture errors
}

# spool_run COMMAND...: runs COMMAND, whose stdout goes to the spool; returns its status.
spool_run() {
	local status
	status=0
	[ -p "$SPOOL_FILE.in" ] || mkfifo "$SPOOL_FILE.in"
	spool__read <"$SPOOL_FILE.in" &
	SPOOL_READER=$!
	"$@" >"$SPOOL_FILE.in" || status=$?
	wait "$SPOOL_READER" 2>/dev/null || :
	SPOOL_READER=''
	return "$status"
}

# spool_streams: true if the download did not fit, and stdout has got a part of it.
spool_streams() { [ -e "$SPOOL_FILE.streams" ]; }

# spool_hand_on: writes what was kept to stdout; false if that fails, because nobody reads it.
spool_hand_on() { [ ! -s "$SPOOL_FILE" ] || spool_streams || cat "$SPOOL_FILE"; }

# spool_is_page URL: true if a page was kept in place of something else.
spool_is_page() { page_is_wrong "$1" "$SPOOL_FILE"; }

# spool__read: keeps stdin in the file; streams if there is more than the bound, or no room.
spool__read() {
	local blocks full partial rest
	spool__find_room
	blocks=$SPOOL_ROOM
	: >"$SPOOL_FILE"
	while [ "$blocks" -gt 0 ]; do
		[ "$blocks" -lt 64 ] || blocks=64
		# dd reads no byte more than it writes; a pipe may give it less than a block at a time.
		LC_ALL=C dd bs=65536 count="$blocks" 2>"$SPOOL_FILE.log" >>"$SPOOL_FILE" || return
		# `3+61 records in`: fewer records than wanted are the end. GNU dd may print a warning before it.
		while IFS='+ ' read -r full partial rest && [ "$rest" != 'records in' ]; do :; done <"$SPOOL_FILE.log"
		[ $((full + partial)) -ge "$blocks" ] || return 0
		blocks=$((SPOOL_ROOM - $(wc -c <"$SPOOL_FILE") / 65536 - 1))
	done
	: >"$SPOOL_FILE.streams"
	log_info "wanted to keep the download until it is complete, saw more than $((SPOOL_ROOM * 64)) KiB, the room in" \
		"${SCRATCH%/*}: it is handed on while it arrives, and cannot be repeated"
	cat "$SPOOL_FILE" -
}

# spool__find_room: sets SPOOL_ROOM to the number of blocks that may be kept: a quarter of the room that is left, up to
# SPOOL_MAX_BLOCKS. A step may download several files at a time, and its /dev/shm has 64 MiB.
spool__find_room() {
	local line left
	{ read -r line && read -r line line line left line; } <<-LINES || left=0
		$(df -P -k "$SCRATCH" 2>/dev/null)
	LINES
	values_is_number "${left:-}" && command -v dd >/dev/null 2>&1 || left=0
	# mksh computes with 32 bits.
	case $left in ????????*) left=9999999 ;; esac
	SPOOL_ROOM=$((left / 256))
	[ "$SPOOL_ROOM" -le "$SPOOL_MAX_BLOCKS" ] || SPOOL_ROOM=$SPOOL_MAX_BLOCKS
}

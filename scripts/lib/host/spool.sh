# Spool: what a build reads on stdin, kept on a disk so that another attempt can read it again. What is too big is read once.
# Needs log.sh, exit.sh, sizes.sh and scratch.sh.
# shellcheck shell=sh

# None of it comes from the environment.
SPOOL_FOLDER='' SPOOL_READER=''

# Bytes that are kept, 256 MiB, or half of what is free.
SPOOL_MOST=268435456

# spool_keep: sets SPOOL_FILE to what has been kept, SPOOL_STDIN to what the first attempt reads, that file or a pipe with
# all of it, and SPOOL_FITS.
spool_keep() {
	spool__make_folder
	SPOOL_FILE=$SPOOL_FOLDER/stdin SPOOL_STDIN=$SPOOL_FOLDER/stdin SPOOL_FITS=yes
	exec 3<&0
	if spool__head_is_exact; then
		head -c "$SPOOL_MOST" <&3 >"$SPOOL_FILE" || spool__refuse
		[ "$(wc -c <"$SPOOL_FILE")" -lt "$SPOOL_MOST" ] || spool__pass_on
	else
		cat <&3 >"$SPOOL_FILE" || spool__refuse
	fi
	exec 3<&-
}

# Sets SPOOL_FOLDER, in the first place that has room, else in that which has most; scratch folders are in memory, of which a
# container has 64 MB. TMPDIR is the only one where it is set.
spool__make_folder() {
	local place kib best most
	best='' most=0
	for place in "${TMPDIR:-/var/tmp}" "${TMPDIR:-/tmp}"; do
		[ -d "$place" ] && [ -w "$place" ] || continue
		kib=$(df -P -k "$place" 2>/dev/null | sed -n '2s/.* \([0-9]\{1,9\}\)  *[0-9]*% .*/\1/p')
		# A file system that does not tell (a terabyte and more among them) has room.
		kib=${kib:-$((SPOOL_MOST / 512))}
		[ "$kib" -gt "$most" ] || continue
		best=$place most=$kib
		[ "$kib" -lt $((SPOOL_MOST / 512)) ] || break
	done
	[ "$most" -ge $((SPOOL_MOST / 512)) ] || SPOOL_MOST=$((most * 512))
	[ -n "$best" ] || spool__refuse
	scratch_name_folder "$best"
	SPOOL_FOLDER=$SCRATCH_NAME
	scratch_make_folder "$SPOOL_FOLDER" || spool__refuse
}

# A head that reads more than it prints would lose the rest (busybox).
spool__head_is_exact() { [ "$(printf 'ab' | { head -c 1 >/dev/null && cat; })" = b ]; }

spool__pass_on() {
	log_warn "what comes on stdin is larger than $SPOOL_MOST bytes: it is read once, for one attempt"
	SPOOL_STDIN=$SPOOL_FILE.all SPOOL_FITS=no
	mkfifo "$SPOOL_STDIN"
	cat "$SPOOL_FILE" - <&3 >"$SPOOL_STDIN" &
	SPOOL_READER=$!
}

spool__refuse() { die 73 "wanted to keep what comes on stdin in ${TMPDIR:-/var/tmp or /tmp}, could not: make room or set TMPDIR"; }

# For the clean-up of a command too.
spool_end() {
	[ -z "${SPOOL_READER:-}" ] || kill "$SPOOL_READER" 2>/dev/null || :
	[ -z "${SPOOL_FOLDER:-}" ] || rm -rf "$SPOOL_FOLDER"
}

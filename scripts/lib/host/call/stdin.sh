# Spool: what a build reads on stdin, kept on a disk so that another attempt can read it again. What is too big is read once.
# shellcheck shell=sh

# None of it comes from the environment.
STDIN_FOLDER='' STDIN_READER=''

# Bytes that are kept, 256 MiB, or half of what is free.
STDIN_MOST=268435456

# stdin_keep: sets STDIN_FILE to what has been kept, STDIN_INPUT to what the first attempt reads, that file or a pipe with
# all of it, and STDIN_FITS.
stdin_keep() {
	stdin__make_folder
	STDIN_FILE=$STDIN_FOLDER/stdin STDIN_INPUT=$STDIN_FOLDER/stdin STDIN_FITS=yes
	exec 3<&0
	if stdin__head_is_exact; then
		head -c "$STDIN_MOST" <&3 >"$STDIN_FILE" || stdin__refuse
		[ "$(wc -c <"$STDIN_FILE")" -lt "$STDIN_MOST" ] || stdin__pass_on
	else
		cat <&3 >"$STDIN_FILE" || stdin__refuse
	fi
	exec 3<&-
}

# Sets STDIN_FOLDER, in the first place that has room, else in that which has most; scratch folders are in memory, of which a
# container has 64 MB. TMPDIR is the only one where it is set.
stdin__make_folder() {
	local place kib best most
	best='' most=0
	for place in "${TMPDIR:-/var/tmp}" "${TMPDIR:-/tmp}"; do
		[ -d "$place" ] && [ -w "$place" ] || continue
		kib=$(df -P -k "$place" 2>/dev/null | sed -n '2s/.* \([0-9]\{1,9\}\)  *[0-9]*% .*/\1/p')
		# A file system that does not tell (a terabyte and more among them) has room.
		kib=${kib:-$((STDIN_MOST / 512))}
		[ "$kib" -gt "$most" ] || continue
		best=$place most=$kib
		[ "$kib" -lt $((STDIN_MOST / 512)) ] || break
	done
	[ "$most" -ge $((STDIN_MOST / 512)) ] || STDIN_MOST=$((most * 512))
	[ -n "$best" ] || stdin__refuse
	scratch_name_folder "$best"
	STDIN_FOLDER=$SCRATCH_NAME
	scratch_make_folder "$STDIN_FOLDER" || stdin__refuse
}

# A head that reads more than it prints would lose the rest (busybox).
stdin__head_is_exact() { [ "$(printf 'ab' | { head -c 1 >/dev/null && cat; })" = b ]; }

stdin__pass_on() {
	log_warn "what comes on stdin is larger than $STDIN_MOST bytes: it is read once, for one attempt"
	STDIN_INPUT=$STDIN_FILE.all STDIN_FITS=no
	mkfifo "$STDIN_INPUT"
	cat "$STDIN_FILE" - <&3 >"$STDIN_INPUT" &
	STDIN_READER=$!
}

stdin__refuse() { die 73 "wanted to keep what comes on stdin in ${TMPDIR:-/var/tmp or /tmp}, could not: make room or set TMPDIR"; }

# For the clean-up of a command too.
stdin_end() {
	[ -z "${STDIN_READER:-}" ] || kill "$STDIN_READER" 2>/dev/null || :
	[ -z "${STDIN_FOLDER:-}" ] || rm -rf "$STDIN_FOLDER"
}

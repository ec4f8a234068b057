# Spool: what a build reads on stdin, kept so that another attempt can read it again. What is too big is read once.
# Needs log.sh and exit.sh.
# shellcheck shell=sh

# Bytes that are kept, 256 MiB; scratch folders are in memory.
SPOOL_MOST=268435456

# spool_keep FILE: sets SPOOL_STDIN to what the first attempt reads, FILE itself or a pipe with all of it, and SPOOL_FITS.
spool_keep() {
	SPOOL_STDIN=$1 SPOOL_FITS=yes
	exec 3<&0
	if spool__head_is_exact; then
		head -c "$SPOOL_MOST" <&3 >"$1" || spool__refuse "$1"
		[ "$(wc -c <"$1")" -lt "$SPOOL_MOST" ] || spool__pass_on "$1"
	else
		cat <&3 >"$1" || spool__refuse "$1"
	fi
	exec 3<&-
}

# A head that reads more than it prints would lose the rest (busybox).
spool__head_is_exact() { [ "$(printf 'ab' | { head -c 1 >/dev/null && cat; })" = b ]; }

spool__pass_on() {
	log_warn "what comes on stdin is larger than $SPOOL_MOST bytes: it is read once, for one attempt"
	SPOOL_STDIN=$1.all SPOOL_FITS=no
	mkfifo "$SPOOL_STDIN"
	cat "$1" - <&3 >"$SPOOL_STDIN" &
	SPOOL_READER=$!
}

spool__refuse() { die 73 "wanted to keep what comes on stdin in ${1%/*}, could not: make room or set TMPDIR"; }

# For the clean-up of a command too.
spool_end() { [ -z "${SPOOL_READER:-}" ] || kill "$SPOOL_READER" 2>/dev/null || :; }

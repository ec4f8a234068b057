# State-files: files of short lines that several processes append to, and how they are read: not one of them is believed more
# than it may be. Where users share the folder (a cache mount) each has a file of its own, FILE+UID, for the kernel lets nobody
# append to a file of another user in such a folder (fs.protected_regular); all are read.
# Works in SCRATCH.
# shellcheck shell=sh

STATE_LINE='
'

# state_add FILE LINE: one write, which the kernel keeps whole among parallel writers; evidence that cannot be written
# must not end a build.
state_add() {
	state_files__name "$1"
	state_is_ours "$STATE_FILE" || state_files__make "$STATE_FILE" || return 0
	(umask 077 && printf '%s\n' "$2" >>"$STATE_FILE") 2>/dev/null || :
}

# state_is_ours FILE: a regular file of this user's, and no link.
state_is_ours() { [ -f "$1" ] && [ ! -L "$1" ] && process_owns "$1"; }

state_files__name() { STATE_FILE=$1${STATE_USER:+"+$STATE_USER"}; }

# In a folder of this user alone nobody is faster; in a shared one a name that somebody has just taken is left to him.
state_files__make() {
	local new
	if [ -e "$1" ] || [ -L "$1" ]; then rm -f "$1" 2>/dev/null || return 1; fi
	[ -n "${STATE_USER:-}" ] || return 0
	new=$(mktemp "${1%/*}/.new.XXXXXX" 2>/dev/null) || return 1
	chmod 644 "$new"
	ln "$new" "$1" 2>/dev/null || :
	rm -f "$new"
	state_is_ours "$1"
}

# state_read FILE: prints the newest whole lines, of all users by their time, which is their first word; of the same second
# the own one is the last.
state_read() {
	local file
	if [ -z "${STATE_USER:-}" ]; then
		! state_is_ours "$1" || state_files__newest "$1"
		return 0
	fi
	state_files__name "$1"
	set +f
	set -- "$1" "$1"+[0-9]*
	set -f
	[ $# -le "$STATE_MOST_FILES" ] || shift "$(($# - STATE_MOST_FILES))"
	{
		for file in "$@"; do [ "$file" = "$STATE_FILE" ] || state_files__newest "$file"; done
		state_files__newest "$STATE_FILE"
	} | sort -s -n -k 1,1
}

# The last line may be half of one, after a kill, and the first one after a cut.
state_files__newest() {
	local text
	[ -f "$1" ] && [ ! -L "$1" ] && [ -r "$1" ] || return 0
	text=$({ tail -c "$STATE_MOST" "$1" 2>/dev/null && printf .; } | LC_ALL=C tr '\000\r' '??')
	[ "${#text}" -le "$STATE_MOST" ] || text=${text#*"$STATE_LINE"}
	text=${text%.}
	text=${text%"${text##*"$STATE_LINE"}"}
	printf '%s' "$text"
}

# state_is_moment WORD NOW: whether it is a moment in seconds since the epoch that has been, as far as clocks agree.
state_is_moment() {
	state_is_number "$1" && [ "$1" -le $(($2 + 5)) ]
}

# state_is_number WORD: one that every shell counts with: no sign, not octal, 32 bits.
state_is_number() {
	case $1 in 0) ;; '' | 0* | *[!0-9]* | ???????????* | [3-9]????????? | 2[1-9]????????) return 1 ;; esac
}

# state_complain FILE: of a line that is none of ours; once a command.
state_complain() {
	[ ! -e "$SCRATCH/complained" ] || return 0
	{ : >"$SCRATCH/complained"; } 2>/dev/null || :
	log_warn "a line of $1 is not understood and skipped: remove the file where this goes on"
}

# state_bound FILE LINES: keeps the newest of a file that has grown to four times as many. A line that another writer
# adds meanwhile may be lost, the file is whole at any moment.
state_bound() {
	local new
	state_files__name "$1"
	state_is_ours "$STATE_FILE" && [ "$({ wc -l <"$STATE_FILE"; } 2>/dev/null || printf 0)" -ge $(($2 * 4)) ] || return 0
	new=$(mktemp "${1%/*}/.new.XXXXXX" 2>/dev/null) || return 0
	[ -z "${STATE_USER:-}" ] || chmod 644 "$new"
	{ tail -n "$2" "$STATE_FILE" >"$new" && mv -f "$new" "$STATE_FILE"; } 2>/dev/null || rm -f "$new"
}

# state_count FILE: how many lines all users have written.
state_count() {
	local file sum
	sum=0
	set +f
	set -- "$1" ${STATE_USER:+"$1"+[0-9]*}
	set -f
	for file in "$@"; do
		[ -f "$file" ] && [ ! -L "$file" ] && [ -r "$file" ] || continue
		sum=$((sum + $(head -c 65536 "$file" | wc -l)))
	done
	printf '%s\n' "$sum"
}

# State files: appends short lines to files that several processes write, and reads them back.
# In a shared folder (a cache mount) each user has a file of its own, FILE+UID, because the kernel refuses appends to a
# file of another user there (fs.protected_regular). Readers take the lines of all users and check every field.
# shellcheck shell=sh

STATE_LINE='
'
# The newest bytes of a file are read, and in a shared folder the files of this many users.
STATE_MAX_BYTES=4096
STATE_MAX_FILES=8

# state_add FILE LINE: appends LINE in one write, which concurrent writers cannot split. A failure is ignored: it must
# not end a build.
state_add() {
	state_files__name "$1"
	state_is_ours "$STATE_FILE" || state_files__make "$STATE_FILE" || return 0
	(umask 077 && printf '%s\n' "$2" >>"$STATE_FILE") 2>/dev/null || :
}

# state_is_ours FILE: true for a regular file of this user, and not for a link.
state_is_ours() { [ -f "$1" ] && [ ! -L "$1" ] && process_owns "$1"; }

# state_files__name FILE: sets STATE_FILE to the file of this user.
state_files__name() { STATE_FILE=$1${STATE_USER:+"+$STATE_USER"}; }

# state_files__make FILE: makes way for FILE, and in a shared folder creates it with mode 644. False if another process
# was faster.
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

# state_read FILE: prints the newest complete lines of all users, sorted by their first word, a time in seconds. Lines
# of this user come last within a second.
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
	[ $# -le "$STATE_MAX_FILES" ] || shift "$(($# - STATE_MAX_FILES))"
	{
		for file in "$@"; do [ "$file" = "$STATE_FILE" ] || state_files__newest "$file"; done
		state_files__newest "$STATE_FILE"
	} | sort -s -n -k 1,1
}

# state_files__newest FILE: prints the complete lines within the newest STATE_MAX_BYTES.
state_files__newest() {
	local text
	[ -f "$1" ] && [ ! -L "$1" ] && [ -r "$1" ] || return 0
	text=$({ tail -c "$STATE_MAX_BYTES" "$1" 2>/dev/null && printf .; } | LC_ALL=C tr '\000\r' '??')
	# The first line may be cut. The last one may be, if its writer was killed.
	[ "${#text}" -le "$STATE_MAX_BYTES" ] || text=${text#*"$STATE_LINE"}
	text=${text%.}
	text=${text%"${text##*"$STATE_LINE"}"}
	printf '%s' "$text"
}

# state_warn_bad_line FILE: warns about an invalid line, once per command.
state_warn_bad_line() {
	[ ! -e "$SCRATCH/bad-line" ] || return 0
	{ : >"$SCRATCH/bad-line"; } 2>/dev/null || :
	log_warn "wanted records of Seawall in $1, saw another line and skipped it:" \
		"delete the file if this warning persists"
}

# state_bound FILE LINES: shortens a file with at least four times LINES lines to the newest LINES. The file is complete
# at any moment; a line that another process appends meanwhile may be lost.
state_bound() {
	local new
	state_files__name "$1"
	state_is_ours "$STATE_FILE" || return 0
	[ "$({ wc -l <"$STATE_FILE"; } 2>/dev/null || printf 0)" -ge $(($2 * 4)) ] || return 0
	new=$(mktemp "${1%/*}/.new.XXXXXX" 2>/dev/null) || return 0
	[ -z "${STATE_USER:-}" ] || chmod 644 "$new"
	{ tail -n "$2" "$STATE_FILE" >"$new" && mv -f "$new" "$STATE_FILE"; } 2>/dev/null || rm -f "$new"
}

# state_count FILE: prints the number of lines that all users have written.
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

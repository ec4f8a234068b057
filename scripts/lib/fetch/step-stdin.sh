# Step stdin: what the command of a RUN step reads from stdin in each attempt. The first attempt gets the open stdin
# itself, as without the kit: at its position, whatever it is, without /proc. Later attempts must read the same bytes.
# File descriptor 7 is the stdin of the step.
# shellcheck shell=sh

# step_stdin_begin: sets STEP_STDIN_KIND:
#   closed  there is no stdin
#   device  every attempt can read it: a terminal, /dev/null, a pipe that is empty and closed
#   file    later attempts open it again at STEP_STDIN_POSITION
#   once    only the first attempt can read it: a pipe, a socket, a file that cannot be opened again
step_stdin_begin() {
	STEP_STDIN_KIND=closed STEP_STDIN_POSITION=''
	# Some shells end at a failed redirection, so it is tried in a subshell.
	(: <&7) 2>/dev/null || return 0
	STEP_STDIN_KIND=once
	if [ -f /dev/fd/7 ]; then
		step_stdin__find_position
		[ -z "$STEP_STDIN_POSITION" ] || ! (: </dev/fd/7) 2>/dev/null || STEP_STDIN_KIND='file'
	elif [ -c /dev/fd/7 ] || [ -t 7 ] || { [ -e /dev/fd/7 ] && step_stdin__is_at_end; }; then
		STEP_STDIN_KIND=device
	fi
}

# step_stdin_run COMMAND...: step_run with the stdin of the step.
step_stdin_run() {
	case $STEP_STDIN_KIND in
		closed) step_read_from '&-' ;;
		file)
			if [ "$LADDER_ATTEMPT" -gt 1 ]; then
				step_read_from /dev/fd/7
				# dd moves the position of a file without reading it.
				# shellcheck disable=SC2016 # for the other shell
				[ "$STEP_STDIN_POSITION" -eq 0 ] ||
					set -- sh -c 'dd bs=1 skip="$0" count=0 2>/dev/null && exec "$@"' "$STEP_STDIN_POSITION" "$@"
			else
				step_read_from '&7'
			fi
			;;
		*) step_read_from '&7' ;;
	esac
	step_run "$@"
}

step_stdin__find_position() {
	local name value
	[ -r /proc/self/fdinfo/7 ] || return 0
	while read -r name value; do
		[ "$name" != pos: ] || STEP_STDIN_POSITION=$value
	done </proc/self/fdinfo/7
}

# step_stdin__is_at_end: true if a pipe or socket has no bytes left and nobody can write to it: CI systems give their
# steps such a stdin. It is readable, and FIONREAD counts no bytes. False if the image has neither Perl nor Python.
step_stdin__is_at_end() {
	local number
	# The number of the request on most machines; others report an error.
	number=0x541B
	if command -v perl >/dev/null 2>&1; then
		perl -e 'my ($r, $n) = ("", pack("i", 0)); vec($r, 0, 1) = 1;
			exit !(select($r, undef, undef, 0) && ioctl(STDIN, hex($ARGV[0]), $n) && !unpack("i", $n))' "$number"
	elif command -v python3 >/dev/null 2>&1; then
		python3 -S -c 'import fcntl, select, sys
ready = select.select([0], [], [], 0)[0]
sys.exit(not ready or any(fcntl.ioctl(0, int(sys.argv[1], 16), bytes(4))))' "$number"
	else
		return 1
	fi <&7 2>/dev/null
}

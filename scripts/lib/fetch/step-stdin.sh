# Step stdin: what the command of a RUN step reads from stdin in each attempt. The first attempt gets the open stdin
# itself, as without the kit: at its position, whatever it is, without /proc. Later attempts must read the same bytes.
# shellcheck shell=sh

# step_stdin_open: makes the stdin of the step a file descriptor that the caller has not opened, because the command
# gets those of the caller; if all are open, it does not get descriptor 3. Sets STEP_STDIN_FD, empty if stdin is closed.
step_stdin_open() {
	local number
	STEP_STDIN_FD=''
	# Some shells end at a failed redirection, so it is tried in a subshell.
	(: 3<&0) 2>/dev/null || return 0
	for number in 9 8 7 6 5 4 3; do
		# yash restores the variable of the loop at the end of the function.
		STEP_STDIN_FD=$number
		[ -e "/dev/fd/$number" ] || (: 3<&"$number") 2>/dev/null || break
	done
	case $STEP_STDIN_FD in
		9) exec 9<&0 ;;
		8) exec 8<&0 ;;
		7) exec 7<&0 ;;
		6) exec 6<&0 ;;
		5) exec 5<&0 ;;
		4) exec 4<&0 ;;
		3) exec 3<&0 ;;
	esac
}

# step_stdin_begin: sets STEP_STDIN_KIND:
#   closed  there is no stdin
#   device  every attempt can read it: a terminal, /dev/null, a pipe that is empty and closed
#   file    later attempts open it again at STEP_STDIN_POSITION
#   once    only the first attempt can read it: a pipe, a socket, a file that cannot be opened again
step_stdin_begin() {
	STEP_STDIN_KIND=closed STEP_STDIN_POSITION=''
	[ -n "$STEP_STDIN_FD" ] || return 0
	STEP_STDIN_KIND=once
	set -- "/dev/fd/$STEP_STDIN_FD"
	if [ -f "$1" ]; then
		step_stdin__find_position
		[ -z "$STEP_STDIN_POSITION" ] || ! (: <"$1") 2>/dev/null || STEP_STDIN_KIND='file'
	elif [ -c "$1" ] || [ -t "$STEP_STDIN_FD" ] || { [ -e "$1" ] && step_stdin__is_at_end; }; then
		STEP_STDIN_KIND=device
	fi
}

# step_stdin_run COMMAND...: step_run with the stdin and the signals of the step.
step_stdin_run() {
	case $STEP_STDIN_KIND in
		closed) step_read_from '&-' ;;
		file)
			if [ "$LADDER_ATTEMPT" -gt 1 ]; then
				step_read_from "/dev/fd/$STEP_STDIN_FD"
				# dd moves the position of a file without reading it.
				# shellcheck disable=SC2016 # for the other shell
				[ "$STEP_STDIN_POSITION" -eq 0 ] ||
					set -- sh -c 'dd bs=1 skip="$0" count=0 2>/dev/null && exec "$@"' "$STEP_STDIN_POSITION" "$@"
			else
				step_read_from "&$STEP_STDIN_FD"
			fi
			;;
		*) step_read_from "&$STEP_STDIN_FD" ;;
	esac
	# shellcheck disable=SC2086 # words of step-signals.sh
	step_run $STEP_SIGNALS "$@"
}

step_stdin__find_position() {
	local name value
	[ -r "/proc/self/fdinfo/$STEP_STDIN_FD" ] || return 0
	while read -r name value; do
		[ "$name" != pos: ] || STEP_STDIN_POSITION=$value
	done <"/proc/self/fdinfo/$STEP_STDIN_FD"
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
	fi <&"$STEP_STDIN_FD" 2>/dev/null
}

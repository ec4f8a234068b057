# Connections: whether processes wait for an answer over the network. A command without a connection to another party
# (a timer, a lock, a test) is healthy however long it is silent. Reads /proc; nothing is found where it cannot be read.
# shellcheck shell=sh

# connections_are_open NETWORK PROCESS...: whether one of the processes has a connection to another party, or tries to
# open one. A connection between two of them does not count. NETWORK: own, if nobody else uses the network namespace of
# the first process and the others; shared, if others do: then only sockets of these processes count, and ls is needed.
connections_are_open() {
	local process last
	if [ "$1" = own ]; then
		CONNECTIONS_OWNED=all
		set -- "$2"
	else
		shift
		CONNECTIONS_OWNED=" $(connections__list_sockets "$@")"
	fi
	last=''
	for process in "$@"; do
		[ -n "$last" ] && [ "/proc/$process/ns/net" -ef "/proc/$last/ns/net" ] && continue
		last=$process
		! connections__are_open "$process" || return 0
	done
	return 1
}

# connections__list_sockets PROCESS...: prints the inodes of their sockets, each followed by a blank.
connections__list_sockets() {
	local line process
	for process in "$@"; do
		shift
		set -- "$@" "/proc/$process/fd"
	done
	# shellcheck disable=SC2012 # find has no way to print where a link leads in busybox
	ls -l "$@" 2>/dev/null | while IFS= read -r line; do
		case $line in *'socket:['*']') ;; *) continue ;; esac
		line=${line##*'['}
		printf '%s ' "${line%]}"
	done
}

# connections__are_open PROCESS: whether the tables of its network namespace have such a connection: established (01),
# with an unanswered SYN (02), or closed for sending only (04, 05). A connected UDP socket, such as that of a DNS query,
# has state 01, too.
connections__are_open() {
	local table here there state inode rest
	for table in tcp tcp6 udp udp6; do
		while read -r rest here there state rest rest rest rest rest inode rest; do
			case $state in 01 | 02 | 04 | 05) ;; *) continue ;; esac
			connections__is_owned "$inode" && ! connections__has_both_ends "$1" "$here" "$there" && return 0
		done 2>/dev/null <"/proc/$1/net/$table" || :
	done
	return 1
}

# connections__is_owned INODE: 0 is a socket that no process has.
connections__is_owned() { [ "$1" != 0 ] && case $CONNECTIONS_OWNED in all | *" $1 "*) ;; *) return 1 ;; esac }

# connections__has_both_ends PROCESS HERE THERE: whether the other end, a row with the addresses swapped, is owned, too,
# or not accepted yet by a listener on this machine that is owned. An IPv4 address in an IPv6 table has a prefix.
connections__has_both_ends() {
	local table here there state inode rest mapped
	mapped=0000000000000000FFFF0000
	for table in tcp tcp6 udp udp6; do
		while read -r rest here there state rest rest rest rest rest inode rest; do
			case $state:${here#"$mapped"}:${there#"$mapped"} in
				*":${3#"$mapped"}:${2#"$mapped"}") ;;
				0A:*":${3##*:}:"*) [ "${2%:*}" = "${3%:*}" ] || continue ;;
				*) continue ;;
			esac
			! connections__is_owned "$inode" || return 0
		done 2>/dev/null <"/proc/$1/net/$table" || :
	done
	return 1
}

# Network of a private engine: its own bridge, address range and rules, so that no other engine's chains are touched.
# What was done is noted in the kernel alone: the range is the address of the bridge, what ip_forward was before is the bridge's
# alias, the rules carry our comment. Nothing of that outlives a restart of the machine.
# ENGINE_ID: five hexadecimal digits.
# shellcheck shell=sh

# network_make: sets NETWORK_BRIDGE and NETWORK_POOL (a /19; its lower half is the bridge's). The bridge of an engine that was
# killed is used again.
network_make() {
	local block
	NETWORK_BRIDGE=sw$ENGINE_ID
	network__remove_rules
	network__remove_links
	block=$(network__own_block) || block=$(network__add_bridge) ||
		die 71 "wanted a network bridge in a free range of 10.213.0.0/16, could not make one: end other engines, or use one that is there"
	NETWORK_POOL=10.213.$((block + 16)).0/20
	network__add_rules "10.213.$block.0/19" || die 71 "wanted to add firewall rules with iptables, could not: use an engine that is there"
}

# network__add_bridge: prints its block.
network__add_bridge() {
	local block before
	# A bridge without an address.
	ip link delete "$NETWORK_BRIDGE" 2>/dev/null || :
	block=$(network__find_block) && before=$(network__forwarding_before) &&
		ip link add "$NETWORK_BRIDGE" type bridge &&
		ip link set "$NETWORK_BRIDGE" alias "seawall-forward=$before" &&
		ip address add "10.213.$block.1/20" dev "$NETWORK_BRIDGE" &&
		ip link set "$NETWORK_BRIDGE" up && printf '%s\n' "$block"
}

# Another private engine has switched it on: that one noted what was before.
network__forwarding_before() {
	case $(ip -o link show type bridge) in
		*'alias seawall-forward=0'*) printf '0\n' ;;
		*) cat /proc/sys/net/ipv4/ip_forward ;;
	esac
}

# network__own_block: the block of our bridge, false where there is none.
network__own_block() {
	local line
	line=$(ip -4 -o address show dev "$NETWORK_BRIDGE" 2>/dev/null) || return
	case $line in *' inet 10.213.'*.1/20\ *) ;; *) return 1 ;; esac
	line=${line#* inet 10.213.}
	printf '%s\n' "${line%%.*}"
}

# Blocks of 32 in the third octet, begun by the engine's id so that two engines seldom meet.
network__find_block() {
	local first try block routes
	routes=$(ip -4 route show table all) || return
	first=$((0x$ENGINE_ID % 8)) try=0
	while [ "$try" -lt 8 ]; do
		block=$(((first + try) % 8 * 32))
		if network__is_free "$block" "$routes"; then
			printf '%s\n' "$block"
			return 0
		fi
		try=$((try + 1))
	done
	return 1
}

# network__is_free BLOCK ROUTES: whether no route leads into these 32 networks.
network__is_free() {
	local rest octet
	rest=$2
	while :; do
		case $rest in *10.213.*) ;; *) return 0 ;; esac
		rest=${rest#*10.213.}
		octet=${rest%%[!0-9]*}
		[ "${octet:-256}" -lt "$1" ] || [ "${octet:-256}" -ge "$(($1 + 32))" ] || return 1
	done
}

# Out with the host's address, back what belongs to it. -I, for another engine's policy may drop what it does not know.
network__add_rules() {
	network__rule -t nat -A POSTROUTING -s "$1" ! -d "$1" -j MASQUERADE &&
		network__rule -I FORWARD -s "$1" -j ACCEPT &&
		network__rule -I FORWARD -d "$1" -j ACCEPT
}

network__rule() {
	iptables -w "$@" -m comment --comment "seawall-$ENGINE_ID"
}

# By the comment: the bridge, and with it the range, may be gone.
network__remove_rules() {
	network__remove_chain filter FORWARD
	network__remove_chain nat POSTROUTING
}

network__remove_chain() {
	local rules rule
	rules=$(iptables -w -t "$1" -S "$2" 2>/dev/null) || return 0
	while IFS= read -r rule; do
		case "$rule " in *" --comment seawall-$ENGINE_ID "*) ;; *) continue ;; esac
		# shellcheck disable=SC2086 # words of our own rule
		iptables -w -t "$1" -D ${rule#-A }
	done <<-EOF
		$rules
	EOF
}

# The bridges of the engine's networks, which dockerd leaves: those with an address of our range.
network__remove_links() {
	local block line name
	block=$(network__own_block) || return 0
	while read -r _ name line; do
		case $name in br-*) ;; *) continue ;; esac
		case $line in 'inet 10.213.'*) line=${line#inet 10.213.} ;; *) continue ;; esac
		line=${line%%.*}
		[ "$line" -lt "$((block + 16))" ] || [ "$line" -ge "$((block + 32))" ] || ip link delete "$name"
	done <<-EOF
		$(ip -4 -o address show)
	EOF
}

# network_remove: leaves the machine as it was.
network_remove() {
	local links
	NETWORK_BRIDGE=sw$ENGINE_ID
	network__remove_rules
	network__remove_links
	links=$(ip -o link show dev "$NETWORK_BRIDGE" 2>/dev/null) || return 0
	# The engine switched it on; off again only where nobody else can be relying on it.
	case $links in
		*'alias seawall-forward=0'*) network__is_relied_on "${links%%:*}" || printf '0\n' >/proc/sys/net/ipv4/ip_forward ;;
	esac
	ip link delete "$NETWORK_BRIDGE"
}

# network__is_relied_on INDEX: whether somebody may want packets forwarded: there is a bridge that is newer than ours, or address
# translation of somebody else's.
network__is_relied_on() {
	local index
	case $(iptables -w -t nat -S 2>/dev/null) in *' -j MASQUERADE'* | *' -j SNAT'*) return 0 ;; esac
	while IFS=: read -r index _; do
		[ "${index:-0}" -le "$1" ] || return 0
	done <<-EOF
		$(ip -o link show type bridge)
	EOF
	return 1
}

# Network: creates and removes bridge, address range and firewall rules of a private engine; other engines' chains stay
# as they are. All records are in the kernel and end with a reboot: the bridge's address gives the range, its alias the
# earlier value of ip_forward, and the rules carry a comment. PRIVATE_ID: five hexadecimal digits.
# shellcheck shell=sh

# network_make: sets NETWORK_BRIDGE, and NETWORK_POOL to the upper half of a free /19; the lower half is the bridge's.
# Reuses the bridge of a killed engine. Exits with 71 if no range is free or a rule cannot be added.
network_make() {
	local block
	NETWORK_BRIDGE=sw$PRIVATE_ID
	network__remove_rules
	network__remove_links
	block=$(network__own_block) || block=$(network__add_bridge) ||
		die 71 'wanted a network bridge in a free range of 10.213.0.0/16, could not make one:' \
			'end other private engines, or set DOCKER_HOST to a running engine'
	NETWORK_POOL=10.213.$((block + 16)).0/20
	network__add_rules "10.213.$block.0/19" ||
		die 71 'wanted to add firewall rules with iptables, could not: set DOCKER_HOST to a running engine'
}

# network__add_bridge: creates the bridge in a free block and prints the block.
network__add_bridge() {
	local block before
	# Remains of a failed attempt: a bridge without an address.
	ip link delete "$NETWORK_BRIDGE" 2>/dev/null || :
	block=$(network__find_block) && before=$(network__forwarding_before) &&
		ip link add "$NETWORK_BRIDGE" type bridge &&
		ip link set "$NETWORK_BRIDGE" alias "seawall-forward=$before" &&
		ip address add "10.213.$block.1/20" dev "$NETWORK_BRIDGE" &&
		ip link set "$NETWORK_BRIDGE" up && printf '%s\n' "$block"
}

# network__forwarding_before: prints ip_forward as it was before any private engine: 0 if another one has recorded that.
network__forwarding_before() {
	case $(ip -o link show type bridge) in
		*'alias seawall-forward=0'*) printf '0\n' ;;
		*) cat /proc/sys/net/ipv4/ip_forward ;;
	esac
}

# network__own_block: prints the block of this engine's bridge; returns 1 if there is no bridge.
network__own_block() {
	local line
	line=$(ip -4 -o address show dev "$NETWORK_BRIDGE" 2>/dev/null) || return
	case $line in *' inet 10.213.'*.1/20\ *) ;; *) return 1 ;; esac
	line=${line#* inet 10.213.}
	printf '%s\n' "${line%%.*}"
}

# network__find_block: prints the first free block, a multiple of 32 in the third octet. Starts at a block that depends
# on the engine's id, so that two engines rarely collide.
network__find_block() {
	local first try block routes
	routes=$(ip -4 route show table all) || return
	first=$((0x$PRIVATE_ID % 8)) try=0
	while [ "$try" -lt 8 ]; do
		block=$(((first + try) % 8 * 32))
		! network__is_free "$block" "$routes" || {
			printf '%s\n' "$block"
			return 0
		}
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

# network__add_rules RANGE: masquerades and forwards the range. -I: another engine may have a drop policy or rule at the
# end.
network__add_rules() {
	network__rule -t nat -A POSTROUTING -s "$1" ! -d "$1" -j MASQUERADE &&
		network__rule -I FORWARD -s "$1" -j ACCEPT &&
		network__rule -I FORWARD -d "$1" -j ACCEPT
}

network__rule() { iptables -w "$@" -m comment --comment "seawall-$PRIVATE_ID"; }

# network__remove_rules: finds the rules by their comment; the bridge, and with it the range, may be gone.
network__remove_rules() {
	network__remove_chain filter FORWARD
	network__remove_chain nat POSTROUTING
}

network__remove_chain() {
	local rules rule
	rules=$(iptables -w -t "$1" -S "$2" 2>/dev/null) || return 0
	while IFS= read -r rule; do
		case "$rule " in *" --comment seawall-$PRIVATE_ID "*) ;; *) continue ;; esac
		# shellcheck disable=SC2086 # words of our own rule
		iptables -w -t "$1" -D ${rule#-A }
	done <<-EOF
		$rules
	EOF
}

# network__remove_links: removes the bridges of the engine's networks, which dockerd leaves behind: those with an
# address in the engine's range.
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

# network_remove: removes rules, links and bridge, and restores ip_forward.
network_remove() {
	local links
	NETWORK_BRIDGE=sw$PRIVATE_ID
	network__remove_rules
	network__remove_links
	links=$(ip -o link show dev "$NETWORK_BRIDGE" 2>/dev/null) || return 0
	# The engine had switched forwarding on.
	case $links in
		*'alias seawall-forward=0'*)
			network__others_forward "${links%%:*}" || printf '0\n' >/proc/sys/net/ipv4/ip_forward
			;;
	esac
	ip link delete "$NETWORK_BRIDGE"
}

# network__others_forward INDEX: whether another program may need forwarding: there is a bridge newer than the one with
# INDEX, or another address translation rule.
network__others_forward() {
	local index
	case $(iptables -w -t nat -S 2>/dev/null) in *' -j MASQUERADE'* | *' -j SNAT'*) return 0 ;; esac
	while IFS=: read -r index _; do
		[ "${index:-0}" -le "$1" ] || return 0
	done <<-EOF
		$(ip -o link show type bridge)
	EOF
	return 1
}

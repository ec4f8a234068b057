# Network of a private engine: its own bridge, address range and rules, so that no other engine's chains are touched.
# Needs log.sh and exit.sh. ENGINE_ID: five hexadecimal digits. ENGINE_HOME: the engine's folder, where what was done is noted.
# shellcheck shell=sh

# network_make: sets NETWORK_BRIDGE and NETWORK_POOL (a /19; its lower half is the bridge's).
network_make() {
	local block
	NETWORK_BRIDGE=sw$ENGINE_ID
	ip link delete "$NETWORK_BRIDGE" 2>/dev/null || :
	block=$(network__find_block) || die 71 "wanted a free address range in 10.213.0.0/16, found none: end other engines"
	NETWORK_POOL=10.213.$((block + 16)).0/20
	network__remember "10.213.$block.0/19"
	ip link add "$NETWORK_BRIDGE" type bridge &&
		ip address add "10.213.$block.1/20" dev "$NETWORK_BRIDGE" &&
		ip link set "$NETWORK_BRIDGE" up ||
		die 71 "wanted a network bridge, the kernel or the rights of this machine do not give one: use an engine that is there"
	network__rules -A
}

# Blocks of 32 in the third octet, begun by the engine's id so that two engines seldom meet.
network__find_block() {
	local first try block
	first=$((0x$ENGINE_ID % 8)) try=0
	while [ "$try" -lt 8 ]; do
		block=$(((first + try) % 8 * 32))
		ip -4 route show | grep -q "10\.213\.$block\." || {
			printf '%s\n' "$block"
			return 0
		}
		try=$((try + 1))
	done
	return 1
}

network__remember() {
	NETWORK_RANGE=$1
	printf '%s %s\n' "$1" "$(cat /proc/sys/net/ipv4/ip_forward)" >"$ENGINE_HOME/network"
}

# network__rules -A|-D: out with the host's address, back what belongs to it.
# -I, for another engine's policy may drop what it does not know.
network__rules() {
	local insert
	insert=$1
	[ "$1" = -D ] || insert=-I
	network__rule -t nat "$1" POSTROUTING -s "$NETWORK_RANGE" ! -d "$NETWORK_RANGE" -j MASQUERADE
	network__rule "$insert" FORWARD -s "$NETWORK_RANGE" -j ACCEPT
	network__rule "$insert" FORWARD -d "$NETWORK_RANGE" -j ACCEPT
}

network__rule() {
	iptables -w "$@" -m comment --comment "seawall-$ENGINE_ID"
}

network_remove() {
	local forward
	[ -r "$ENGINE_HOME/network" ] || return 0
	read -r NETWORK_RANGE forward <"$ENGINE_HOME/network"
	network__rules -D 2>/dev/null || :
	ip link delete "sw$ENGINE_ID" 2>/dev/null || :
	# The engine switched it on; off again only where nobody else can be relying on it.
	if [ "$forward" = 0 ] && ! (set +f && ls -d /sys/class/net/*/bridge >/dev/null 2>&1); then
		printf '0\n' >/proc/sys/net/ipv4/ip_forward
	fi
	rm -f "$ENGINE_HOME/network"
}

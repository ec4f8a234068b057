# Whether `host` (HOST or HOST:PORT) is one of the registries of the input: names as they are, or networks of IPv4 (CIDR).

function number(address,    part) {
	if (split(address, part, ".") != 4) return -1
	return ((part[1] * 256 + part[2]) * 256 + part[3]) * 256 + part[4]
}

BEGIN {
	address = host
	sub(/:.*/, "", address)
	mine = number(address)
}

$0 == host { found = 1 }
split($0, network, "/") == 2 && mine >= 0 && number(network[1]) >= 0 {
	size = 2 ^ (32 - network[2])
	if (int(mine / size) == int(number(network[1]) / size)) found = 1
}

END { exit !found }

# The registries of the input: names as they are, or networks (CIDR). Says whether $HOST (a host, perhaps with a port) is one of
# them; with patterns=yes prints instead, for all of them, lines TYPE IDENTIFIER as a selector of a source policy has them.

# busybox awk may have no `^`.
function power(bits,    result) {
	for (result = 1; bits > 0; bits--) result *= 2
	return result
}

function number(address,    part) {
	if (address !~ /^[0-9]+[.][0-9]+[.][0-9]+[.][0-9]+$/) return -1
	split(address, part, ".")
	return ((part[1] * 256 + part[2]) * 256 + part[3]) * 256 + part[4]
}

# Each network in whole octets: one that ends within an octet is as many as it has.
function print_network(address, bits,    part, whole, first, count, prefix, n) {
	split(address, part, ".")
	whole = int(bits / 8); prefix = ""
	for (n = 1; n <= whole; n++) prefix = prefix (n > 1 ? "." : "") part[n]
	if (bits % 8 == 0) print_prefix(prefix, whole)
	else {
		count = power(8 - bits % 8)
		first = int(part[whole + 1] / count) * count
		for (n = first; n < first + count; n++) print_prefix(prefix (whole ? "." : "") n, whole + 1)
	}
}

function print_prefix(prefix, octets) {
	if (octets == 0) print "WILDCARD docker-image://*"
	else if (octets < 4) print "WILDCARD docker-image://" prefix ".*"
	else print_host(prefix)
}

function print_host(host) { print "WILDCARD docker-image://" host "/*"; print "WILDCARD docker-image://" host ":*" }

# The name of a host has no case.
function print_name(name,    pattern) {
	print "WILDCARD docker-image://" name "/*"
	pattern = name
	gsub(/[][]/, "~", pattern); gsub(/[.]/, "[.]", pattern); gsub(/~/, ".", pattern)
	print "REGEX ^docker-image://(?i:" pattern ")/.*$"
}

BEGIN {
	host = tolower(ENVIRON["HOST"])
	address = host
	if (address !~ /^\[/) sub(/:.*/, "", address)
	mine = number(address)
}

{ entry = tolower($0); networks = split(entry, network, "/") == 2 }

patterns && networks && number(network[1]) >= 0 { print_network(network[1], network[2]); next }
patterns && networks { print "WILDCARD docker-image://[" (entry == "::1/128" ? "::1]" : "") "*"; next }
patterns && entry == "localhost" { print_host(entry); print "REGEX ^docker-image://(?i:localhost)[:/].*$"; next }
patterns { if (entry != "") print_name(entry); next }

entry == host || (entry == "localhost" && host ~ /^localhost:/) { found = 1 }
networks && mine >= 0 && number(network[1]) >= 0 {
	size = power(32 - network[2])
	if (int(mine / size) == int(number(network[1]) / size)) found = 1
}
networks && number(network[1]) < 0 && host ~ /^\[/ { if (entry != "::1/128" || host ~ /^\[::1\]/) found = 1 }

END { if (!patterns) exit !found }

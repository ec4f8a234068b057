# The input lists registries by name or network (CIDR). Exits with 0 if $HOST, a host with or without a port, is one of
# them. With patterns=yes it prints lines TYPE IDENTIFIER for all of them, as selectors of a source policy.

# Some builds of busybox awk lack `^`.
function power(bits,    result) {
	for (result = 1; bits > 0; bits--) result *= 2
	return result
}

function number(address,    part) {
	if (address !~ /^[0-9]+[.][0-9]+[.][0-9]+[.][0-9]+$/) return -1
	split(address, part, ".")
	return ((part[1] * 256 + part[2]) * 256 + part[3]) * 256 + part[4]
}

# A pattern covers whole octets, so a network whose prefix ends within an octet needs several patterns.
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

# Host names are case-insensitive.
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

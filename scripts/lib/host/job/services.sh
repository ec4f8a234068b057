# Services: what the Dockerfile can build, from the table SERVICES_TABLE (name, runtime, largest image in MB).
# shellcheck shell=sh

services_names() { cut -f 1 "$SERVICES_TABLE" | grep -v '^#'; }

# services_known NAME: the name again, 64 when the table has no such service.
services_known() {
	services_names | grep -x -F -e "$1" ||
		die 64 "--service: unknown service '$1': wanted one of $(services_names | paste -s -d ' ' -)"
}

# services_kinds "NAME...": the runtime of each, one a line: static or python.
services_kinds() {
	local name
	for name in $1; do services__column "$name" 2; done
}

# services_limit NAME: the largest file system in MB.
services_limit() { services__column "$1" 3; }

# services__column NAME NUMBER
services__column() {
	local name value
	cut -f "1,$2" "$SERVICES_TABLE" | while IFS='	' read -r name value; do
		case $name in '#'*) ;; "$1") printf '%s\n' "$value" ;; esac
	done
}

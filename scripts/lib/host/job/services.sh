# Services: reads the table of the services in the Dockerfile: name, runtime, maximum image size in MB.
# shellcheck shell=sh

# services__table: prints the rows of the table.
services__table() { grep -v '^#' "${SEAWALL_LIB%/scripts/lib}/examples/services/services.tsv"; }

# services_names: prints the names of all services, one a line.
services_names() { services__table | cut -f 1; }

# services_known NAME: prints NAME; exits with 64 if the table has no such service.
services_known() {
	services_names | grep -x -F -e "$1" ||
		die 64 "--service: unknown service '$1': wanted one of $(services_names | paste -s -d ' ' -)"
}

# services_kinds "NAME...": prints the runtime of each service, static or python, one a line.
services_kinds() {
	local name
	for name in $1; do services__column "$name" 2; done
}

# services_limit NAME: prints the maximum size of the file system in MB.
services_limit() { services__column "$1" 3; }

# services__column NAME NUMBER: prints a column of the service's row.
services__column() {
	local name value
	services__table | cut -f "1,$2" | while IFS='	' read -r name value; do
		case $name in "$1") printf '%s\n' "$value" ;; esac
	done
}

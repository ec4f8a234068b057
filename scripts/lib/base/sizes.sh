# Sizes: reads and prints sizes as docker does (10GB, 512MB, 1.5GiB; units are decimal, except KiB, MiB, GiB, TiB), and
# reads ages (30m, 24h, 7d).
# shellcheck shell=sh

# sizes_read TEXT: prints the number of bytes; false if TEXT is not a size.
sizes_read() {
	printf '%s\n' "$1" | LC_ALL=C awk '
		/^[0-9]+(\.[0-9]+)?([kKMGT]i?)?B?$/ {
			unit = $0
			sub(/^[0-9.]+/, "", unit)
			base = unit ~ /i/ ? 1024 : 1000
			power = index("KMGT", toupper(substr(unit, 1, 1)))
			if (unit == "" || unit == "B") power = 0
			printf "%.0f\n", $0 * base ^ power
			found = 1
		}
		END { exit !found }
	'
}

# sizes_show BYTES: prints the size with a unit and at most four digits.
sizes_show() {
	printf '%s\n' "$1" | LC_ALL=C awk '{
		split("B kB MB GB TB", unit, " ")
		n = $1
		for (i = 1; n >= 1000 && i < 5; i++) n /= 1000
		printf (i == 1 || n >= 100 ? "%.0f %s\n" : "%.1f %s\n"), n, unit[i]
	}'
}

# sizes_read_age TEXT: prints the seconds of 30m, 24h, 7d, 90s or 90; false if TEXT is not an age.
sizes_read_age() {
	local number
	number=${1%[smhd]}
	values_is_number "$number" 9999999 || return 1
	case $1 in
		*m) printf '%s\n' "$((number * 60))" ;;
		*h) printf '%s\n' "$((number * 3600))" ;;
		*d) printf '%s\n' "$((number * 86400))" ;;
		*) printf '%s\n' "$number" ;;
	esac
}

# Sizes: bytes as people and docker write them: 10GB, 512MB, 1.5GiB; decimal where not said otherwise.
# Needs nothing.
# shellcheck shell=sh

# sizes_read TEXT: prints the bytes; false for what is no size.
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

# sizes_show BYTES: in at most four digits.
sizes_show() {
	printf '%s\n' "$1" | LC_ALL=C awk '{
		split("B kB MB GB TB", unit, " ")
		n = $1
		for (i = 1; n >= 1000 && i < 5; i++) n /= 1000
		printf (i == 1 || n >= 100 ? "%.0f %s\n" : "%.1f %s\n"), n, unit[i]
	}'
}

# sizes_read_age TEXT: 30m, 24h, 7d or seconds; prints the seconds, false for what is no age.
sizes_read_age() {
	local number
	number=${1%[smhd]}
	# Shells read a zero before other digits as octal.
	case $number in '' | *[!0-9]* | 0?* | ????????*) return 1 ;; esac
	case $1 in
		*m) printf '%s\n' "$((number * 60))" ;;
		*h) printf '%s\n' "$((number * 3600))" ;;
		*d) printf '%s\n' "$((number * 86400))" ;;
		*) printf '%s\n' "$number" ;;
	esac
}

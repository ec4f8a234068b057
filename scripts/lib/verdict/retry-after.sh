# Retry-After (RFC 9110, 10.2.3): the time before which a source must not be asked again. Pure, without `date -d`.
# shellcheck shell=sh

# A longer time is cut to this.
RETRY_AFTER_MAX_SECONDS=120

# retry_after_read FILE: sets RETRY_AFTER to the seconds of the last such header in FILE, 0 without one.
retry_after_read() {
	local value
	RETRY_AFTER=0
	[ -r "$1" ] || return 0
	value=$(tail -c 200000 "$1" | tr -d '\015' |
		LC_ALL=C sed -n 's/^.*[Rr][Ee][Tt][Rr][Yy]-[Aa][Ff][Tt][Ee][Rr]: *\([^"]*\).*$/\1/p' | tail -n 1)
	case $value in
		'') return 0 ;;
		*[!0-9]*) retry_after__date "$value" ;;
		*) retry_after__decimal "$value" && RETRY_AFTER=$RETRY_AFTER_NUMBER ;;
	esac
	case $RETRY_AFTER in -*) RETRY_AFTER=0 ;; ??????*) RETRY_AFTER=$RETRY_AFTER_MAX_SECONDS ;; esac
	[ "$RETRY_AFTER" -le "$RETRY_AFTER_MAX_SECONDS" ] || RETRY_AFTER=$RETRY_AFTER_MAX_SECONDS
}

# retry_after_end FILE: sets RETRY_AFTER_END to that time in epoch seconds, 0 without a header. The clock counts whole
# seconds, so one is added to be sure.
retry_after_end() {
	retry_after_read "$1"
	RETRY_AFTER_END=0
	[ "$RETRY_AFTER" -eq 0 ] || RETRY_AFTER_END=$(($(clock_now) + RETRY_AFTER + 1))
}

# Reads `Wed, 21 Oct 2026 07:28:00 GMT`; any other form counts as no header.
retry_after__date() {
	local day month year hour minute second
	# shellcheck disable=SC2046 # the words of a date
	set -- $(printf '%s\n' "$1" | LC_ALL=C sed -n -E \
		's/^[A-Za-z]*, ([0-9]{2} [A-Z][a-z]{2} [0-9]{4}) ([0-9]{2}):([0-9]{2}):([0-9]{2}) GMT *$/\1 \2 \3 \4/p')
	[ $# -eq 6 ] || return 0
	case $2 in Jan | Feb | Mar | Apr | May | Jun | Jul | Aug | Sep | Oct | Nov | Dec) ;; *) return 0 ;; esac
	# A 32 bit shell cannot compute seconds after 2037.
	case $3 in
		20[0-2]? | 203[0-7]) ;;
		20* | 2[1-9]?? | [3-9]???) RETRY_AFTER=$RETRY_AFTER_MAX_SECONDS && return 0 ;;
		*) return 0 ;;
	esac
	month=Jan.Feb.Mar.Apr.May.Jun.Jul.Aug.Sep.Oct.Nov.Dec.
	month=${month%%"$2"*}
	month=$((${#month} / 4 + 1))
	retry_after__decimal "$1" && day=$RETRY_AFTER_NUMBER
	retry_after__decimal "$4" && hour=$RETRY_AFTER_NUMBER
	retry_after__decimal "$5" && minute=$RETRY_AFTER_NUMBER
	retry_after__decimal "$6" && second=$RETRY_AFTER_NUMBER
	year=$3
	# Days since 1970. The year starts in March, so the leap day is its last day (Fliegel and Van Flandern).
	[ "$month" -gt 2 ] || year=$((year - 1)) month=$((month + 12))
	day=$((365 * year + year / 4 - year / 100 + year / 400 + (153 * (month - 3) + 2) / 5 + day - 719469))
	RETRY_AFTER=$((day * 86400 + hour * 3600 + minute * 60 + second - $(clock_now)))
	[ "$RETRY_AFTER" -le "$RETRY_AFTER_MAX_SECONDS" ] || RETRY_AFTER=$RETRY_AFTER_MAX_SECONDS
}

# Sets RETRY_AFTER_NUMBER to $1 without leading zeros: shells read `08` as an invalid octal number.
retry_after__decimal() {
	RETRY_AFTER_NUMBER=$1
	while case $RETRY_AFTER_NUMBER in 0?*) ;; *) false ;; esac do RETRY_AFTER_NUMBER=${RETRY_AFTER_NUMBER#0}; done
}

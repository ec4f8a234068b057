# Conf: reads a file of KEY=VALUE lines. An error names the line and never quotes it, because it may hold a secret.
# shellcheck shell=sh

CONF_MAX_BYTES=65536
CONF_MAX_LINE=8192
CONF_CONTROLS='\000-\010\013\014\016-\037\177'

# conf_each FILE FUNCTION: calls FUNCTION FILE:NUMBER KEY VALUE for each line. Exits 78 on any other line, and on a file
# that is not UTF-8 text of at most CONF_MAX_BYTES. KEY has capital letters and underscores, VALUE no control
# characters. Lines end with LF or CR LF.
conf_each() {
	local line number end
	conf__load "$1"
	number=0 end=$(printf '\r')
	# The here document ends with a newline: yash reads for ever if `read` fails on an unfinished line.
	while IFS= read -r line; do
		number=$((number + 1))
		case $line in '#'*) continue ;; esac
		# mksh needs a second to match a pattern against 60 kB.
		[ "${#line}" -le "$CONF_MAX_LINE" ] ||
			die 78 "$1:$number: wanted at most $CONF_MAX_LINE characters, saw more: shorten the line"
		line=${line%"$end"}
		case $line in
			'' | *[!\ ]*) ;;
			*) line='' ;;
		esac
		case $line in
			'') ;;
			*[[:cntrl:]]*) conf__take_tabs "$2" "$1:$number" "$line" ;;
			SEAWALL*=*) conf__take "$2" "$1:$number" "${line%%=*}" "${line#*=}" ;;
			*) conf__refuse "$1:$number" ;;
		esac
	done <<-TEXT
		$CONF_TEXT
	TEXT
}

# conf__take_tabs FUNCTION PLACE LINE: tabs may separate the words of a list. values_check refuses them elsewhere.
conf__take_tabs() {
	case $(printf '%s' "$3" | tr -d '\011') in
		*[[:cntrl:]]*) die 78 "$2: wanted text, saw a control character: type the line again" ;;
		SEAWALL*=*) conf__take "$1" "$2" "${3%%=*}" "${3#*=}" ;;
		'') ;;
		*) conf__refuse "$2" ;;
	esac
}

# conf__take FUNCTION PLACE KEY VALUE
conf__take() {
	case $3 in *[!A-Z_]*) conf__refuse "$2" ;; esac
	[ "${#3}" -le 64 ] || conf__refuse "$2"
	"$1" "$2" "$3" "$4"
}

conf__refuse() {
	die 78 "$1: wanted SEAWALL_NAME=VALUE, the name in capital letters and underscores: correct or remove the line"
}

# conf__load FILE: sets CONF_TEXT. The first reading replaces everything but ASCII: the length of the text is then the
# size of the file in any locale, and every shell can hold it.
conf__load() {
	local odd
	# SEAWALL_CONF=/dev/null switches files off and costs no process.
	CONF_TEXT=''
	[ "$1" != /dev/null ] || return 0
	[ -r "$1" ] && [ ! -d "$1" ] ||
		die 78 "wanted a readable file of settings, saw '$1': correct the path, its owner or its mode"
	odd=$(printf '\001') CONF_TEXT=$(conf__read "$1" "$CONF_CONTROLS\\200-\\377")
	[ "${#CONF_TEXT}" -le $((CONF_MAX_BYTES + 1)) ] ||
		die 78 "$1: wanted at most 64 KiB, saw more: remove lines that are not settings"
	case $CONF_TEXT in
		*"$odd"*) conf__load_more "$1" ;;
		*) CONF_TEXT=${CONF_TEXT%.} ;;
	esac
}

# conf__load_more FILE: the same for a file with control characters or with other characters than ASCII.
conf__load_more() {
	local line
	for line in head tr od awk; do
		command -v "$line" >/dev/null 2>&1 ||
			die 71 "wanted head, tr, od and awk to read $1, found no $line: install it, or set PATH"
	done
	line=$(conf__read "$1" '' | conf__find_broken)
	[ -z "$line" ] || die 78 "$1:$line: wanted UTF-8 text: save the file as UTF-8"
	CONF_TEXT=$(conf__read "$1" "$CONF_CONTROLS")
	# Files written on Windows may begin with a byte order mark.
	CONF_TEXT=${CONF_TEXT#"$(printf '\357\273\277')"}
	case $CONF_TEXT in
		*.) CONF_TEXT=${CONF_TEXT%.} ;;
		*) die 78 "$1: wanted a locale with the characters of this file, such as C.UTF-8: set LC_ALL" ;;
	esac
}

# conf__read FILE CHARACTERS: prints the first bytes of FILE, with CHARACTERS replaced by \001, and a full stop, so that
# `$( )` keeps the newlines at the end. A read error is printed as \001.
conf__read() {
	{ head -c $((CONF_MAX_BYTES + 1)) <"$1" || printf '\377\000'; } 2>/dev/null |
		LC_ALL=C tr "${2:-\\001}" '\001' 2>/dev/null || printf '\001'
	printf .
}

# conf__find_broken: prints the number of the first line on stdin that is not UTF-8; nothing if all are.
conf__find_broken() {
	LC_ALL=C od -A n -v -t u1 | LC_ALL=C awk '
		BEGIN { line = 1 }
		{
			for (i = 1; i <= NF; i++) {
				byte = $i + 0
				if (more ? byte < low || byte > high : byte > 127 && (byte < 194 || byte > 244)) { print line; exit }
				if (more) { more--; low = 128; high = 191 }
				else if (byte > 127) {
					more = byte > 239 ? 3 : byte > 223 ? 2 : 1
					low = byte == 224 ? 160 : byte == 240 ? 144 : 128
					high = byte == 237 ? 159 : byte == 244 ? 143 : 191
				}
				if (byte == 10) line++
			}
		}
	'
}

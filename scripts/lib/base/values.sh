# Values: checks the values of settings by kind, and compares numbers and lists.
# shellcheck shell=sh

# values_check WHERE NAME KIND VALUE: exits 78 if VALUE is not of that KIND. An empty value is valid. The message does
# not quote values that are long or may hold a password.
values_check() {
	local saw
	[ -n "$4" ] || return 0
	saw=", saw '$4'"
	case $3 in sources | pairs) saw='' ;; esac
	[ "${#4}" -le 200 ] || saw=''
	case $4 in
		*[[:cntrl:]]*) die 78 "$1: $2: wanted one line of text, saw a control character: correct the value" ;;
	esac
	values__look "$3" "$4" || die 78 "$1: $2: wanted $VALUES_WANTED$saw: correct the value"
}

# values_join KIND VALUE: sets VALUES_JOINED to VALUE. The words of a list may be separated by blanks, tabs and line
# ends (a block of YAML, a file of Windows); VALUES_JOINED has one blank between them.
values_join() {
	local word IFS
	VALUES_JOINED=$2
	case $1:$2 in
		sources:*[[:space:]]* | pairs:*[[:space:]]* | plans:*[[:space:]]*) ;;
		words:*[[:space:]]* | programs:*[[:space:]]*) ;;
		*) return 0 ;;
	esac
	IFS=$(printf ' \t\r\n.') VALUES_JOINED=''
	IFS=${IFS%.}
	for word in $2; do
		[ -z "$word" ] || VALUES_JOINED="$VALUES_JOINED${VALUES_JOINED:+ }$word"
	done
}

# values__look KIND VALUE: true if VALUE is of that KIND; otherwise VALUES_WANTED describes the valid values.
values__look() {
	local word
	case $1 in
		'one of '*) VALUES_WANTED=$1 && values_has "$2" "${1#one of }" ;;
		number) VALUES_WANTED='a whole number' && values_is_number "$2" ;;
		deadline) VALUES_WANTED='seconds, or @ and seconds since the epoch' && values_is_number "${2#@}" ;;
		file) VALUES_WANTED='a readable file' && [ -r "$2" ] && [ ! -d "$2" ] ;;
		image) VALUES_WANTED='the name of an image' && case $2 in *[!A-Za-z0-9._/:@-]* | *://*) return 1 ;; esac ;;
		programs) VALUES_WANTED='names of programs' && values__are_programs "$2" ;;
		sources | pairs | plans) for word in $2; do values__look_at_word "$1" "$word" || return; done ;;
	esac
}

# values__are_programs "WORD...": each becomes the name of a file in front of the programs of a RUN step.
values__are_programs() {
	local word
	for word in $1; do
		case $word in *[!a-zA-Z0-9._+-]* | [.-]* | sh) return 1 ;; esac
	done
}

# values_is_number TEXT [MAX]: true for a whole number up to MAX, by default 13 digits. A leading zero is refused,
# because shells read the number as octal. MAX has at most ten digits, or nines only.
values_is_number() {
	local max
	max=${2:-9999999999999}
	case $1 in '' | *[!0-9]* | 0?*) return 1 ;; esac
	case $((${#1} - ${#max})) in
		-*) return 0 ;;
		0) ;;
		*) return 1 ;;
	esac
	case $max in *[!9]*) values__is_at_most "1$1" "1$max" ;; esac
}

# values__is_at_most A B: compares numbers with as many digits. mksh computes with 32 bits, so the last digit is
# compared on its own.
values__is_at_most() {
	[ "${1%?}" -lt "${2%?}" ] || { [ "${1%?}" -eq "${2%?}" ] && [ "${1#"${1%?}"}" -le "${2#"${2%?}"}" ]; }
}

# values__look_at_word KIND WORD: the same for one word of a list.
values__look_at_word() {
	case $1 in
		sources) VALUES_WANTED="'default', 'direct' or URLs, blanks between" ;;
		pairs) VALUES_WANTED="'none' or NAME=OTHER, blanks between" ;;
		plans) VALUES_WANTED='gha-full, gha-only, registry-only, no-cache, local, inline' ;;
	esac
	case $1:$2 in
		sources:*,*) return 1 ;;
		sources:default | sources:direct | sources:http://?* | sources:https://?* | sources:file:///?*) ;;
		pairs:none | pairs:?*=?*) ;;
		plans:gha-full | plans:gha-only | plans:registry-only | plans:no-cache | plans:local | plans:inline) ;;
		*) return 1 ;;
	esac
}

# values_min A B: prints the smaller number.
values_min() {
	if [ "$1" -le "$2" ]; then printf '%s\n' "$1"; else printf '%s\n' "$2"; fi
}

# values_count NUMBER WORD: prints `1 WORD` or `2 WORDs`.
values_count() { printf '%s %s%s\n' "$1" "$2" "$([ "$1" -eq 1 ] || printf s)"; }

# values_has WORD LIST: true if WORD is one of the blank-separated words of LIST.
values_has() {
	case $1 in *\ *) return 1 ;; esac
	case " $2 " in *" $1 "*) ;; *) return 1 ;; esac
}

# values_low WORD: sets VALUES_LOW to its last eight digits, for shells with 32-bit numbers, not read as octal.
values_low() {
	VALUES_LOW=$1
	case $1 in ????????*) VALUES_LOW=1${1#"${1%????????}"} && VALUES_LOW=$((VALUES_LOW - 100000000)) ;; esac
}

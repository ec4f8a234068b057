# Input: what the command of an attempt reads.
# shellcheck shell=sh

# input_open FILE|&N|&-: becomes stdin. The number before `<&-` must be a literal.
input_open() {
	case $1 in '&-') exec <&- ;; '&'*) exec <&"${1#?}" ;; ?*) exec <"$1" ;; esac
	case $1 in
		'&9') exec 9<&- ;;
		'&8') exec 8<&- ;;
		'&7') exec 7<&- ;;
		'&6') exec 6<&- ;;
		'&5') exec 5<&- ;;
		'&4') exec 4<&- ;;
		'&3') exec 3<&- ;;
	esac
}

# Net options: reads the arguments of curl and wget, whose options have the same forms.
# shellcheck shell=sh

# net_options_read LONG TAKE SHORT WORD...: false if a word is not understood. LONG NAME SPELLED reads the option NAME,
# in the call `--NAME` or `-LETTER`, and sets NET_WANTS to the name if the value is the next word. TAKE NAME VALUE takes
# the value of an option, or `url` and a word that is none. SHORT is the table of the letters: LETTER=NAME.
net_options_read() {
	local long take short wants word
	long=$1 take=$2 short=$3 wants=''
	shift 3
	for word in "$@"; do
		if [ -n "$wants" ]; then
			"$take" "$wants" "$word" || return
			wants=''
			continue
		fi
		NET_WANTS=''
		case $word in
			--) return 1 ;;
			--?*) "$long" "${word#--}" "${word%%=*}" || return ;;
			-?*) net_options__short "$long" "$take" "$short" "${word#-}" || return ;;
			*) "$take" url "$word" || return ;;
		esac
		wants=$NET_WANTS
	done
	[ -z "$wants" ]
}

# net_options__short LONG TAKE SHORT LETTERS: flags can be combined, and the last letter may have its value in the same
# word. wget has options of two letters, such as -nv.
net_options__short() {
	local rest letter
	rest=$4
	while [ -n "$rest" ]; do
		letter=${rest%"${rest#??}"}
		[ "${#rest}" -ge 2 ] && words_table_find "$letter" "$3" || {
			letter=${rest%"${rest#?}"}
			words_table_find "$letter" "$3" || return
		}
		rest=${rest#"$letter"}
		"$1" "$WORDS_FOUND" "-$letter" || return
		[ -n "$NET_WANTS" ] && [ -n "$rest" ] || continue
		"$2" "$NET_WANTS" "$rest" || return
		NET_WANTS=''
		return 0
	done
}

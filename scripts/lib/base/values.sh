# Values: what a value of each kind of setting looks like.
# shellcheck shell=sh

# values_check WHERE NAME KIND VALUE: 78 where it cannot be right; an empty value always is. What may hold a password, or is
# long, is not quoted.
values_check() {
	local saw
	[ -n "$4" ] || return 0
	saw=", saw '$4'"
	case $3 in sources | pairs) saw='' ;; esac
	[ "${#4}" -le 200 ] || saw=''
	case $4 in *[[:cntrl:]]*) die 78 "$1: $2: wanted one line of text, saw a control character: correct the value" ;; esac
	values__look "$3" "$4" || die 78 "$1: $2: wanted $VALUES_WANTED$saw: correct the value"
}

# values__look KIND VALUE: sets VALUES_WANTED where it is false.
values__look() {
	local word
	case $1 in
		'one of '*) VALUES_WANTED=$1 && values__is_among "$2" "${1#one of }" ;;
		number) VALUES_WANTED='a whole number' && values_is_number "$2" ;;
		deadline) VALUES_WANTED='seconds, or @ and seconds since the epoch' && values_is_number "${2#@}" ;;
		file) VALUES_WANTED='a readable file' && [ -r "$2" ] && [ ! -d "$2" ] ;;
		image) VALUES_WANTED='the name of an image' && case $2 in *[!A-Za-z0-9._/:@-]* | *://*) return 1 ;; esac ;;
		sources | pairs | plans) for word in $2; do values__look_at_word "$1" "$word" || return; done ;;
	esac
}

# values__is_among WORD WORDS
values__is_among() {
	local word
	for word in $2; do
		[ "$word" != "$1" ] || return 0
	done
	return 1
}

# values_is_number TEXT: at most 13 digits, and no zero before others, which shells read as octal.
values_is_number() { case $1 in '' | *[!0-9]* | 0?* | ??????????????*) return 1 ;; esac }

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

# values_min A B: the smaller one.
values_min() {
	if [ "$1" -le "$2" ]; then printf '%s\n' "$1"; else printf '%s\n' "$2"; fi
}

# values_has WORD LIST: whether WORD is one of the words of LIST, separated by blanks.
values_has() { case " $2 " in *" $1 "*) ;; *) return 1 ;; esac }

# Words table: looks up words in a table that is one text: words, or NAME=WORD, with blanks or line ends around each.
# shellcheck shell=sh

# words_table_has WORD TABLE
words_table_has() {
	case $2 in *[[:space:]]"$1"[[:space:]]*) ;; *) return 1 ;; esac
}

# words_table_find NAME TABLE: sets WORDS_FOUND to the word behind `NAME=`; false if there is none.
words_table_find() {
	WORDS_FOUND=''
	case $2 in *[[:space:]]"$1="*) ;; *) return 1 ;; esac
	WORDS_FOUND=${2#*[[:space:]]"$1="}
	WORDS_FOUND=${WORDS_FOUND%%[[:space:]]*}
}

# words_table_has_one TABLE WORD...: true if one of the words is in the table.
words_table_has_one() {
	local table word
	table=$1
	shift
	for word in "$@"; do
		! words_table_has "$word" "$table" || return 0
	done
	return 1
}

# Requirement files: their lines as pip reads them. Needs requirements.sh and pip-options.sh, which judge what is in them.
# shellcheck shell=sh

# A file of more bytes, more files, and files in files that go deeper are not read.
REQUIREMENT_FILES_BOUND=1048576
REQUIREMENT_FILES_MOST=100
REQUIREMENT_FILES_DEEPEST=10
REQUIREMENT_FILES_CR=$(printf '\r')
REQUIREMENT_FILES_MARK=$(printf '\357\273\277')
# What ends a line to Python and not to a shell: VT, FF, FS, GS, RS, and in UTF-8 U+0085, U+2028 and U+2029.
REQUIREMENT_FILES_ENDS=$(printf '\013\014\034\035\036')
REQUIREMENT_FILES_NEL=$(printf '\302\205')
REQUIREMENT_FILES_LS=$(printf '\342\200\250')
REQUIREMENT_FILES_PS=$(printf '\342\200\251')

# requirement_files_read FOLDER FILE file|constraint: FOLDER is what a path in a file is relative to. A file that is not
# there is pip's to tell; what is elsewhere, or no text, is not understood.
requirement_files_read() {
	local file outer
	case $2 in
		'' | [Hh][Tt][Tt][Pp]*:* | [Ff][Ii][Ll][Ee]:*) requirements_unclear && return 0 ;;
		/*) file=$2 ;;
		*) file=$1$2 ;;
	esac
	[ -e "$file" ] || return 0
	if ! requirement_files__is_text "$file" || [ "$REQUIREMENTS_FILES" -ge "$REQUIREMENT_FILES_MOST" ] ||
		[ "$REQUIREMENTS_DEPTH" -ge "$REQUIREMENT_FILES_DEEPEST" ]; then
		requirements_unclear
		return 0
	fi
	outer=$REQUIREMENTS_FILE REQUIREMENTS_FILE=$file
	REQUIREMENTS_FILES=$((REQUIREMENTS_FILES + 1)) REQUIREMENTS_DEPTH=$((REQUIREMENTS_DEPTH + 1))
	requirement_files__lines "${file%"${file##*/}"}" "$3" <"$file"
	REQUIREMENTS_FILE=$outer REQUIREMENTS_DEPTH=$((REQUIREMENTS_DEPTH - 1))
}

# UTF-16 and UTF-32 hold NUL bytes, which a shell does not see.
requirement_files__is_text() {
	local size
	[ -f "$1" ] && [ -r "$1" ] || return 1
	size=$(wc -c <"$1") || return
	[ "$size" -le "$REQUIREMENT_FILES_BOUND" ] && [ "$size" -eq "$(tr -d '\000' <"$1" | wc -c)" ]
}

# requirement_files__lines FOLDER KIND: joined where one ends in a backslash, unless it is a comment.
requirement_files__lines() {
	local line text number
	text='' number=0
	while IFS= read -r line || [ -n "$line" ]; do
		number=$((number + 1))
		line=${line%"$REQUIREMENT_FILES_CR"}
		[ "$number" -gt 1 ] || line=${line#"$REQUIREMENT_FILES_MARK"}
		case $line in
			*["$REQUIREMENT_FILES_CR$REQUIREMENT_FILES_ENDS"]* | *"$REQUIREMENT_FILES_NEL"* | *"$REQUIREMENT_FILES_LS"* | *"$REQUIREMENT_FILES_PS"*)
				requirements_unclear
				;;
		esac
		case $number:$line in
			[12]:*'#'*coding[:=]*) requirement_files__coding "$line" ;;
		esac
		case ${line#"${line%%[! 	]*}"} in
			'#'*) ;;
			*\\) text=$text${line%\\} && continue ;;
			*) text=$text$line ;;
		esac
		requirement_files__whole "$text" "$1" "$2"
		text=''
	done
	requirement_files__whole "$text" "$1" "$2"
}

# Only in these two the bytes of ASCII are what they look like, here and to pip.
requirement_files__coding() {
	case $1 in
		*coding[:=]*[Uu][Tt][Ff]-8* | *coding[:=]*[Aa][Ss][Cc][Ii][Ii]*) ;;
		*) requirements_unclear ;;
	esac
}

# requirement_files__whole TEXT FOLDER KIND: a comment begins at a blank; a line of options begins with one.
requirement_files__whole() {
	local text
	text=${1%%[ 	]#*}
	text=${text#"${text%%[! 	]*}"}
	case $text in *'${'*) requirements_unclear ;; esac
	case $text in
		'' | '#'*) ;;
		-*[\"\'\\]*) requirements_unclear ;;
		-*) requirement_files__options "$text" "$2" "$3" ;;
		*) [ "$3" = constraint ] || requirements_one "$text" ;;
	esac
}

# requirement_files__options TEXT FOLDER KIND
requirement_files__options() {
	local word before
	before=''
	for word in $1; do
		if [ -n "$before" ]; then
			requirements_option "$before" "$word" "$3" "$2"
			before=''
			continue
		fi
		pip_options_read file "$word"
		if [ "$PIP_WANTS" = yes ]; then before=$PIP_OPTION; else requirements_option "$PIP_OPTION" "$PIP_VALUE" "$3" "$2"; fi
	done
}

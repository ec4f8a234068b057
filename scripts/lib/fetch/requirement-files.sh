# Requirement files: parses requirements and constraints files as pip does, and calls a function for each entry:
#   VISITOR unclear                            text that this parser does not fully understand
#   VISITOR once FILE                          a pipe, which only the tool reads, and only once
#   VISITOR requirement TEXT                   a requirement
#   VISITOR constraint TEXT                    an entry of a constraints file
#   VISITOR option OPTION VALUE KIND FOLDER    an option; KIND is file or constraint, FOLDER the folder of the file
# shellcheck shell=sh

# Limits on the size of a file, the number of files, and files that include files. Larger input is `unclear`.
REQUIREMENT_FILES_MAX_BYTES=1048576
REQUIREMENT_FILES_MAX_FILES=100
REQUIREMENT_FILES_MAX_DEPTH=10
REQUIREMENT_FILES_CR=$(printf '\r')
REQUIREMENT_FILES_MARK=$(printf '\357\273\277')
# Characters that end a line for Python and not for a shell: VT, FF, FS, GS, RS, and in UTF-8 U+0085, U+2028 and U+2029.
REQUIREMENT_FILES_ENDS=$(printf '\013\014\034\035\036')
REQUIREMENT_FILES_NEL=$(printf '\302\205')
REQUIREMENT_FILES_LS=$(printf '\342\200\250')
REQUIREMENT_FILES_PS=$(printf '\342\200\251')

# requirement_files_begin VISITOR: sets the function to call. REQUIREMENT_FILES_CURRENT is the file that is being read.
requirement_files_begin() {
	REQUIREMENT_FILES_VISITOR=$1 REQUIREMENT_FILES_CURRENT=''
	REQUIREMENT_FILES_COUNT=0 REQUIREMENT_FILES_DEPTH=0
}

# requirement_files_read FOLDER FILE file|constraint: reads FILE, a path relative to FOLDER, and the files that it
# includes. A missing file is ignored, because pip reports it. A URL or a file that is not text is `unclear`.
requirement_files_read() {
	local file outer
	case $2 in
		'' | [Hh][Tt][Tt][Pp]*:* | [Ff][Ii][Ll][Ee]:*) "$REQUIREMENT_FILES_VISITOR" unclear && return 0 ;;
		/*) file=$2 ;;
		*) file=$1$2 ;;
	esac
	! pip_inputs_is_stdin "$file" || file=$PIP_INPUTS_STDIN
	# A file names stdin: this function reads that file as its own stdin, so the content is read later.
	[ -n "$file" ] || { pip_inputs_want_stdin && "$REQUIREMENT_FILES_VISITOR" unclear && return 0; }
	[ -e "$file" ] || return 0
	[ ! -p "$file" ] || "$REQUIREMENT_FILES_VISITOR" once "$file"
	if ! requirement_files__is_text "$file" || [ "$REQUIREMENT_FILES_COUNT" -ge "$REQUIREMENT_FILES_MAX_FILES" ] ||
		[ "$REQUIREMENT_FILES_DEPTH" -ge "$REQUIREMENT_FILES_MAX_DEPTH" ]; then
		"$REQUIREMENT_FILES_VISITOR" unclear
		return 0
	fi
	outer=$REQUIREMENT_FILES_CURRENT REQUIREMENT_FILES_CURRENT=$file
	REQUIREMENT_FILES_COUNT=$((REQUIREMENT_FILES_COUNT + 1)) REQUIREMENT_FILES_DEPTH=$((REQUIREMENT_FILES_DEPTH + 1))
	requirement_files__lines "${file%"${file##*/}"}" "$3" <"$file"
	REQUIREMENT_FILES_CURRENT=$outer REQUIREMENT_FILES_DEPTH=$((REQUIREMENT_FILES_DEPTH - 1))
}

# requirement_files__is_text FILE: false for a file that is too large or holds NUL bytes (UTF-16, UTF-32), which a shell
# drops.
requirement_files__is_text() {
	local size
	[ -f "$1" ] && [ -r "$1" ] || return 1
	size=$(wc -c <"$1") || return
	[ "$size" -le "$REQUIREMENT_FILES_MAX_BYTES" ] && [ "$size" -eq "$(tr -d '\000' <"$1" | wc -c)" ]
}

# requirement_files__lines FOLDER KIND: reads stdin. A line that ends with a backslash continues, unless it is a
# comment.
requirement_files__lines() {
	local line text number
	text='' number=0
	while IFS= read -r line || [ -n "$line" ]; do
		number=$((number + 1))
		line=${line%"$REQUIREMENT_FILES_CR"}
		[ "$number" -gt 1 ] || line=${line#"$REQUIREMENT_FILES_MARK"}
		case $line in
			*["$REQUIREMENT_FILES_CR$REQUIREMENT_FILES_ENDS"]*) "$REQUIREMENT_FILES_VISITOR" unclear ;;
			*"$REQUIREMENT_FILES_NEL"* | *"$REQUIREMENT_FILES_LS"* | *"$REQUIREMENT_FILES_PS"*)
				"$REQUIREMENT_FILES_VISITOR" unclear
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

# requirement_files__coding LINE: only in UTF-8 and ASCII are ASCII bytes certain to be the same characters to pip.
requirement_files__coding() {
	case $1 in
		*coding[:=]*[Uu][Tt][Ff]-8* | *coding[:=]*[Aa][Ss][Cc][Ii][Ii]*) ;;
		*) "$REQUIREMENT_FILES_VISITOR" unclear ;;
	esac
}

# requirement_files__whole TEXT FOLDER KIND: handles a joined line: removes the comment, then reads options or a
# requirement.
requirement_files__whole() {
	local text kind
	kind=requirement text=${1%%[ 	]#*}
	[ "$3" != constraint ] || kind=constraint
	text=${text#"${text%%[! 	]*}"}
	case $text in *'${'*) "$REQUIREMENT_FILES_VISITOR" unclear ;; esac
	case $text in
		'' | '#'*) ;;
		-*[\"\'\\]*) "$REQUIREMENT_FILES_VISITOR" unclear ;;
		-*) requirement_files__options "$text" "$2" "$3" ;;
		*) "$REQUIREMENT_FILES_VISITOR" "$kind" "$text" ;;
	esac
}

# requirement_files__options TEXT FOLDER KIND: handles a line of options.
requirement_files__options() {
	local word before
	before=''
	for word in $1; do
		if [ -n "$before" ]; then
			"$REQUIREMENT_FILES_VISITOR" option "$before" "$word" "$3" "$2"
			before=''
			continue
		fi
		pip_options_read file "$word"
		if [ "$PIP_WANTS" = yes ]; then
			before=$PIP_OPTION
		else
			"$REQUIREMENT_FILES_VISITOR" option "$PIP_OPTION" "$PIP_VALUE" "$3" "$2"
		fi
	done
}

# Requirement specifier: parses one requirement, `NAME[EXTRAS]==VERSION ; MARKER --hash=ALGORITHM:DIGITS ...`.
# https://packaging.python.org/en/latest/specifications/dependency-specifiers/
# shellcheck shell=sh

# requirement_specifier_read TEXT: sets
# SPECIFIER_NAME    the name of the package; empty for a file or a URL
# SPECIFIER_PINNED  yes if == and a version follow the name, else no
# SPECIFIER_HASHED  yes if it has a hash that pip accepts (sha256, sha384, sha512), else no
# SPECIFIER_MARKER  yes if a marker may exclude the requirement, else no
# SPECIFIER_CLEAR   no if the text after the version is not of the form above, else yes
requirement_specifier_read() {
	local rest extras version
	SPECIFIER_NAME=${1%%[!A-Za-z0-9._-]*} SPECIFIER_PINNED=no SPECIFIER_HASHED=no SPECIFIER_MARKER=no
	SPECIFIER_CLEAR=yes rest=${1#"$SPECIFIER_NAME"} extras='' version=''
	case $SPECIFIER_NAME:$rest in
		[!A-Za-z0-9]*:* | *.whl:* | *.zip:* | *.tar:* | *.tar.*:* | *.t?z:* | *.tbz2:* | *:[/:\\]* | *:*@*)
			SPECIFIER_NAME=''
			return 0
			;;
	esac
	case $rest in '['*']'*) extras=${rest%%']'*} rest=${rest#*']'} ;; esac
	rest=${rest#"${rest%%[! 	]*}"}
	case ${extras#'['} in *[!A-Za-z0-9._,\ -]*) rest='' ;; esac
	case $rest in
		==*)
			rest=${rest#==} rest=${rest#=}
			rest=${rest#"${rest%%[! 	]*}"}
			version=${rest%%[!A-Za-z0-9._+!-]*}
			rest=${rest#"$version"}
			;;
	esac
	[ -z "$version" ] || SPECIFIER_PINNED=yes
	requirement_specifier__rest "${rest#"${rest%%[! 	]*}"}"
}

# requirement_specifier__rest "; MARKER --hash=ALGORITHM:DIGITS ...": reads the text after the version.
requirement_specifier__rest() {
	local rest word before
	rest=$1 before=''
	case $1 in
		';'*' -'*) rest=-${1#* -} SPECIFIER_MARKER=yes ;;
		';'*) rest='' ;;
	esac
	for word in $rest; do
		case $before$word in
			--hash) before=--hash= && continue ;;
			--hash=sha256:?* | --hash=sha384:?* | --hash=sha512:?*) SPECIFIER_HASHED=yes ;;
			*) SPECIFIER_CLEAR=no ;;
		esac
		before=''
		case ${word##*:} in *[!0-9a-f]*) SPECIFIER_CLEAR=no ;; esac
	done
}

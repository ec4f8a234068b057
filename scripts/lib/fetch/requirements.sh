# Requirements: what the arguments of `pip install` ask for, as far as it decides where they may come from.
# What it does not completely understand is held to nothing, for another
# index may have something else under the name.
# shellcheck shell=sh

# requirements_begin pip|uv: then requirements_take for each argument, then requirements_end, which sets
# REQUIREMENTS_HELD    `hashes` when each package that the tool installs must have one, `versions` when each one that is
#                      named has == and a version, else `no`
# REQUIREMENTS_NAME    the name of the first package, empty where there is none
# REQUIREMENTS_INDEX   the index that a file names, which pip then asks whatever else it is told
# REQUIREMENTS_EXTRA   the file or the option that names a second one
# REQUIREMENTS_TRUSTED hosts whose certificates are not verified
# REQUIREMENTS_CALL    the index that the arguments name
requirements_begin() {
	local file
	REQUIREMENTS_TOOL=$1 REQUIREMENTS_NAME='' REQUIREMENTS_INDEX='' REQUIREMENTS_EXTRA='' REQUIREMENTS_TRUSTED=''
	REQUIREMENTS_CALL='' REQUIREMENTS_CLEAR=yes REQUIREMENTS_PINNED=yes REQUIREMENTS_HASHED=no REQUIREMENTS_HASHES=none
	REQUIREMENTS_BEFORE='' REQUIREMENTS_ENDED=no
	requirement_files_begin requirements_visit
	case $1:${PIP_REQUIRE_HASHES:-}:${UV_REQUIRE_HASHES:-} in
		pip::* | uv:*:) ;;
		pip:1:* | pip:true:* | uv:*:1 | uv:*:true) REQUIREMENTS_HASHED=asked ;;
		*) REQUIREMENTS_HASHED=refused ;;
	esac
	# More requirements, which nobody sees in the call.
	[ -z "${PIP_REQUIREMENT:-}${PIP_EDITABLE:-}${PIP_GROUP:-}${UV_OVERRIDE:-}${UV_EXCLUDE:-}" ] || REQUIREMENTS_PINNED=no
	for file in ${PIP_CONSTRAINT:-}; do requirement_files_read '' "$file" constraint; done
}

# requirements_take WORD: sets REQUIREMENTS_WORD to what the tool is to get for it; 1 where that is nothing, since
# the word is about the index.
requirements_take() {
	local option flags
	REQUIREMENTS_WORD=$1
	if [ -n "$REQUIREMENTS_BEFORE" ]; then
		option=$REQUIREMENTS_BEFORE REQUIREMENTS_BEFORE=''
		requirements__option "$option" "$1" call ''
		[ "$option" != index-url ]
		return
	fi
	PIP_OPTION=argument PIP_VALUE=$1 PIP_WANTS=no PIP_FLAGS=''
	[ "$REQUIREMENTS_ENDED" = yes ] || pip_options_read "$REQUIREMENTS_TOOL" "$1"
	option=$PIP_OPTION flags=$PIP_FLAGS
	if [ "$PIP_WANTS" = yes ]; then REQUIREMENTS_BEFORE=$option; else requirements__option "$option" "$PIP_VALUE" call ''; fi
	[ "$option" != index-url ] || { REQUIREMENTS_WORD=-$flags && [ -n "$flags" ]; }
}

# One hash in a requirement makes pip want them for all; where a marker may leave that one out, only hashes everywhere do.
requirements_end() {
	REQUIREMENTS_HELD=no
	[ "$REQUIREMENTS_PINNED" = no ] || REQUIREMENTS_HELD=versions
	case $REQUIREMENTS_TOOL:$REQUIREMENTS_HASHED:$REQUIREMENTS_HASHES in
		*:asked:*) REQUIREMENTS_HELD=hashes ;;
		*:in-file:* | pip:no:one) [ "$REQUIREMENTS_CLEAR" = no ] || REQUIREMENTS_HELD=hashes ;;
		pip:no:all) [ "$REQUIREMENTS_PINNED" = no ] || REQUIREMENTS_HELD=hashes ;;
	esac
}

# requirements_visit unclear|requirement|option ARGUMENT...: what requirement-files.sh finds in a file.
requirements_visit() {
	case $1 in
		unclear) requirements__unclear ;;
		requirement) requirements__one "$2" ;;
		option) shift && requirements__option "$@" ;;
	esac
}

# requirements__option OPTION VALUE call|file|constraint FOLDER: what it means for the source.
requirements__option() {
	case $1 in
		argument) [ "$3" != call ] || requirements__one "$2" ;;
		end) REQUIREMENTS_ENDED=yes ;;
		requirement) requirement_files_read "$4" "$2" file ;;
		constraint) requirement_files_read "$4" "$2" constraint ;;
		index-url) if [ "$3" = call ]; then REQUIREMENTS_CALL=$2; else REQUIREMENTS_INDEX=$2; fi ;;
		extra-index-url | index) REQUIREMENTS_EXTRA=${REQUIREMENT_FILES_CURRENT:-"--$1"} ;;
		trusted-host) REQUIREMENTS_TRUSTED="$REQUIREMENTS_TRUSTED $2" ;;
		require-hashes) requirements__want_hashes "$3" ;;
		no-require-hashes | no-verify-hashes) REQUIREMENTS_HASHED=refused REQUIREMENTS_PINNED=no ;;
		unknown) requirements__unclear ;;
		editable | group | requirements-from-script | upgrade-package) REQUIREMENTS_PINNED=no ;;
	esac
}

# What a file wants counts where all files are understood; a refusal stays one.
requirements__want_hashes() {
	case $REQUIREMENTS_HASHED:$1 in
		refused:* | asked:*) ;;
		*:call) REQUIREMENTS_HASHED=asked ;;
		*) REQUIREMENTS_HASHED=in-file ;;
	esac
}

# From here on a name may as well be a value.
requirements__unclear() { REQUIREMENTS_PINNED=no REQUIREMENTS_CLEAR=no; }

# requirements__one "NAME[EXTRAS]==VERSION ; MARKER --hash=...": what is not of this form is not held to anything.
requirements__one() {
	local name rest extras version
	name=${1%%[!A-Za-z0-9._-]*} rest=${1#"${1%%[!A-Za-z0-9._-]*}"} extras='' version=''
	case $name:$rest in
		[!A-Za-z0-9]*:* | *.whl:* | *.zip:* | *.tar:* | *.tar.*:* | *.t?z:* | *.tbz2:* | *:[/:\\]* | *:*@*)
			REQUIREMENTS_PINNED=no
			requirements__rest ''
			return
			;;
	esac
	[ -n "$REQUIREMENTS_NAME" ] || [ "$REQUIREMENTS_CLEAR" = no ] || REQUIREMENTS_NAME=$name
	case $rest in '['*']'*) extras=${rest%%']'*} rest=${rest#*']'} ;; esac
	rest=${rest#"${rest%%[! 	]*}"}
	case ${extras#'['} in *[!A-Za-z0-9._,\ -]*) rest= ;; esac
	case $rest in
		==*)
			rest=${rest#==} rest=${rest#=}
			rest=${rest#"${rest%%[! 	]*}"}
			version=${rest%%[!A-Za-z0-9._+!-]*}
			rest=${rest#"$version"}
			;;
	esac
	[ -n "$version" ] || REQUIREMENTS_PINNED=no
	requirements__rest "${rest#"${rest%%[! 	]*}"}"
}

# requirements__rest "; MARKER --hash=ALGORITHM:DIGITS ...": what follows a version.
requirements__rest() {
	local rest word before marker hashed
	rest=$1 before='' marker=no hashed=no
	case $1 in
		';'*' -'*) rest=-${1#* -} marker=yes ;;
		';'*) rest='' ;;
	esac
	for word in $rest; do
		case $before$word in
			--hash) before=--hash= && continue ;;
			--hash=sha256:?* | --hash=sha384:?* | --hash=sha512:?*) hashed=yes ;;
			*) requirements__unclear ;;
		esac
		before=''
		case ${word##*:} in *[!0-9a-f]*) requirements__unclear ;; esac
	done
	case $REQUIREMENTS_HASHES:$hashed:$marker in
		one:*) ;;
		*:yes:no) REQUIREMENTS_HASHES=one ;;
		none:yes:yes) REQUIREMENTS_HASHES=all ;;
		*:no:*) REQUIREMENTS_HASHES=some ;;
	esac
}

# Requirements: what the arguments of `pip install` ask for, as far as it decides where they may come from.
# Pure but for the files that they name.
# shellcheck shell=sh

# Options of pip whose value is the next word.
REQUIREMENTS_VALUED=' -r --requirement -c --constraint -e --editable -t --target -d --dest -f --find-links -i --index-url
 --extra-index-url --prefix --root --src --python --python-version --platform --implementation --abi --progress-bar --report
 --log --proxy --retries --timeout --exists-action --trusted-host --cert --client-cert --cache-dir --no-binary --only-binary
 --config-settings -C --global-option --build-option --upgrade-strategy --use-feature --use-deprecated --root-user-action
 --group --keyring-provider --resume-retries '
# Those that only an installation has.
REQUIREMENTS_INSTALL_ONLY=' -t --target --prefix --root --user -U --upgrade --upgrade-strategy -I --ignore-installed
 --force-reinstall --no-warn-script-location --no-warn-conflicts --break-system-packages --compile --no-compile --report
 --root-user-action --dry-run '

# requirements_read ARGUMENT...: after requirements_take_index. Sets REQUIREMENTS_NAME to the name of the first package,
# empty where there is none, and REQUIREMENTS_PINNED to yes when each one that is named is held to a version or to hashes;
# what a path or a URL needs is not known, so it is not pinned. REQUIREMENTS_INDEX is the index that a file names, which
# pip then asks whatever else it is told; a file that names a second one is REQUIREMENTS_EXTRA.
requirements_read() {
	local word before
	REQUIREMENTS_NAME='' REQUIREMENTS_PINNED=yes REQUIREMENTS_INDEX='' before=''
	[ -n "${PIP_REQUIRE_HASHES:-}" ] && REQUIREMENTS_HASHED=yes || REQUIREMENTS_HASHED=no
	for word in "$@"; do
		case $before:$word in
			-r:* | --requirement:*) requirements__file "$word" ;;
			-e:* | --editable:*) REQUIREMENTS_PINNED=no ;;
			*:--requirement=*) requirements__file "${word#*=}" ;;
			*:-r?*) requirements__file "${word#-r}" ;;
			*:--editable=*) REQUIREMENTS_PINNED=no ;;
			*:--require-hashes) REQUIREMENTS_HASHED=yes ;;
			:[!-]*) requirements__one "$word" ;;
		esac
		before=''
		case $REQUIREMENTS_VALUED in *" $word "* | *"
 $word "*) before=$word ;; esac
	done
	[ "$REQUIREMENTS_HASHED" = no ] || REQUIREMENTS_PINNED=yes
}

requirements__one() {
	local name
	case $1 in
		*://* | */* | . | *.whl | *.tar.gz | *.zip) REQUIREMENTS_PINNED=no && return 0 ;;
		*==*\** | *' @ '*) REQUIREMENTS_PINNED=no ;;
		*==*) ;;
		*) REQUIREMENTS_PINNED=no ;;
	esac
	name=${1%%[!A-Za-z0-9._-]*}
	[ -n "$REQUIREMENTS_NAME" ] || REQUIREMENTS_NAME=$name
}

# requirements__file FILE: a missing one is pip's to tell.
requirements__file() {
	local line folder
	[ -r "$1" ] || return 0
	folder=${1%"${1##*/}"}
	while IFS= read -r line || [ -n "$line" ]; do
		line=${line%%#*}
		line=${line#"${line%%[! 	]*}"}
		case $line in
			'') ;;
			--extra-index-url*) REQUIREMENTS_EXTRA=$1 ;;
			-i* | --index-url*) requirements__value "${line#-i}" --index-url && REQUIREMENTS_INDEX=$VALUE ;;
			-r* | --requirement[!-]*) requirements__value "${line#-r}" --requirement && requirements__nested "$folder" "$VALUE" ;;
			--require-hashes*) REQUIREMENTS_HASHED=yes ;;
			-e* | --editable*) REQUIREMENTS_PINNED=no ;;
			--hash=* | -*) ;;
			*) requirements__one "${line%%[ ;\\]*}" ;;
		esac
	done <"$1"
}

# requirements__value "[OPTION][ =]VALUE ..." OPTION: sets VALUE.
requirements__value() {
	VALUE=${1#"$2"}
	VALUE=${VALUE#"${VALUE%%[! 	=]*}"}
	VALUE=${VALUE%%[ 	]*}
}

# requirements__nested FOLDER FILE: a path in a file is relative to that.
requirements__nested() {
	case $2 in
		/*) requirements__file "$2" ;;
		*) requirements__file "$1$2" ;;
	esac
}

# requirements_take_index WORD...: sets OWN_INDEX from --index-url, REQUIREMENTS_EXTRA where there is a second one, and
# REQUIREMENTS_TAKEN to the words without the first, quoted for eval.
requirements_take_index() {
	local word before
	before='' REQUIREMENTS_TAKEN='' REQUIREMENTS_EXTRA=''
	for word in "$@"; do
		case $before:$word in
			:-i | :--index-url) before=index && continue ;;
			:--extra-index-url | :--extra-index-url=*) REQUIREMENTS_EXTRA=--extra-index-url ;;
			index:*) OWN_INDEX=$word before='' && continue ;;
			:--index-url=*) OWN_INDEX=${word#*=} && continue ;;
		esac
		REQUIREMENTS_TAKEN="$REQUIREMENTS_TAKEN '$(printf '%s' "$word" | sed "s/'/'\\\\''/g")'"
	done
}

# requirements_own_index ARGUMENT...: prints the index that pip's environment and files name, nothing where none does.
requirements_own_index() {
	if [ -n "${PIP_INDEX_URL:-}" ]; then
		printf '%s\n' "$PIP_INDEX_URL"
	else
		requirements_configured index-url | tail -n 1
	fi
}

# requirements_configured KEY: its values in pip's files, those that win last.
requirements_configured() {
	# shellcheck disable=SC2046 # two paths without blanks
	LC_ALL=C sed -n "s/^ *$1 *[=:] *\\([^ ]*\\).*/\\1/p" /etc/xdg/pip/pip.conf /etc/pip.conf "${HOME:-/}/.pip/pip.conf" \
		"${XDG_CONFIG_HOME:-${HOME:-}/.config}/pip/pip.conf" "${VIRTUAL_ENV:-/nonexistent}/pip.conf" \
		"${PIP_CONFIG_FILE:-/nonexistent}" 2>/dev/null || :
}

# Requirements: reads the arguments of `pip install` or `uv pip install` and decides whether another index may serve
# them. Another index may have a different package under the same name, so a requirement must be pinned by version or
# hash. Arguments that this module does not fully understand count as not pinned.
# shellcheck shell=sh

# requirements_begin pip|uv: starts. Call requirements_take for each argument, then requirements_end, which sets
# REQUIREMENTS_PINNED_BY     `hashes` if the tool requires one of each package, `versions` if == pins each name, or `no`
# REQUIREMENTS_NAME          the name of the first package, empty without one
# REQUIREMENTS_NAMES         the names that are pinned by ==
# REQUIREMENTS_FLAGS         those of isolated, dry-run and no-build-isolation that the arguments have
# REQUIREMENTS_FILE_INDEX    the index URL in a requirements file, which takes precedence over options and environment
# REQUIREMENTS_OPTION_INDEX  the index URL in the arguments
# REQUIREMENTS_EXTRA         the file or the option that adds a second index
# REQUIREMENTS_ONCE          yes if a requirements file names a pipe: a second attempt would read nothing
# REQUIREMENTS_TRUSTED       the hosts whose certificates are not verified
requirements_begin() {
	local file
	pip_inputs_keep_variables
	REQUIREMENTS_NAMES='' REQUIREMENTS_FLAGS='' REQUIREMENTS_ONCE=no REQUIREMENTS_OPEN=''
	REQUIREMENTS_TOOL=$1 REQUIREMENTS_NAME='' REQUIREMENTS_EXTRA='' REQUIREMENTS_TRUSTED=''
	REQUIREMENTS_FILE_INDEX='' REQUIREMENTS_OPTION_INDEX='' REQUIREMENTS_BEFORE='' REQUIREMENTS_ENDED=no
	REQUIREMENTS_CLEAR=yes REQUIREMENTS_PINNED=yes REQUIREMENTS_HASHED=no REQUIREMENTS_HASHES=none
	requirement_files_begin requirements_visit
	constraints_begin
	case $1:${PIP_REQUIRE_HASHES:-}:${UV_REQUIRE_HASHES:-} in
		pip::* | uv:*:) ;;
		pip:1:* | pip:true:* | uv:*:1 | uv:*:true) REQUIREMENTS_HASHED=asked ;;
		*) REQUIREMENTS_HASHED=refused ;;
	esac
	# These variables add requirements that are not among the arguments.
	case ${PIP_REQUIREMENT:-}${PIP_EDITABLE:-}${PIP_GROUP:-}${UV_OVERRIDE:-}${UV_EXCLUDE:-} in
		?*) REQUIREMENTS_PINNED=no ;;
	esac
	for file in ${PIP_CONSTRAINT:-}; do requirement_files_read '' "$file" constraint; done
}

# requirements_take WORD: reads one argument. Sets REQUIREMENTS_WORD to the argument for the tool, in which a file that
# can be read only once is replaced by a copy; false if the tool gets none (--index-url, its value).
requirements_take() {
	local option flags
	REQUIREMENTS_WORD=$1
	if [ -n "$REQUIREMENTS_BEFORE" ]; then
		option=$REQUIREMENTS_BEFORE REQUIREMENTS_BEFORE=''
		requirements__keep_input "$option" "$1" "$1"
		requirements__option "$option" "$PIP_INPUTS_FILE" call ''
		[ "$option" != index-url ] && return || return
	fi
	pip_options_set argument "$1"
	[ "$REQUIREMENTS_ENDED" = yes ] || pip_options_read "$REQUIREMENTS_TOOL" "$1"
	option=$PIP_OPTION flags=$PIP_FLAGS
	if [ "$PIP_WANTS" = yes ]; then
		REQUIREMENTS_BEFORE=$option
	else
		requirements__keep_input "$option" "$PIP_VALUE" "$1"
		requirements__option "$option" "$PIP_INPUTS_FILE" call ''
	fi
	[ "$option" != index-url ] || { REQUIREMENTS_WORD=-$flags && [ -n "$flags" ]; }
}

# requirements__keep_input OPTION VALUE WORD: keeps VALUE, the end of WORD, if it can be read only once. `-` is stdin to
# uv, and a name of a file to pip.
requirements__keep_input() {
	PIP_INPUTS_FILE=''
	[ -n "$2" ] || return 0
	case $REQUIREMENTS_TOOL:$1:$2 in
		uv:argument:- | pip:*:-) PIP_INPUTS_FILE=- ;;
		uv:*:-) pip_inputs_keep /dev/stdin && return ;;
		*) pip_inputs_keep "$2" ;;
	esac
	REQUIREMENTS_WORD=${3%"$2"}$PIP_INPUTS_FILE
}

# requirements_end: sets REQUIREMENTS_PINNED_BY. pip requires hashes for all packages if one requirement has a hash; a
# marker may exclude that requirement, so then all must have one.
requirements_end() {
	pip_inputs_end
	constraints_pin "$REQUIREMENTS_OPEN" || REQUIREMENTS_PINNED=no
	REQUIREMENTS_PINNED_BY=no REQUIREMENTS_NAMES="$REQUIREMENTS_NAMES $CONSTRAINTS_NAMES"
	[ "$REQUIREMENTS_PINNED" = no ] || REQUIREMENTS_PINNED_BY=versions
	case $REQUIREMENTS_TOOL:$REQUIREMENTS_HASHED:$REQUIREMENTS_HASHES in
		*:asked:*) REQUIREMENTS_PINNED_BY=hashes ;;
		*:in-file:* | pip:no:one) [ "$REQUIREMENTS_CLEAR" = no ] || REQUIREMENTS_PINNED_BY=hashes ;;
		pip:no:all) [ "$REQUIREMENTS_PINNED" = no ] || REQUIREMENTS_PINNED_BY=hashes ;;
	esac
}

# requirements_visit KIND ARGUMENT...: handles an entry of a file (requirement-files.sh).
requirements_visit() {
	case $1 in
		unclear) requirements__unclear ;;
		once)
			REQUIREMENTS_ONCE=yes
			log_warn "$REQUIREMENT_FILES_CURRENT: wanted files, saw the pipe $2, which can be read only once:" \
				"there is one attempt; name the pipe in the call to have its content kept"
			;;
		requirement) requirements__one "$2" ;;
		constraint) constraints_take "$2" ;;
		option) shift && requirements__option "$@" ;;
	esac
}

# requirements__option OPTION VALUE call|file|constraint FOLDER: handles an option of the arguments or of a file.
requirements__option() {
	case $1 in
		argument) [ "$3" != call ] || requirements__one "$2" ;;
		end) REQUIREMENTS_ENDED=yes ;;
		requirement) requirement_files_read "$4" "$2" file ;;
		constraint) requirement_files_read "$4" "$2" constraint ;;
		index-url) if [ "$3" = call ]; then REQUIREMENTS_OPTION_INDEX=$2; else REQUIREMENTS_FILE_INDEX=$2; fi ;;
		extra-index-url | index) REQUIREMENTS_EXTRA=${REQUIREMENT_FILES_CURRENT:-"--$1"} ;;
		trusted-host) REQUIREMENTS_TRUSTED="$REQUIREMENTS_TRUSTED $2" ;;
		require-hashes) requirements__want_hashes "$3" ;;
		no-require-hashes | no-verify-hashes) REQUIREMENTS_HASHED=refused REQUIREMENTS_PINNED=no ;;
		unknown) requirements__unclear ;;
		isolated | dry-run | no-build-isolation) REQUIREMENTS_FLAGS="$REQUIREMENTS_FLAGS $1" ;;
		no-binary) [ "$2" = :none: ] || REQUIREMENTS_PINNED=no ;;
		use-feature) [ "$2" != inprocess-build-deps ] || REQUIREMENTS_HASHED=refused REQUIREMENTS_PINNED=no ;;
		editable | group | requirements-from-script | upgrade-package) REQUIREMENTS_PINNED=no ;;
	esac
}

# requirements__want_hashes call|file|constraint: --require-hashes in a file counts only if all files are understood.
requirements__want_hashes() {
	case $REQUIREMENTS_HASHED:$1 in
		refused:* | asked:*) ;;
		*:call) REQUIREMENTS_HASHED=asked ;;
		*) REQUIREMENTS_HASHED=in-file ;;
	esac
}

# requirements__unclear: after an unknown option, the next name may be its value.
requirements__unclear() { REQUIREMENTS_PINNED=no REQUIREMENTS_CLEAR=no; }

# requirements__one TEXT: handles one requirement. Anything unusual in it counts as not pinned.
requirements__one() {
	requirement_specifier_read "$1"
	[ -n "$REQUIREMENTS_NAME" ] || [ "$REQUIREMENTS_CLEAR" = no ] || REQUIREMENTS_NAME=$SPECIFIER_NAME
	[ "$SPECIFIER_CLEAR" = yes ] || requirements__unclear
	case $SPECIFIER_PINNED:$SPECIFIER_NAME in
		yes:*) REQUIREMENTS_NAMES="$REQUIREMENTS_NAMES $SPECIFIER_NAME" ;;
		*:?*) REQUIREMENTS_OPEN="$REQUIREMENTS_OPEN $SPECIFIER_NAME" ;;
		*) REQUIREMENTS_PINNED=no ;;
	esac
	case $REQUIREMENTS_HASHES:$SPECIFIER_HASHED:$SPECIFIER_MARKER in
		one:*) ;;
		*:yes:no) REQUIREMENTS_HASHES=one ;;
		none:yes:yes) REQUIREMENTS_HASHES=all ;;
		*:no:*) REQUIREMENTS_HASHES=some ;;
	esac
}

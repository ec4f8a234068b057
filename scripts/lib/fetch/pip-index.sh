# Pip index: the indexes that may serve a call of pip or uv, and a probe of one.
# PIP_INDEX_OWN: the URL of `default`, empty if it is unknown. PIP_INDEX_PYTHON: the Python of the probe, or empty.
# shellcheck shell=sh

# pip_index_begin PYTHON: after requirements_end.
pip_index_begin() {
	PIP_INDEX_PYTHON=$1
	PIP_INDEX_OWN=${REQUIREMENTS_OPTION_INDEX:-$(pip_config_index "$PIP_RUN_TOOL")}
	# pip replaces ${NAME} in a requirements file; the result is unknown here.
	case $REQUIREMENTS_FILE_INDEX in *'${'*) PIP_INDEX_OWN='' ;; ?*) PIP_INDEX_OWN=$REQUIREMENTS_FILE_INDEX ;; esac
}

# pip_index_own: prints the URL of `default`.
pip_index_own() { printf '%s\n' "$PIP_INDEX_OWN"; }

# pip_index_probe SOURCE: requests the page of the first package. The URL may hold a password, so it is passed in the
# environment.
pip_index_probe() {
	CLIENT_URL=$1
	[ "$1" != default ] || CLIENT_URL=$PIP_INDEX_OWN
	[ -n "$CLIENT_URL" ] && [ -n "$PIP_INDEX_PYTHON" ] || return 0
	CLIENT_SCHEMES=http,https CLIENT_CA=${PIP_CERT:-} CLIENT_TIMEOUT=10
	CLIENT_TRUSTED="${PIP_TRUSTED_HOST:-} $(pip_config_values trusted-host) $REQUIREMENTS_TRUSTED"
	export CLIENT_URL CLIENT_SCHEMES CLIENT_CA CLIENT_TIMEOUT CLIENT_TRUSTED
	step_ask "$PIP_INDEX_PYTHON" "$SEAWALL_LIB/fetch/http-client.py" index \
		"$(printf '%s' "$REQUIREMENTS_NAME" | tr 'A-Z_.' 'a-z--')"
}

# pip_index_usable: prints all indexes, or only the first if the requirements are not pinned. A version pins only the
# named packages, not their dependencies, and anybody can publish one, so a list of indexes from the build folder
# requires hashes.
pip_index_usable() {
	local trust
	trust=trusted
	if [ "$PIP_RUN_TOOL" = pip ] && values_has isolated "$REQUIREMENTS_FLAGS"; then
		[ "$SEAWALL_PYPI_INDEXES" = default ] ||
			log_warn "--isolated: wanted an index for each attempt, but pip ignores it with this option:" \
				"SEAWALL_PYPI_INDEXES is not used"
		printf 'default\n' && return
	fi
	! handed_from_folder SEAWALL_PYPI_INDEXES || trust=folder
	case $REQUIREMENTS_FILE_INDEX:$trust:$REQUIREMENTS_PINNED_BY:$SEAWALL_PYPI_INDEXES in
		:*:no:*\ *)
			log_warn "wanted every requirement pinned by a version (==) or a hash, saw one that is not:" \
				"only the first index of SEAWALL_PYPI_INDEXES is used"
			printf '%s\n' "${SEAWALL_PYPI_INDEXES%% *}"
			;;
		:folder:versions:*\ *)
			log_warn "wanted hashes, because SEAWALL_PYPI_INDEXES comes from the build folder, saw versions (==):" \
				"only the first index is used"
			printf '%s\n' "${SEAWALL_PYPI_INDEXES%% *}"
			;;
		:trusted:versions:*\ *)
			log_info "versions (==) without hashes are accepted from every index of SEAWALL_PYPI_INDEXES:" \
				"add hashes to verify the bytes"
			printf '%s\n' "$SEAWALL_PYPI_INDEXES"
			;;
		:*) printf '%s\n' "$SEAWALL_PYPI_INDEXES" ;;
		*)
			[ "$SEAWALL_PYPI_INDEXES" = default ] ||
				log_warn "wanted no index in requirements files, saw one: only that index is used;" \
					"remove the line to use SEAWALL_PYPI_INDEXES"
			printf 'default\n'
			;;
	esac
}

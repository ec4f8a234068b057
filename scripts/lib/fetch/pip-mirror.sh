# Pip mirror: what another index than the first one may serve. It may have a different package under the same
# name, so the tool itself is asked, not only the kit's reading of the requirements: with hashes the tool verifies every
# file; with versions (==) a dry run lists all packages, and each must be pinned. A build of an sdist installs further
# packages without hashes, so another index serves wheels only.
# shellcheck shell=sh

# pip_mirror_install ARGUMENT...: one attempt with an index that is not the first one.
pip_mirror_install() {
	local status
	status=0
	export UV_NO_BUILD=1
	if [ "$REQUIREMENTS_PINNED_BY" = hashes ]; then
		export PIP_REQUIRE_HASHES=1 UV_REQUIRE_HASHES=1
	else
		pip_mirror__try_names "$@" || return
	fi
	[ "$PIP_RUN_TOOL" = uv ] || values_has no-build-isolation "$REQUIREMENTS_FLAGS" || set -- --only-binary=:all: "$@"
	pip_run_tool "$@" || status=$?
	[ "$status" -eq 0 ] || pip_mirror__look_for_build
	return "$status"
}

# pip_mirror__try_names ARGUMENT...: a dry run. False, with a finding, if it lists a package that is not pinned,
# such as a dependency. A pip before 22.2 has no dry run and fails.
pip_mirror__try_names() {
	local status name names pinned
	status=0
	pip_run_dry "$@" || status=$?
	[ "$status" -eq 0 ] || { cat "$LADDER_TEXT" >&2 && return "$status"; }
	names=$(pip_mirror__list_names | tr 'A-Z_.' 'a-z--')
	[ -n "$names" ] || grep -q -E 'already satisfied|Would make no changes|Audited' "$LADDER_TEXT" || {
		pip_mirror__refuse 'wanted the packages of a dry run, saw none'
		return 1
	}
	pinned=$(printf '%s' "$REQUIREMENTS_NAMES" | tr 'A-Z_.' 'a-z--')
	for name in $names; do
		values_has "$name" "$pinned" || {
			pip_mirror__refuse "wanted every package pinned, saw $name, which is not: pin it, best with hashes"
			return 1
		}
	done
}

# pip_mirror__list_names: prints the names from the output of a dry run, one a line: `Would install A-1.0 B-2.0`
# (pip) or lines ` + A==1.0` (uv).
pip_mirror__list_names() {
	local line word
	while IFS= read -r line; do
		case $line in
			'Would install '*-*) for word in ${line#Would install }; do printf '%s\n' "${word%-*}"; done ;;
			' + '*) line=${line#' + '} && printf '%s\n' "${line%%[ =]*}" ;;
		esac
	done <"$LADDER_TEXT"
}

# pip_mirror__look_for_build: sets the finding if the tool could not build an sdist, because a package that the
# build needs has no hash (pip) or builds are switched off (uv). The first index may serve it.
pip_mirror__look_for_build() {
	! grep -q -i -E 'build dependencies|building .*disabled|--no-build' "$LADDER_TEXT" ||
		pip_mirror__refuse "wanted a wheel, saw an sdist, whose build needs packages without hashes"
}

# pip_mirror__refuse TEXT: the answer of the first index, if there was one, is the result.
pip_mirror__refuse() {
	finding_set "$PIP_ATTEMPT_CLASS" '' '' '' "$1"
	finding_decide elsewhere "$PIP_ATTEMPT_CODE"
}

# Weave-variables: the second layer of a woven step, for tools that run without a trampoline, because of a full path or
# another PATH: variables of the tools themselves. Two of them lead pip and bash to the trampolines, in every woven
# step; one has the certificates for apt. The others name the next source of a setting, after a woven attempt in which
# no tool of the kit reported. A step has no variable that the image or the Dockerfile sets. Works in
# SCRATCH/weave/variables, which has the content of each secret. Settings: SEAWALL_STEP_SOURCES, the lists of sources.
# shellcheck shell=sh

# Columns: place in the step; secret; variables that must not be set; the call that the step must have
# (weave-calls.awk). pip 22.3 and newer starts PIP_PYTHON in place of its own Python. bash reads BASH_ENV behind the
# profile. apt reads the certificates by APT_CONFIG (certificates.sh). go.sum and the checksum database verify modules,
# so a step has no GOPROXY if a variable limits them. An index and a registry need a call by which the bytes of each
# package are known.
WEAVE_VARIABLES_TABLE='env=PIP_PYTHON|pip-python|PIP_PYTHON|-
env=BASH_ENV|bash-env|BASH_ENV|-
target=/run/seawall.bash,mode=0444|bash|BASH_ENV|-
env=APT_CONFIG|apt-config|APT_CONFIG|-
target=/run/seawall.apt,mode=0444|apt|APT_CONFIG|-
env=GOPROXY|go-proxies|GOPROXY GOSUMDB GONOSUMDB GOINSECURE|-
env=GIT_CONFIG_COUNT|git-count|GIT_CONFIG_COUNT|-
env=GIT_CONFIG_KEY_0|git-key|GIT_CONFIG_COUNT|-
env=GIT_CONFIG_VALUE_0|git-value|GIT_CONFIG_COUNT|-
target=/run/seawall.git,mode=0444|git|GIT_CONFIG_COUNT|-
env=npm_config_registry|npm-registry|npm_config_registry NPM_CONFIG_REGISTRY|npm
env=PIP_INDEX_URL|pypi-index|PIP_INDEX_URL PIP_EXTRA_INDEX_URL|pip
env=UV_DEFAULT_INDEX|pypi-index|UV_DEFAULT_INDEX UV_INDEX_URL UV_EXTRA_INDEX_URL UV_INDEX|uv'
WEAVE_VARIABLES_NAMES='PIP_PYTHON BASH_ENV APT_CONFIG GOPROXY GOSUMDB GONOSUMDB GOINSECURE GIT_CONFIG_COUNT'
WEAVE_VARIABLES_NAMES="$WEAVE_VARIABLES_NAMES npm_config_registry NPM_CONFIG_REGISTRY PIP_INDEX_URL"
WEAVE_VARIABLES_NAMES="$WEAVE_VARIABLES_NAMES PIP_EXTRA_INDEX_URL UV_DEFAULT_INDEX UV_INDEX_URL UV_EXTRA_INDEX_URL"
WEAVE_VARIABLES_NAMES="$WEAVE_VARIABLES_NAMES UV_INDEX"

# weave_variables_begin: the variables of every woven step.
weave_variables_begin() {
	mkdir -p "$SCRATCH/weave/variables"
	printf '/run/seawall/pip-python' >"$SCRATCH/weave/variables/pip-python"
	printf '/run/seawall.bash' >"$SCRATCH/weave/variables/bash-env"
	printf 'case $PATH in /run/seawall:*) ;; *) PATH=/run/seawall:$PATH ;; esac\n' >"$SCRATCH/weave/variables/bash"
}

# weave_variables_flags NAMES CALLS: prints the flags of a step whose image or Dockerfile sets NAMES.
weave_variables_flags() {
	local place secret names call name
	while IFS='|' read -r place secret names call; do
		for name in $names; do
			case $1 in *",$name,"*) continue 2 ;; esac
		done
		case $call,$2, in -,* | *",$call,"*) ;; *) continue ;; esac
		printf ' --mount=type=secret,id=seawall.%s,%s' "$secret" "$place"
	done <<-TABLE
		$WEAVE_VARIABLES_TABLE
	TABLE
}

# weave_variables_next UPSTREAM CLASS: hands over the next source of the list of UPSTREAM, of each list if UPSTREAM is
# empty, after a failure of CLASS. False if no woven step takes one, or none is left. Sets WEAVE_VARIABLES_SET to the
# names of the variables.
weave_variables_next() {
	WEAVE_VARIABLES_SET=''
	[ "$SEAWALL_STEP_SOURCES" != none ] || return 1
	printf 'x\n' >>"$SCRATCH/weave/rounds"
	! weave_variables__concern go-proxy "$1" || weave_variables__go
	! weave_variables__concern git "$1" || weave_variables__git
	! weave_variables__concern npm "$1" || weave_variables__npm
	! weave_variables__concern pypi "$1" || weave_variables__pypi
	! weave_variables__concern url "$1" || ! weave_turn_begin "$2" || weave_variables__add SEAWALL_URL_MIRRORS
	[ -n "$WEAVE_VARIABLES_SET" ]
}

# weave_variables__concern UPSTREAM FAILED: whether the list of UPSTREAM may help; FAILED is empty if it is unknown.
weave_variables__concern() { [ -z "$2" ] || [ "$1" = "$2" ]; }

weave_variables__go() {
	weave_variables__find "$SEAWALL_GO_PROXIES" direct
	[ -z "$WEAVE_VARIABLES_FOUND" ] || {
		weave_variables__give go-proxies GOPROXY "$(printf '%s' "$WEAVE_VARIABLES_FOUND" | tr ' ' '|')"
	}
}

weave_variables__npm() {
	weave_variables__give_one "$SEAWALL_NPM_REGISTRIES" npm-registry npm_config_registry
}

weave_variables__pypi() {
	weave_variables__give_one "$SEAWALL_PYPI_INDEXES" pypi-index 'PIP_INDEX_URL, UV_DEFAULT_INDEX'
}

# weave_variables__give_one "WORD..." SECRET NAME: the next source, none if all had their turn.
weave_variables__give_one() {
	local number secret name
	number=$(wc -l <"$SCRATCH/weave/rounds") secret=$2 name=$3
	weave_variables__find "$1" ''
	# shellcheck disable=SC2086 # words
	set -- $WEAVE_VARIABLES_FOUND
	[ $# -ge "$number" ] || return 0
	shift $((number - 1))
	weave_variables__give "$secret" "$name" "$1"
}

# git reads one more file: with an address in place of another one.
weave_variables__git() {
	local pair
	weave_variables__find "$SEAWALL_GIT_MIRRORS" ''
	[ -n "$WEAVE_VARIABLES_FOUND" ] || return 0
	for pair in $WEAVE_VARIABLES_FOUND; do
		printf '[url "%s"]\n\tinsteadOf = %s\n' "${pair#*=}" "${pair%%=*}"
	done >"$SCRATCH/weave/git"
	weave_variables__give git GIT_CONFIG_COUNT "$(cat "$SCRATCH/weave/git")"
	printf '1' >"$SCRATCH/weave/variables/git-count"
	printf 'include.path' >"$SCRATCH/weave/variables/git-key"
	printf '/run/seawall.git' >"$SCRATCH/weave/variables/git-value"
}

# weave_variables__find "WORD..." ALLOWED: sets WEAVE_VARIABLES_FOUND to the sources of a list that a step may get:
# plain http addresses, and the word ALLOWED. An @ or a question mark may stand for a credential.
weave_variables__find() {
	local word
	WEAVE_VARIABLES_FOUND=''
	for word in $1; do
		case $word in
			*[!A-Za-z0-9:/._~%+=-]*) continue ;;
			http://* | https://*) ;;
			"$2") ;;
			*) continue ;;
		esac
		WEAVE_VARIABLES_FOUND="$WEAVE_VARIABLES_FOUND${WEAVE_VARIABLES_FOUND:+ }$word"
	done
}

# weave_variables__give SECRET NAME VALUE: only what a woven step takes, and did not have before.
weave_variables__give() {
	grep -q -F "id=seawall.$1," "$SCRATCH/weave/chosen" || return 0
	[ "$(cat "$SCRATCH/weave/variables/$1" 2>/dev/null)" != "$3" ] || return 0
	printf '%s' "$3" >"$SCRATCH/weave/variables/$1"
	weave_variables__add "$2"
}

weave_variables__add() { WEAVE_VARIABLES_SET="$WEAVE_VARIABLES_SET${WEAVE_VARIABLES_SET:+, }$1"; }

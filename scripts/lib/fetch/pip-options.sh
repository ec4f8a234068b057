# Pip options: parses the options of `pip install`, `uv pip install` and requirements files in all their forms.
# An option that is not in a table here is `unknown`: it belongs to a later version, or is a typing error.
# shellcheck shell=sh

# Long options, with `=` if they take a value (pip 23 to 26, and options that older versions had).
PIP_OPTIONS_PIP='requirement= constraint= build-constraint= requirements-from-script= no-deps no-dependencies
only-deps only-dependencies editable= dry-run target= platform= python-version= implementation= abi= user no-user
root= prefix= src= source= source-dir= source-directory= upgrade upgrade-strategy= force-reinstall ignore-installed
ignore-requires-python no-build-isolation use-pep517 no-use-pep517 check-build-dependencies break-system-packages
config-settings= global-option= install-option= build-option= build= compile no-compile no-warn-script-location
no-warn-conflicts require-hashes no-require-hashes progress-bar= root-user-action= report= group= no-clean pre
all-releases= only-final= no-binary= only-binary= prefer-binary index-url= pypi-url= extra-index-url= no-index
refresh-package= find-links= uploaded-prior-to= help debug isolated require-virtualenv require-venv python= verbose
version quiet log= log-file= local-log= no-input keyring-provider= proxy= no-proxy-env retries= timeout=
default-timeout= exists-action= trusted-host= cert= client-cert= cache-dir= no-cache-dir disable-pip-version-check
no-color no-python-version-warning use-feature= use-deprecated= resume-retries= dest= wheel-dir= no-verify'
# Options that a requirements file may hold.
PIP_OPTIONS_FILE='index-url= pypi-url= extra-index-url= no-index constraint= requirement= editable= find-links=
no-binary= only-binary= prefer-binary require-hashes pre trusted-host= use-feature= global-option= install-option=
hash= config-settings= all-releases= only-final='
PIP_OPTIONS_UV='requirements= requirement= constraints= constraint= build-constraints= build-constraint= editable=
no-deps require-hashes no-require-hashes no-verify-hashes system break-system-packages target= prefix= no-build
no-binary= only-binary= python-version= python-platform= exact strict dry-run user index= default-index= index-url=
extra-index-url= find-links= no-index index-strategy= keyring-provider= upgrade upgrade-package= resolution=
prerelease= link-mode= pre exclude-newer= reinstall reinstall-package= refresh refresh-package= compile-bytecode
compile config-setting= no-sources config-settings= no-build-isolation no-cache cache-dir= python= quiet verbose
no-progress allow-insecure-host= trusted-host= offline native-tls color= help'
PIP_OPTIONS_SHORT_PIP='r=requirement c=constraint e=editable t=target i=index-url f=find-links C=config-settings
b=build d=src w=wheel-dir'
PIP_OPTIONS_SHORT_UV='r=requirement c=constraint e=editable t=target i=index-url f=find-links C=config-settings
p=python b=build-constraint P=upgrade-package'

# Options of `pip install` that `pip download` does not have.
PIP_OPTIONS_INSTALL=' target prefix root user upgrade upgrade-strategy ignore-installed force-reinstall
 no-warn-script-location no-warn-conflicts break-system-packages compile no-compile report root-user-action dry-run
 flags '

# pip_options_set OPTION VALUE: sets the result of pip_options_read without reading a word.
pip_options_set() { PIP_OPTION=$1 PIP_VALUE=$2 PIP_WANTS=no PIP_FLAGS=''; }

# pip_options_read pip|uv|file WORD: parses one word and sets
# PIP_OPTION  its long name, or `argument`, `end` (--), `flags` (short flags alone) or `unknown`
# PIP_VALUE   the value, if the word holds it
# PIP_WANTS   yes if the value is the next word, else no
# PIP_FLAGS   the short flags before the option in the same word
pip_options_read() {
	pip_options_set argument ''
	case $2 in
		--) PIP_OPTION=end ;;
		--*) pip_options__long "$1" "${2#--}" ;;
		-?*) pip_options__short "$1" "${2#-}" ;;
		*) PIP_VALUE=$2 ;;
	esac
	case $PIP_OPTION in
		pypi-url | default-index) PIP_OPTION=index-url ;;
		requirements) PIP_OPTION=requirement ;;
		constraints) PIP_OPTION=constraint ;;
		allow-insecure-host) PIP_OPTION=trusted-host ;;
	esac
}

# pip_options__long pip|uv|file NAME[=VALUE]: pip accepts an unambiguous prefix of a name, uv does not.
pip_options__long() {
	local name known found options
	name=${2%%=*} found=''
	case $1 in
		uv) options=$PIP_OPTIONS_UV ;;
		file) options=$PIP_OPTIONS_FILE ;;
		*) options=$PIP_OPTIONS_PIP ;;
	esac
	for known in $options; do
		case $1:${known%=} in
			*:"$name") found=$known && break ;;
			uv:*) ;;
			*:"$name"*) [ -z "$found" ] && found=$known || found=unknown ;;
		esac
	done
	pip_options__found "${found:-unknown}" "$2"
}

# pip_options__found NAME[=] WORD: sets PIP_OPTION, PIP_VALUE and PIP_WANTS; a flag with a value is `unknown`.
pip_options__found() {
	PIP_OPTION=${1%=}
	case $1:$2 in
		*=:*=*) PIP_VALUE=${2#*=} ;;
		*=:*) PIP_WANTS=yes ;;
		*:*=*) PIP_OPTION=unknown ;;
	esac
}

# pip_options__short pip|uv|file LETTERS: flags can be combined, and the last letter may take a value: -Ur FILE,
# -qrFILE.
pip_options__short() {
	local rest letter known options
	rest=$2 PIP_OPTION=flags options=$PIP_OPTIONS_SHORT_UV
	[ "$1" = uv ] || options=$PIP_OPTIONS_SHORT_PIP
	while [ -n "$rest" ]; do
		letter=${rest%"${rest#?}"} rest=${rest#?}
		for known in $options; do
			[ "${known%%=*}" = "$letter" ] || continue
			PIP_OPTION=${known#*=} PIP_VALUE=${rest#=}
			[ "$1" = uv ] || PIP_VALUE=$rest
			[ -n "$rest" ] || PIP_WANTS=yes
			return 0
		done
		case $letter in [UIqvhn]) PIP_FLAGS=$PIP_FLAGS$letter ;; *) PIP_OPTION=unknown && return 0 ;; esac
	done
}

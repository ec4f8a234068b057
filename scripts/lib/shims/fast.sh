# Fast: the head of the kit. A call that needs nothing of the kit becomes the real tool at once: a shell reads a script
# only as far as it runs it. Runs before every other module, so it calls none.
# shellcheck shell=sh

# The folder of the trampolines, and the settings of the step.
FAST_FOLDER=/run/seawall
FAST_SETTINGS=/run/seawall.conf

# fast_start TOOL ARGUMENT...: becomes the real tool, unless the step has settings and the call may use the network.
# Otherwise sets FAST_REAL to the path of the tool, and returns.
fast_start() {
	[ ! -e "$FAST_FOLDER/.new" ] || fast__leave_out
	fast__find "$1" || { printf '%s: not found\n' "$1" >&2 && exit 127; }
	[ ! -r "$FAST_SETTINGS" ] || ! fast__may_download "$@" || return 0
	shift
	exec "$FAST_REAL" "$@"
}

# fast__leave_out: the first call of a step deletes the trampolines of tools that the image does not have, so that
# `command -v` tells the truth; those that the text of the step calls stay, because the step may install them. `.new`
# names these, and marks the folder as the builder mounted it.
fast__leave_out() {
	local file tool called gone
	gone='' called=''
	read -r called <"$FAST_FOLDER/.new" || :
	set +f
	set -- "$FAST_FOLDER"/*
	set -f
	for file in "$@"; do
		tool=${file##*/}
		case " $called pip-python " in *" $tool "*) continue ;; esac
		fast__find "$tool" || gone="$gone $file"
	done
	# Only the owner may write if the builder lost the rights of the folder.
	# shellcheck disable=SC2086 # paths without blanks
	rm -f "$FAST_FOLDER/.new" $gone 2>/dev/null || :
}

# fast__find TOOL: sets FAST_REAL to the first TOOL in PATH that is no trampoline; false if there is none.
fast__find() {
	local folder IFS
	[ "$1" != pip-python ] || { fast__find_caller && return || return; }
	IFS=:
	for folder in $PATH; do
		FAST_REAL=${folder:-.}/$1
		[ -f "$FAST_REAL" ] && [ -x "$FAST_REAL" ] && [ ! "$FAST_REAL" -ef "$FAST_FOLDER/$1" ] || continue
		return 0
	done
	return 1
}

# fast__find_caller: pip starts the program of PIP_PYTHON in place of its own Python. Sets FAST_REAL to that Python, as
# the command line of pip names it: its folder may be a virtual environment. An image may lack tr or head.
fast__find_caller() {
	FAST_REAL=$({ tr '\000' '\n' <"/proc/$PPID/cmdline" | head -n 1; } 2>/dev/null)
	[ -n "$FAST_REAL" ] ||
		FAST_REAL=$("/proc/$PPID/exe" -S -c "print(open('/proc/$PPID/cmdline').read().split(chr(0))[0])")
	case $FAST_REAL in
		*/*) [ -f "$FAST_REAL" ] && [ -x "$FAST_REAL" ] ;;
		*) [ -n "$FAST_REAL" ] && fast__find "$FAST_REAL" ;;
	esac
}

# fast__may_download TOOL ARGUMENT...: false if the arguments of this tool exclude a download. One row a tool: the words
# of which one must be an argument; a tool without a row is for its shim to decide.
fast__may_download() {
	local words word
	case $1 in
		python | python3) fast__runs_pip "$@" && return || return ;;
		pip | pip3 | pip-python) words=' download install wheel ' ;;
		go) words=' build generate get install list mod run test tool vet work ' ;;
		uv) words=' add build export lock pip python remove run sync tool tree venv ' ;;
		apt | apt-get) words=' build-dep dist-upgrade download full-upgrade install reinstall satisfy source update
 upgrade ' ;;
		apk) words=' add fetch fix update upgrade ' ;;
		git) words=' clone fetch lfs ls-remote pull submodule ' ;;
		npm | pnpm) words=' add ci clean-install clean-install-test cit create dedupe dlx exec fetch i import in info
 init innit ins inst insta instal install install-ci-test install-clean install-test isnt it show udpate up update
 upgrade view x ' ;;
		busybox) [ "${2-}" = wget ] && return || return ;;
		curl | wget) [ "$#" -gt 1 ] && return || return ;;
		*) return 0 ;;
	esac
	shift
	for word in "$@"; do
		case $words in *[[:space:]]"$word"[[:space:]]*) return 0 ;; esac
	done
	return 1
}

# fast__runs_pip python ARGUMENT...: true for `-m pip` in all its forms (-mpip, -Im pip, -X dev -m pip).
fast__runs_pip() {
	local letters
	while shift && [ "$#" -gt 0 ]; do
		letters=${1#-}
		case $1 in
			--check-hash-based-pycs) shift && continue ;;
			--*=*) continue ;;
			-?*) letters=${letters#"${letters%%[!bBdEiIOPqRsSuvx3]*}"} ;;
			*) return 1 ;;
		esac
		case $letters in
			'' | [WX]?*) ;;
			[WX]) shift ;;
			m) [ "${2-}" = pip ] && return || return ;;
			*) [ "$letters" = mpip ] && return || return ;;
		esac
	done
	return 1
}

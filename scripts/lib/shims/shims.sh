# Room shims: What does a tool of a woven RUN step do beside its own work?
# Face: fast_start shims_main
# Shims: starts the shim of a tool. The kit (build-kit.sh) runs as `sh /run/seawall.kit TOOL ARGUMENT...`.
#
# To add a shim: a row of SHIMS_TABLE, a file shim-TOOL.sh with the function of that row, and, if most calls of the tool
# use no network, a row of fast__may_download (fast.sh). The function gets the arguments of the tool and calls
#   shims_exec WORD...   becomes the real tool with these arguments: for a call that downloads nothing
#   shims_begin WORD...  begins a watched call (shims-step.sh). Becomes the real tool, with these arguments, where the
#                        kit cannot work: an image without awk, nowhere to write
#   shims_own NAME...    variables that the shim sets for the tool; all others reach the tool as the step has them
#   shims_run COMMAND... one attempt of the tool: stdin, stdout, stderr are those of the step; deadline, stall and
#                        silence are limited; the exit code is noted. The first word is normally "$SHIMS_REAL"
#   shims_climb TOOL UPSTREAM "SOURCE..." FUNCTION WORD...  step_try, then ends the step as the tool itself would end
# SHIMS_TOOL is the name of the tool, SHIMS_REAL its path, SHIMS_APPLET the applet that a shim has taken off the
# arguments (`busybox wget`). A shim prints nothing if the first attempt succeeds.
# shellcheck shell=sh

# Columns: tool; function. A tool without a row becomes the real tool.
SHIMS_TABLE='apk|shim_apk
apt-get|shim_apt
apt|shim_apt
bundle|other_shim
busybox|wget_shim_busybox
cargo|other_shim
composer|other_shim
curl|curl_shim
dnf|other_shim
dotnet|other_shim
gem|other_shim
git|git_shim
go|shim_go
gradle|other_shim
microdnf|other_shim
mvn|other_shim
npm|npm_shim
npx|npm_shim
pip-python|shim_pip_python
pip3|shim_pip
pip|shim_pip
pnpm|npm_shim
poetry|other_shim
python3|shim_python
python|shim_python
uv|shim_uv
wget|wget_shim
yarn|npm_shim'

SHIMS_LINE_END='
'

# shims_main TOOL ARGUMENT...: FAST_REAL is the path of the tool.
shims_main() {
	local function
	SHIMS_FILE=$0 SHIMS_TOOL=$1 SHIMS_REAL=$FAST_REAL SHIMS_APPLET='' LOG_NAME=seawall
	function=$SHIMS_LINE_END$SHIMS_TABLE$SHIMS_LINE_END
	shift
	case $function in
		*"$SHIMS_LINE_END$SHIMS_TOOL|"*) ;;
		*)
			! other_is_named "$SHIMS_TOOL" || other_shim "$@"
			shims_exec "$@"
			;;
	esac
	function=${function#*"$SHIMS_LINE_END$SHIMS_TOOL|"}
	"${function%%"$SHIMS_LINE_END"*}" "$@"
}

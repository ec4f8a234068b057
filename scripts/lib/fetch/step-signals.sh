# Step signals: a shell starts the command of an attempt in the background, with INT and QUIT ignored. A command that
# handles them (Python's KeyboardInterrupt, `timeout --signal=INT`) must see them as without the kit.
# shellcheck shell=sh

# step_signals_begin: sets STEP_SIGNALS to the words that start a command with INT and QUIT as the step has them. Empty
# if env cannot reset signals (before coreutils 8.31, busybox).
step_signals_begin() {
	local name value signals
	STEP_SIGNALS='' value=''
	[ -r /proc/self/status ] || return 0
	while read -r name value; do [ "$name" != SigIgn: ] || break; done </proc/self/status
	# The mask of the ignored signals, in hexadecimal digits: 2 is INT, 4 is QUIT.
	case $value in
		*[0189]) signals=INT,QUIT ;;
		*[23aAbB]) signals=QUIT ;;
		*[45cCdD]) signals=INT ;;
		*) return 0 ;;
	esac
	# Without a command env prints the environment.
	! env "--default-signal=$signals" >/dev/null 2>&1 || STEP_SIGNALS="env --default-signal=$signals"
}

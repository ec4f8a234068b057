# Prober: the process of one probe in a race (race.sh).
# shellcheck shell=sh

# prober_run NUMBER SOURCE FUNCTION FIFO: calls FUNCTION SOURCE "NUMBER FIFO" with a scratch folder of its own, where
# `failure` gets the output of the probe, `status` its exit code and the limit that ended it. However this process ends,
# it writes a line to FIFO: FUNCTION may call die.
prober_run() {
	local status
	PROBER_FOLDER=$SCRATCH/race.$1 PROBER_FIFO=$4
	trap 'prober__report $?' EXIT
	trap 'trap - EXIT; attempt_end; exit 0' TERM
	mkdir "$PROBER_FOLDER"
	SCRATCH=$PROBER_FOLDER LADDER_TEXT=$PROBER_FOLDER/failure LADDER_SOURCE=$2
	: >"$LADDER_TEXT"
	status=0
	"$3" "$2" "$1 $4" || status=$?
	exit "$status"
}

prober__report() {
	trap - EXIT
	printf '%s %s\n' "$1" "${ATTEMPT_ENDED:-}" >"$PROBER_FOLDER/status"
	# Opening a fifo for reading and writing never blocks.
	printf 'done\n' 1<>"$PROBER_FIFO"
}

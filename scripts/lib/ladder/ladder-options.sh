# Ladder options: the options of ladder_climb (ladder.sh).
# shellcheck shell=sh

# Not taken from the environment.
LADDER_EAGER=no

# ladder_options_take WORD...: sets LADDER_ATTEMPTS, LADDER_TOOL, LADDER_RETRY_ON, LADDER_INSIST, LADDER_PINNED,
# LADDER_EAGER and the probes; and LADDER_TAKEN to the number of words.
ladder_options_take() {
	local probe wait_probe
	LADDER_TAKEN=$# LADDER_ATTEMPTS='' LADDER_TOOL=- LADDER_RETRY_ON='' LADDER_INSIST=no LADDER_PINNED=no
	LADDER_EAGER=no
	probe='' wait_probe=''
	while :; do
		case $1 in
			--attempts) LADDER_ATTEMPTS=$2 ;;
			--tool) LADDER_TOOL=$2 ;;
			--probe) probe=$2 ;;
			--wait-probe) wait_probe=$2 ;;
			--retry-on) LADDER_RETRY_ON=$2 ;;
			--insist) LADDER_INSIST=yes && shift && continue ;;
			--eager) LADDER_EAGER=yes && shift && continue ;;
			--pinned) LADDER_PINNED=yes && shift && continue ;;
			*) break ;;
		esac
		shift 2
	done
	LADDER_TAKEN=$((LADDER_TAKEN - $#))
	probe_begin "$probe" "$wait_probe"
}

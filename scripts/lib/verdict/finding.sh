# Finding: what is known about the failure of the current attempt. The module that knows the cause sets it; the output
# is classified only if no module did. One record, which only the functions below write:
#   FINDING_CLASS       a class of classes.tsv, empty if nothing is known
#   FINDING_VERDICT     again, elsewhere, degrade or stop (classes.tsv), at-once, or `done` if nothing failed
#   FINDING_CODE        the exit code that follows from it, 0 if nothing failed
#   FINDING_UPSTREAM, FINDING_SOURCE  the failed party, empty if it is the one that the attempt asked
#   FINDING_NOT_BEFORE  the time (epoch seconds) before which that party must not be asked again, 0 for no such time,
#                       empty if only the output may name one
#   FINDING_WORDS       one line for the log and the event, empty if the class says enough
#   FINDING_CHANGED     yes: something was changed since the attempt (another mirror, a restarted builder)
# shellcheck shell=sh

# finding_clear: nothing has failed.
finding_clear() {
	FINDING_CLASS='' FINDING_VERDICT='done' FINDING_CODE=0 FINDING_CHANGED=no
	FINDING_UPSTREAM='' FINDING_SOURCE='' FINDING_NOT_BEFORE='' FINDING_WORDS=''
}

# finding_set CLASS [UPSTREAM [SOURCE [NOT_BEFORE [WORDS]]]]: verdict and exit code are those of classes.tsv. False, and
# nothing is set, if CLASS is not in that table.
finding_set() {
	classify_look_up "$1" || return
	FINDING_CLASS=$1 FINDING_VERDICT=$CLASS_VERDICT FINDING_CODE=$CLASS_CODE
	FINDING_UPSTREAM=${2:-} FINDING_SOURCE=${3:-} FINDING_NOT_BEFORE=${4:-} FINDING_WORDS=${5:-}
}

# finding_decide VERDICT [CODE]: what follows, if it differs from the table.
finding_decide() { FINDING_VERDICT=$1 FINDING_CODE=${2:-$FINDING_CODE}; }

# finding_retry_at_once: something was changed, so the same source may succeed now. Valid with or without a class.
finding_retry_at_once() { FINDING_CHANGED=yes; }

# Not taken from the environment.
finding_clear

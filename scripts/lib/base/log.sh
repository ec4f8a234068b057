# Room base: What does every command need: logging, options, settings, time, state, events?
# Face: log_* die exit_* list_* redact_* options_* settings_* values_* handed_* clock_* process_* json_* events_* scratch_* state_* trust_* sizes_*
# The story for people: one line a happening, on stderr, `command: level: text`.
# Set by the command before it sources this: LOG_NAME, its own name. LOG_CLEAR: what wipes a line that is being redrawn.
# shellcheck shell=sh

log_info() { log__line info "$*"; }
log_warn() { log__line warn "$*"; }
log_error() { log__line error "$*"; }

log__line() {
	printf '%s%s: %s: %s\n' "${LOG_CLEAR:-}" "$LOG_NAME" "$1" "$(redact_text "$2")" >&2
}

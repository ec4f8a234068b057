# Room base: What does every command need: logging, options, settings, time, state, events?
# Face: log_* die exit_* list_* redact_* options_* settings_* values_* handed_* clock_* process_* json_* events_*
#   scratch_* state_* trust_* sizes_* mirror_urls
# Log: writes one line per message to stderr, `COMMAND: LEVEL: TEXT`, with secrets removed.
# LOG_NAME: the name of the command, set by the command.
# shellcheck shell=sh

# log_info TEXT..., log_warn TEXT..., log_error TEXT...: one message of that level.
# Not taken from the environment.
LOG_CLEAR=''

# log_clear_line TEXT: TEXT, a terminal sequence, is written before each message, to clear a line with progress.
log_clear_line() { LOG_CLEAR=$1; }

log_info() { log__line info "$*"; }
log_warn() { log__line warn "$*"; }
log_error() { log__line error "$*"; }

log__line() {
	printf '%s%s: %s: %s\n' "$LOG_CLEAR" "$LOG_NAME" "$1" "$(redact_text "$2")" >&2
}

# The story for people: one line a happening, on stderr, `command: level: text`.
# Set by the command before it sources this: LOG_NAME, its own name. LOG_CLEAR: what wipes a line that is being redrawn.
# shellcheck shell=sh

log_info() { log__line info "$*"; }
log_warn() { log__line warn "$*"; }
log_error() { log__line error "$*"; }

log__line() {
	printf '%s%s: %s: %s\n' "${LOG_CLEAR:-}" "$LOG_NAME" "$1" "$(redact_text "$2")" >&2
}

# Takes the credentials out of the URLs of a text: //user:secret@host becomes //***@host.
redact_text() {
	case $1 in
		*://*@*) printf '%s\n' "$1" | redact_stream ;;
		*) printf '%s\n' "$1" ;;
	esac
}

redact_stream() {
	sed 's|://[^/",[:space:]]*@|://***@|g'
}

# Handover-sources: which sources and proxies SEAWALL_STEP_SOURCES lets pass to RUN steps. HANDOVER_LEFT has the names
# of the settings of which something was left out.
# shellcheck shell=sh

# handover_sources_choose NAME "WORD...": sets HANDOVER_CHOSEN to the words that SEAWALL_STEP_SOURCES lets pass.
handover_sources_choose() {
	local word
	HANDOVER_CHOSEN=''
	for word in $2; do
		case $SEAWALL_STEP_SOURCES:$word in
			*:default | *:direct | all:*) ;;
			# The part before an @ may be a login; a query string may be a signature or a token.
			none:* | plain:*:*@* | plain:*=*@* | plain:*'?'*)
				handover_sources__leave_out "$1"
				continue
				;;
		esac
		HANDOVER_CHOSEN="$HANDOVER_CHOSEN${HANDOVER_CHOSEN:+ }$word"
	done
}

handover_sources__leave_out() {
	values_has "$1" "$HANDOVER_LEFT" || HANDOVER_LEFT="$HANDOVER_LEFT${HANDOVER_LEFT:+ }$1"
}

handover_sources_collect_proxies() {
	local name value
	for name in HTTP_PROXY HTTPS_PROXY NO_PROXY http_proxy https_proxy no_proxy; do
		eval "value=\${$name:-}"
		[ -n "$value" ] || continue
		handover_sources__check "$name" "$value"
		case $SEAWALL_STEP_SOURCES:$value in
			none:* | plain:*@* | plain:*'?'*) handover_sources__leave_out "$name" ;;
			*)
				HANDOVER_LINES="$HANDOVER_LINES#seawall proxy $name=$value
"
				;;
		esac
	done
}

# handover_sources__check NAME VALUE: a value must stay on one line of the secret; settings.sh has checked the settings.
handover_sources__check() {
	[ "$2" = "$(printf '%s' "$2" | LC_ALL=C tr -d '\001-\037\177')" ] ||
		die 78 "$1: wanted one line without control characters, saw others: correct the value"
}

# Once per build, and by name only: the values may be secret.
handover_sources_tell_left() {
	[ -z "${HANDOVER_TOLD:-}" ] || return 0
	HANDOVER_TOLD=yes
	case $SEAWALL_STEP_SOURCES:$HANDOVER_LEFT in
		*:) ;;
		none:*)
			log_info "not handed to RUN steps (SEAWALL_STEP_SOURCES=none): $HANDOVER_LEFT"
			;;
		*)
			log_warn "not handed to RUN steps, because a value has a login or a query string: $HANDOVER_LEFT:" \
				"set SEAWALL_STEP_SOURCES=all to hand them over"
			;;
	esac
}

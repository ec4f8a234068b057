# Shim go: modules come from the next proxy if one fails. go.sum and the checksum database stay in force.
# shellcheck shell=sh

# shim_go ARGUMENT...
shim_go() {
	local folder sources
	case ${1-}:${2-} in
		mod:download | mod:tidy | mod:vendor | mod:graph | mod:why | work:sync | work:vendor) ;;
		mod:* | work:*) shims_exec "$@" ;;
		build:* | generate:* | get:* | install:* | list:* | run:* | test:* | tool:* | vet:*) ;;
		*) shims_exec "$@" ;;
	esac
	shims_begin "$@"
	shims_own GOPROXY GONOPROXY
	go_git_begin "$1"
	# go itself tells what is wrong with its list of proxies.
	go_proxy_begin "$SEAWALL_GO_PROXIES" || :
	sources=$(go_proxy_sources)
	folder=$(go_settings_folder) || folder=.
	if (CDPATH='' cd -- "$folder" && go_proxy_is_pinned) && shim_go__adds_no_sum "$@"; then
		go_proxy_knows_all || step_use pinned yes
	else
		sources=${sources%% *}
	fi
	step_use probe go_proxy_probe
	shims_climb go go-proxy "${sources:-default}" shim_go__from "$@"
}

# shim_go__adds_no_sum ARGUMENT...: false for a call that downloads modules without a sum in go.sum, while no checksum
# database verifies them.
shim_go__adds_no_sum() {
	case $1:${2-}:$* in
		get:* | mod:tidy:* | *:*@*) [ "$(go_settings_value GOSUMDB)" != off ] ;;
	esac
}

# shim_go__from SOURCE ARGUMENT...: one attempt.
shim_go__from() {
	local status
	status=0
	go_proxy_use "$1"
	shift
	go_git_forget
	shims_run "$SHIMS_REAL" "$@" || status=$?
	[ "$status" -ne 0 ] || return 0
	if go_git_has_failed "$status"; then
		go_git_explain "$status"
	elif [ "$status" -eq 124 ]; then
		:
	elif shim_go__is_own "$@"; then go_failure_is_own "$status"; else go_failure_explain; fi
	return "$status"
}

# shim_go__is_own ARGUMENT...: true if the failure is none of a download: a mistake, or one of a program that go ran,
# which must not run twice.
shim_go__is_own() {
	case $1:${2-} in
		mod:download) shift 2 && go_failure_stays_offline "$@" && return || return ;;
		generate:* | run:* | test:* | tool:*) ! shim_go__ran_program || return 0 ;;
	esac
	! grep -q -i -E -e 'https?://|reading |dial tcp|lookup |proxy|mismatch|security error|unexpected EOF|x509' \
		-e 'toolchain|(^|[^a-z])(zip|flate): |\.zip[0-9]+\.tmp: ' "$LADDER_TEXT"
}

# shim_go__ran_program: true if the output has more lines than those of go about packages that it could not load.
shim_go__ran_program() {
	grep -q -v -E -e '^(go: |[^ ]*\.go:[0-9]+:[0-9]+: |# |[[:space:]]|$)' \
		-e '^FAIL([[:space:]].* \[setup failed\])?$' "$LADDER_TEXT"
}

# Go proxy: the sources of Go modules: the proxies that a call may use, the variables of go for each, and a probe.
# go.sum and the checksum database verify the modules, whichever proxy serves them.
# GO_PROXY_OWN: the first entry of the own GOPROXY. GO_PROXY_OWN_LIST, GO_PROXY_OWN_PRIVATE: the variables of the
# environment. GO_PROXY_PRIVATE: patterns of private modules. GO_PROXY_USABLE: the sources.
# shellcheck shell=sh

# A module version that every proxy knows and no project depends on: the oldest toolchain that go itself downloads.
GO_PROXY_NEUTRAL_MODULE=golang.org/toolchain@v0.0.1-go1.21.0.linux-amd64

# go_proxy_begin "SOURCE...": reads what go is configured with. False if no source is usable, because go refuses its own
# list.
go_proxy_begin() {
	GO_PROXY_OWN_LIST=${GOPROXY:-} GO_PROXY_OWN_PRIVATE=${GONOPROXY:-}
	go_settings_read
	GO_PROXY_PRIVATE=$(go_settings_private)
	GO_PROXY_OWN=$(go_settings_proxy)
	GO_PROXY_USABLE=$(go_proxy__usable "$1")
	[ -n "$GO_PROXY_USABLE" ]
}

# go_proxy_sources: prints the sources. go_proxy_forbids_all: whether GOPROXY=off leaves none.
go_proxy_sources() { printf '%s\n' "$GO_PROXY_USABLE"; }
go_proxy_forbids_all() { [ "$GO_PROXY_USABLE:$GO_PROXY_OWN" = default:off ]; }

# go_proxy_use SOURCE: exports GOPROXY and GONOPROXY. Go ignores an empty variable and reads its own configuration.
# Private modules bypass every proxy except the configured one.
go_proxy_use() {
	case $1 in
		default) GOPROXY=$GO_PROXY_OWN_LIST GONOPROXY=$GO_PROXY_OWN_PRIVATE ;;
		*) GOPROXY=$1 GONOPROXY=${GO_PROXY_PRIVATE:-$GO_PROXY_OWN_PRIVATE} ;;
	esac
	export GOPROXY GONOPROXY
}

# go_proxy_probe SOURCE: requests a neutral module, so that no proxy learns a name of this project and none is blamed
# for a module that it need not have. An empty cache forces the request; GOTOOLCHAIN=local keeps go from downloading a
# toolchain.
go_proxy_probe() {
	local proxy status
	proxy=$1 status=0
	[ "$1" != default ] || proxy=$GO_PROXY_OWN
	case $proxy:$GO_PROXY_USABLE in
		direct:* | off:* | '|':* | *'|:default direct ') return 0 ;;
	esac
	step_ask env GOPROXY="${proxy%'|'}" GONOPROXY=none GOMODCACHE="$SCRATCH/probe" GOFLAGS=-modcacherw \
		GOTOOLCHAIN=local GOWORK=off GO111MODULE=on \
		sh -c 'cd "$1" && exec go list -m "$2"' sh "$SCRATCH" "$GO_PROXY_NEUTRAL_MODULE" || status=$?
	# Behind `|` go leaves a proxy that fails, but waits for one that hangs.
	case $proxy:$status in *'|:124') ;; *'|:'*) return 0 ;; esac
	return "$status"
}

# go_proxy_is_needed: false if go.mod requires no module, or only private ones: then no listed proxy is asked for one.
go_proxy_is_needed() {
	local line section
	[ ! -f go.work ] && [ -f go.mod ] || return 0
	# Without private modules go need not parse the file, which takes 10 ms.
	[ -n "$GO_PROXY_PRIVATE" ] || { grep -q '^[[:space:]]*require' go.mod && return || return 1; }
	section=''
	while IFS= read -r line; do
		case $line in
			'	"'*) section=${line#*'"'} section=${section%%'"'*} ;;
			*'"Path": "'*)
				line=${line#*'": "'}
				[ "$section" != Require ] || go_proxy__is_private "${line%%'"'*}" || return 0
				;;
		esac
	done <<-JSON
		$(go_settings_ask mod edit -json)
	JSON
	return 1
}

# go_proxy__is_private MODULE: true if a pattern of GO_PROXY_PRIVATE matches. Go matches path elements one by one
# (path.Match); here `*` also matches a slash, and a pattern that a shell reads differently matches every module. At
# worst no probe is made.
go_proxy__is_private() {
	local pattern rest
	rest=$GO_PROXY_PRIVATE,
	while [ -n "$rest" ]; do
		pattern=${rest%%,*} rest=${rest#*,}
		case $pattern in *[!A-Za-z0-9._~/*?-]*) return 0 ;; esac
		# shellcheck disable=SC2254 # the variable holds a pattern
		case $1/ in ${pattern:-//}/*) return 0 ;; esac
	done
	return 1
}

# go_proxy__usable "SOURCE...": prints the sources, without `direct` if git is missing, which it needs, and without
# `default` if go refuses its list. GOPROXY=off forbids all others, unless the list of sources does without `default`.
go_proxy__usable() {
	local source
	case "$GO_PROXY_OWN: $1 " in "off:"*" default "*) printf 'default\n' && return ;; esac
	for source in $1; do
		case $source:$GO_PROXY_OWN in
			direct:*) command -v git >/dev/null 2>&1 || continue ;;
			default:) continue ;;
		esac
		printf '%s ' "$source"
	done
}

# go_proxy_knows_all: true if `default` has `direct` in its list: the source `direct` cannot tell more about a missing
# module.
go_proxy_knows_all() {
	[ "$GO_PROXY_USABLE" = 'default direct ' ] || return
	case ,$(go_settings_value GOPROXY | tr '| ' ',,'), in *,direct,*) ;; *) return 1 ;; esac
}

# go_proxy_is_pinned: true if go.sum or the checksum database verifies what a proxy serves.
go_proxy_is_pinned() { [ -s go.sum ] || [ -s go.work.sum ] || [ "$(go_settings_value GOSUMDB)" != off ]; }

# Plans: which caches a build gets, and how long one attempt may take: its own, else those of the first plan that can be read.
# Settings: SEAWALL_STRATEGIES, SEAWALL_CACHE_REF, SEAWALL_CACHE_FOLDER.
# shellcheck shell=sh

# Columns: plan, its caches, seconds of an attempt (design.md section 7).
PLANS_TABLE='gha-full|gha registry|2400
gha-only|gha|1800
registry-only|registry|1800
local|local|1800
inline|inline|1800
no-cache||900'
# Where nobody has named a plan.
PLANS_LIMIT=2400

# plans_begin: sets PLANS_CACHES (lines `from SPEC` and `to SPEC`) to all that any plan may want. What the call names is a
# plan of its own, and comes first.
plans_begin() {
	local plan
	PLAN='' PLAN_LIMIT=$PLANS_LIMIT PLANS_CACHES=$ARGUMENTS_CACHES PLANS_NAMED=$SEAWALL_STRATEGIES
	[ -z "$ARGUMENTS_CACHES" ] || { PLAN=own && return; }
	[ -n "$PLANS_NAMED" ] || PLANS_NAMED=$(plans__find)
	for plan in $PLANS_NAMED; do plans__add "$plan"; done
}

# The plans whose tokens and refs are there.
plans__find() {
	case ${ACTIONS_RUNTIME_TOKEN:+token}${ACTIONS_RESULTS_URL:+url}:${SEAWALL_CACHE_REF:+ref} in
		tokenurl:ref) printf 'gha-full gha-only registry-only' ;;
		tokenurl:) printf 'gha-only' ;;
		*:ref) printf 'registry-only' ;;
	esac
	printf '%s\n' "${SEAWALL_CACHE_FOLDER:+ local}"
}

# plans__add PLAN: each cache once, for plans share them.
plans__add() {
	local line lines
	lines=$(plans__caches "$1") || exit
	while IFS= read -r line; do
		[ -z "$line" ] || plans__among "$PLANS_CACHES" "$line" || PLANS_CACHES="$PLANS_CACHES$line
"
	done <<-LINES
		$lines
	LINES
}

# plans__among "LINES" LINE
plans__among() {
	case "
$1" in
		*"
$2
"*) ;;
		*) return 1 ;;
	esac
}

# plans__caches PLAN: the caches that it wants, each both ways; 78 where a setting for one of them is missing.
plans__caches() {
	local cache
	for cache in $(plans__column "$1" caches); do
		case $cache in
			gha) printf 'from type=gha\nto type=gha,mode=max\n' ;;
			registry) plans__wants "$1" SEAWALL_CACHE_REF "$SEAWALL_CACHE_REF" && printf 'from type=registry,ref=%s\nto type=registry,ref=%s,mode=max\n' "$SEAWALL_CACHE_REF" "$SEAWALL_CACHE_REF" ;;
			inline) plans__wants "$1" SEAWALL_CACHE_REF "$SEAWALL_CACHE_REF" && printf 'from type=registry,ref=%s\nto type=inline\n' "$SEAWALL_CACHE_REF" ;;
			local) plans__wants "$1" SEAWALL_CACHE_FOLDER "$SEAWALL_CACHE_FOLDER" && plans__of_folder ;;
		esac || return
	done
}

# A folder that nothing was written to is no cache yet.
plans__of_folder() {
	[ ! -f "$SEAWALL_CACHE_FOLDER/index.json" ] || printf 'from type=local,src=%s\n' "$SEAWALL_CACHE_FOLDER"
	printf 'to type=local,dest=%s,mode=max\n' "$SEAWALL_CACHE_FOLDER"
}

# plans__column PLAN caches|seconds
plans__column() {
	local plan caches seconds
	while IFS='|' read -r plan caches seconds; do
		case $plan:$2 in "$1":caches) printf '%s\n' "$caches" ;; "$1":seconds) printf '%s\n' "$seconds" ;; esac
	done <<-TABLE
		$PLANS_TABLE
	TABLE
}

# plans__wants PLAN SETTING VALUE
plans__wants() { [ -n "$3" ] || die 78 "SEAWALL_STRATEGIES: $1 wants $2, saw none: set it, or leave the plan out"; }

# plans_choose: sets PLAN and PLAN_LIMIT to those of the first named plan without a cache in PLANS_DEAD (lines); where each has
# one, of the first that has another cache too.
plans_choose() {
	local plan partly
	[ "$PLAN" != own ] && [ -n "$PLANS_NAMED" ] || return 0
	PLAN='' partly=no-cache
	for plan in $PLANS_NAMED; do
		case $(plans__health "$plan"):$partly in
			whole:*) PLAN=$plan && break ;;
			partly:no-cache) partly=$plan ;;
		esac
	done
	: "${PLAN:=$partly}"
	PLAN_CACHES=$(plans__caches "$PLAN")
	PLAN_LIMIT=$(plans__column "$PLAN" seconds)
	log_info "cache plan: $PLAN"
}

# plans__health PLAN: prints whole, partly or dead, by the caches that it reads.
plans__health() {
	local line health
	health=''
	while IFS= read -r line; do
		case $line in from*) ;; *) continue ;; esac
		if plans__among "$PLANS_DEAD" "$line"; then health=$health-; else health=$health+; fi
	done <<-LINES
		$(plans__caches "$1")
	LINES
	case $health in *+*-* | *-*+*) printf 'partly\n' ;; *-*) printf 'dead\n' ;; *) printf 'whole\n' ;; esac
}

# plans_has from|to SPEC: whether the plan that was chosen wants this cache.
plans_has() {
	case $PLAN in '' | own) ;; *) plans__among "$PLAN_CACHES
" "$1 $2" ;; esac
}

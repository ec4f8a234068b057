# Plans: chooses the caches of a build and the time limit of an attempt: the call's own, else those of the first healthy
# plan.
# Settings: SEAWALL_STRATEGIES, SEAWALL_CACHE_REF, SEAWALL_CACHE_FOLDER.
# shellcheck shell=sh

# Columns: plan, its caches, seconds for an attempt.
PLANS_TABLE='gha-full|gha registry|2400
gha-only|gha|1800
registry-only|registry|1800
local|local|1800
inline|inline|1800
no-cache||900'
# Seconds for an attempt without a plan.
PLANS_SECONDS=2400

# Not taken from the environment.
PLANS_OFFERED=yes

# plans_leave_out: the call uses its own caches only: several targets would overwrite each other's.
plans_leave_out() { PLANS_OFFERED=no; }

# plans_begin: sets PLANS_CACHES to the caches of all possible plans, lines `from SPEC` or `to SPEC`. If the call names
# caches, they are the only plan, `own`.
plans_begin() {
	local plan
	PLAN='' PLAN_LIMIT=$PLANS_SECONDS PLANS_CACHES=$ARGUMENTS_CACHES PLANS_NAMED=$SEAWALL_STRATEGIES
	[ -z "$ARGUMENTS_CACHES" ] || {
		PLAN=own
		return 0
	}
	# A call that builds nothing needs no cache.
	[ -z "$ARGUMENTS_CALL" ] && [ "$PLANS_OFFERED" = yes ] || {
		PLANS_NAMED=''
		return 0
	}
	[ -n "$PLANS_NAMED" ] || PLANS_NAMED=$(plans__find)
	for plan in $PLANS_NAMED; do plans__add "$plan"; done
}

# plans__find: prints the plans whose token, reference or folder is set.
plans__find() {
	case ${ACTIONS_RUNTIME_TOKEN:+token}${ACTIONS_RESULTS_URL:+url}:${SEAWALL_CACHE_REF:+ref} in
		tokenurl:ref) printf 'gha-full gha-only registry-only' ;;
		tokenurl:) printf 'gha-only' ;;
		*:ref) printf 'registry-only' ;;
	esac
	printf '%s\n' "${SEAWALL_CACHE_FOLDER:+ local}"
}

# plans__add PLAN: adds its caches to PLANS_CACHES; plans share caches, and each is listed once.
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

# plans__among "LINES" LINE: whether LINE is one of LINES.
plans__among() {
	case "
$1" in
		*"
$2
"*) ;;
		*) return 1 ;;
	esac
}

# plans__caches PLAN: prints the imports and exports of PLAN; exits with 78 if a setting for one of them is missing.
plans__caches() {
	local cache ref
	ref=$SEAWALL_CACHE_REF
	for cache in $(plans__column "$1" caches); do
		case $cache in
			registry | inline) plans__check_setting "$1" SEAWALL_CACHE_REF "$ref" ;;
			local) plans__check_setting "$1" SEAWALL_CACHE_FOLDER "$SEAWALL_CACHE_FOLDER" ;;
		esac || return
		case $cache in
			gha) printf 'from type=gha\nto type=gha,mode=max\n' ;;
			registry) printf 'from type=registry,ref=%s\nto type=registry,ref=%s,mode=max\n' "$ref" "$ref" ;;
			inline) printf 'from type=registry,ref=%s\nto type=inline\n' "$ref" ;;
			local) plans__of_folder ;;
		esac
	done
}

# plans__of_folder: an empty folder is no import yet.
plans__of_folder() {
	[ ! -f "$SEAWALL_CACHE_FOLDER/index.json" ] || printf 'from type=local,src=%s\n' "$SEAWALL_CACHE_FOLDER"
	printf 'to type=local,dest=%s,mode=max\n' "$SEAWALL_CACHE_FOLDER"
}

# plans__column PLAN caches|seconds: prints a column of the table.
plans__column() {
	local plan caches seconds
	while IFS='|' read -r plan caches seconds; do
		case $plan:$2 in "$1":caches) printf '%s\n' "$caches" ;; "$1":seconds) printf '%s\n' "$seconds" ;; esac
	done <<-TABLE
		$PLANS_TABLE
	TABLE
}

# plans__check_setting PLAN SETTING VALUE
plans__check_setting() {
	[ -n "$3" ] || die 78 "SEAWALL_STRATEGIES: $1 wants $2, saw none: set it, or remove the plan"
}

# plans_choose: sets PLAN, PLAN_CACHES and PLAN_LIMIT (seconds) to the first plan with no import in PLANS_DEAD (lines);
# if all have one, to the first that has a healthy import, too; else to no-cache.
plans_choose() {
	local plan partly
	[ "$PLAN" != own ] && [ -n "$PLANS_NAMED" ] || return 0
	PLAN='' partly=no-cache
	for plan in $PLANS_NAMED; do
		case $(plans__health "$plan"):$partly in
			whole:*)
				PLAN=$plan
				break
				;;
			partly:no-cache) partly=$plan ;;
		esac
	done
	: "${PLAN:=$partly}"
	PLAN_CACHES=$(plans__caches "$PLAN")
	PLAN_LIMIT=$(plans__column "$PLAN" seconds)
	log_info "cache plan: $PLAN"
}

# plans__health PLAN: prints whole, partly or dead, by its imports.
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

# plans_has from|to SPEC: whether the chosen plan includes this cache.
plans_has() {
	case $PLAN in '' | own) ;; *) plans__among "$PLAN_CACHES
" "$1 $2" ;; esac
}

# Room caches: Which caches does a build use, and what did they do?
# Face: caches_ask caches_settle aftermath_*
# Caches: which of the caches of a build are alive. A dead import costs time, or freezes the builder; a dead export fails a build
# that is well; a lost layer of a cache kills the build that was promised it.
# Works in
# SCRATCH, where cache.N.spec has `from SPEC` or `to SPEC`, cache.N.class what is known of it.
# shellcheck shell=sh

# caches_ask: asks all that the plans have, side by side and beside what else is asked.
caches_ask() {
	local how spec number
	CACHES_ASKED='' number=0
	plans_begin
	exit_at_end caches_stop
	while read -r how spec; do
		[ -n "$how" ] || continue
		number=$((number + 1))
		printf '%s %s\n' "$how" "$spec" >"$SCRATCH/cache.$number.spec"
		caches__ask "$how" "$spec" "$SCRATCH/cache.$number" &
		CACHES_ASKED="$CACHES_ASKED $!"
	done <<-CACHES
		$PLANS_CACHES
	CACHES
}

# caches__ask from|to SPEC FILE
caches__ask() {
	registry_asker_begins
	CACHE_CLASS=ok
	case $(cache_spec_type "$2"):$1 in
		gha:*) gha_cache_ask "$1" "$2" "$3" ;;
		registry:*) caches__ask_registry "$(cache_spec_ref "$2")" "$3" ;;
		local:to) caches__ask_folder "$(cache_spec_field "$2" dest)" "$3" ;;
	esac
	printf '%s\n' "$CACHE_CLASS" >"$3.class"
}

# A cache that is not there yet is no reason to do without it, and what is no reference is buildx's to refuse.
caches__ask_registry() {
	reference_is_valid "$1" || return 0
	reference_host "$1" >"$2.host"
	registry_ask "$1" "$2.answer" cache && return
	CACHE_CLASS=$(cat "$2.answer.class")
	cp "$2.answer.why" "$2.why"
	[ "$CACHE_CLASS" != not-found ] || CACHE_CLASS=ok
}

# buildx makes it too, and a build whose folder cannot be made has failed before its first step.
caches__ask_folder() {
	mkdir -p "$1" 2>"$2.why" && [ -w "$1" ] && return
	[ -s "$2.why" ] || printf '%s cannot be written\n' "$1" >"$2.why"
	CACHE_CLASS=cache-export
}

# caches_settle: waits for the answers, reports the caches that are left out, and sets CACHES_WORDS.
caches_settle() {
	# shellcheck disable=SC2086 # a list of process ids
	[ -z "$CACHES_ASKED" ] || wait $CACHES_ASKED || :
	CACHES_ASKED=''
	: >"$SCRATCH/caches.tsv"
	caches_choose
	caches_each caches__settle_one
}

# caches_choose: the plan, by what is known of the caches. Sets CACHES_WORDS to the list of the words for buildx.
caches_choose() {
	PLANS_DEAD=''
	caches_each caches__note_dead
	plans_choose
	CACHES_WORDS=''
	caches_each caches__add_one
}

caches__note_dead() {
	case $4 in ok | unused) ;; *) PLANS_DEAD="$PLANS_DEAD$1 $2
" ;; esac
}

# caches_stop: ends the requests that still run.
caches_stop() {
	# shellcheck disable=SC2086 # a list of process ids
	registry_end_askers ${CACHES_ASKED:-}
	CACHES_ASKED=''
}

# caches_each FUNCTION ARGUMENT...: calls FUNCTION from|to SPEC FILE CLASS ARGUMENT... for each; CLASS is
# ok, what is wrong with it, or unused where the plan does without.
caches_each() {
	local number how spec class function
	number=1 function=$1
	shift
	while [ -f "$SCRATCH/cache.$number.spec" ]; do
		read -r how spec <"$SCRATCH/cache.$number.spec"
		{ read -r class <"$SCRATCH/cache.$number.class"; } 2>/dev/null || class=timeout
		[ "$class" != ok ] || plans_has "$how" "$spec" || class=unused
		"$function" "$how" "$spec" "$SCRATCH/cache.$number" "$class" "$@"
		number=$((number + 1))
	done
}

caches__settle_one() {
	case $4 in
		ok) caches_tell "$@" used ;;
		unused) ;;
		*) caches__leave_out "$@" "$(tail -n 1 "$3.why" 2>/dev/null)" ;;
	esac
}

# caches__leave_out from|to SPEC FILE CLASS WORDS
caches__leave_out() {
	log_warn "cache $(cache_spec_name "$2"): $(caches__way "$1") left out: $4, $5 [degrade]"
	caches_tell "$1" "$2" "$3" "$4" dropped
}

caches__way() { case $1 in from) printf 'import' ;; *) printf 'export' ;; esac }

# caches_tell from|to SPEC FILE CLASS used|dropped|lost|failed
caches_tell() {
	local name way upstream level verdict class
	name=$(cache_spec_name "$2") way=$(caches__way "$1")
	case $(cache_spec_type "$2") in gha) upstream=gha-cache ;; registry) upstream=registry-cache ;; *) upstream=none ;; esac
	case $5 in used) level=info verdict=default class='' ;; *) level=warn verdict=degrade class=$4 ;; esac
	events_emit cache "$level" upstream "$upstream" source "$name" class "$class" verdict "$verdict" detail "$way"
	printf '%s\t%s\t%s\t0\t0\n' "$name" "$way" "$5" >>"$SCRATCH/caches.tsv"
}

caches__add_one() {
	case $1:$4 in
		from:ok) list_add CACHES_WORDS --cache-from "$2" ;;
		to:ok) list_add CACHES_WORDS --cache-to "$(cache_spec_export "$2")" ;;
	esac
}

# caches_use from|to: whether the build imports from, or exports to, a cache.
caches_use() { case $CACHES_WORDS in *" '--cache-$1' "*) ;; *) return 1 ;; esac }

# Room caches: Which caches does a build use, and how did each of them fare?
# Face: caches_ask caches_settle caches_each plans_leave_out aftermath_*
# Caches: checks the caches of a build and drops the dead ones. A dead import costs time or freezes the builder, a dead
# export fails a good build, and a lost layer fails the build that relies on it.
# Works in SCRATCH: cache.N.spec holds `from SPEC` or `to SPEC`, cache.N.class `ok` or the class of the failure,
# caches.tsv a row per cache and direction (name, import|export, result, layers,
# bytes).
# shellcheck shell=sh

# caches_settle: waits for the answers, logs the dropped caches, sets CACHES_WORDS, and writes SCRATCH/caches.tsv.
caches_settle() {
	caches_await
	: >"$SCRATCH/caches.tsv"
	caches_choose
	caches_each caches__settle_one
}

# caches_choose: chooses the cache plan by the classes. Sets CACHES_WORDS to the list of the words for
# buildx.
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

# caches_each FUNCTION ARGUMENT...: calls FUNCTION from|to SPEC FILE CLASS ARGUMENT... for each cache. CLASS is `ok`,
# the class of its failure, or `unused` if the plan does not include it.
caches_each() {
	local number how spec class function
	number=1 function=$1
	shift
	while [ -f "$SCRATCH/cache.$number.spec" ]; do
		read -r how spec <"$SCRATCH/cache.$number.spec"
		{ read -r class <"$SCRATCH/cache.$number.class"; } 2>/dev/null || class=timeout
		! caches_is_left "$class" "$spec" || class=ok
		[ "$class" != ok ] || plans_has "$how" "$spec" || class=unused
		"$function" "$how" "$spec" "$SCRATCH/cache.$number" "$class" "$@"
		number=$((number + 1))
	done
}

caches__settle_one() {
	case $4 in
		ok) caches_tell "$@" used ;;
		unused) ;;
		*) caches__drop "$@" "$(tail -n 1 "$3.why" 2>/dev/null)" ;;
	esac
}

# caches__drop from|to SPEC FILE CLASS MESSAGE
caches__drop() {
	log_warn "cache $(cache_spec_name "$2"): $(caches__direction "$1") dropped: $4, $5"
	caches_tell "$1" "$2" "$3" "$4" dropped
}

caches__direction() { case $1 in from) printf 'import' ;; *) printf 'export' ;; esac }

# caches_tell from|to SPEC FILE CLASS used|dropped|lost|failed: emits the event of a cache and adds its row to
# caches.tsv.
caches_tell() {
	local name direction upstream level verdict class
	name=$(cache_spec_name "$2") direction=$(caches__direction "$1")
	case $(cache_spec_type "$2") in
		gha) upstream=gha-cache ;;
		registry) upstream=registry-cache ;;
		*) upstream=none ;;
	esac
	case $5 in used) level=info verdict=default class='' ;; *) level=warn verdict=degrade class=$4 ;; esac
	events_emit cache "$level" upstream "$upstream" source "$name" class "$class" verdict "$verdict" detail "$direction"
	printf '%s\t%s\t%s\t0\t0\n' "$name" "$direction" "$5" >>"$SCRATCH/caches.tsv"
}

caches__add_one() {
	case $1:$4 in
		from:ok) list_add CACHES_WORDS --cache-from "$2" ;;
		to:ok) list_add CACHES_WORDS --cache-to "$(cache_spec_export "$2")" ;;
	esac
}

# caches_use from|to: whether the build imports from, or exports to, a cache.
caches_use() { case $CACHES_WORDS in *" '--cache-$1' "*) ;; *) return 1 ;; esac }

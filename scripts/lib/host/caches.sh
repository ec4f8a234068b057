# Caches: which of the caches of a build are alive. A dead import costs time, or freezes the builder; a dead export fails a build
# that is well; a lost layer of a cache kills the build that was promised it.
# Needs log.sh, events.sh, references.sh, registry.sh, buildx.sh, cache-spec.sh and gha-cache.sh. Works in
# SCRATCH, where cache.N.spec has `from SPEC` or `to SPEC`, cache.N.class what is known of it, and caches the words for buildx.
# shellcheck shell=sh

# caches_ask: asks all that buildx.sh has read, side by side and beside what else is asked.
caches_ask() {
	local how spec number
	CACHES_ASKED='' number=0
	while read -r how spec; do
		[ -n "$how" ] || continue
		number=$((number + 1))
		printf '%s %s\n' "$how" "$spec" >"$SCRATCH/cache.$number.spec"
		caches__ask "$how" "$spec" "$SCRATCH/cache.$number" &
		CACHES_ASKED="$CACHES_ASKED $!"
	done <<-CACHES
		$BUILDX_CACHES
	CACHES
}

# caches__ask from|to SPEC FILE
caches__ask() {
	registry_asker_begins
	CACHE_CLASS=ok
	case $(cache_spec_type "$2") in
		gha) gha_cache_ask "$1" "$2" "$3" ;;
		registry) caches__ask_registry "$(cache_spec_ref "$2")" "$3" ;;
	esac
	printf '%s\n' "$CACHE_CLASS" >"$3.class"
}

# A cache that is not there yet is no reason to do without it.
caches__ask_registry() {
	reference_host "$1" >"$2.host"
	registry_ask "$1" "$2.answer" cache && return
	CACHE_CLASS=$(cat "$2.answer.class")
	cp "$2.answer.why" "$2.why"
	[ "$CACHE_CLASS" != not-found ] || CACHE_CLASS=ok
}

# caches_settle: waits for the answers, tells of what is left out, and writes the words for buildx.
caches_settle() {
	# shellcheck disable=SC2086 # a list of process ids
	[ -z "$CACHES_ASKED" ] || wait $CACHES_ASKED || :
	CACHES_ASKED=''
	: >"$SCRATCH/caches.tsv"
	caches__each caches__settle_one
	caches__write
}

# Ends what is still asking.
caches_await() {
	# shellcheck disable=SC2086 # a list of process ids
	registry_end_askers ${CACHES_ASKED:-}
	CACHES_ASKED=''
}

# caches__each FUNCTION ARGUMENT...: calls FUNCTION from|to SPEC FILE CLASS ARGUMENT... for each.
caches__each() {
	local number how spec class function
	number=1 function=$1
	shift
	while [ -f "$SCRATCH/cache.$number.spec" ]; do
		read -r how spec <"$SCRATCH/cache.$number.spec"
		{ read -r class <"$SCRATCH/cache.$number.class"; } 2>/dev/null || class=timeout
		"$function" "$how" "$spec" "$SCRATCH/cache.$number" "$class" "$@"
		number=$((number + 1))
	done
}

caches__settle_one() { if [ "$4" = ok ]; then caches__tell "$@" used; else caches__leave_out "$@" "$(tail -n 1 "$3.why" 2>/dev/null)"; fi; }

# caches__leave_out from|to SPEC FILE CLASS WORDS
caches__leave_out() {
	log_warn "cache $(cache_spec_name "$2"): $(caches__way "$1") left out: $4, $5 [degrade]"
	caches__tell "$1" "$2" "$3" "$4" dropped
}

caches__way() { case $1 in from) printf 'import' ;; *) printf 'export' ;; esac }

# caches__tell from|to SPEC FILE CLASS used|dropped|lost|failed
caches__tell() {
	local name way upstream level verdict class
	name=$(cache_spec_name "$2") way=$(caches__way "$1")
	case $(cache_spec_type "$2") in gha) upstream=gha-cache ;; registry) upstream=registry-cache ;; *) upstream=none ;; esac
	case $5 in used) level=info verdict=default class='' ;; *) level=warn verdict=degrade class=$4 ;; esac
	event_emit cache "$level" upstream "$upstream" source "$name" class "$class" verdict "$verdict" detail "$way"
	printf '%s\t%s\t%s\n' "$name" "$way" "$5" >>"$SCRATCH/caches.tsv"
}

caches__write() {
	: >"$SCRATCH/caches"
	caches__each caches__write_one
}

caches__write_one() {
	case $1:$4 in
		from:ok) printf -- '--cache-from\n%s\n' "$2" ;;
		to:ok) printf -- '--cache-to\n%s\n' "$(cache_spec_export "$2")" ;;
	esac >>"$SCRATCH/caches"
}

# caches_blame FILE: a build has failed with the words of FILE; where a layer of a cache is what is missing, that cache is left
# out from now on, and FILE says so. False where none is to blame. A step's own words are about other things.
caches_blame() {
	grep -q '^--cache-from$' "$SCRATCH/caches" 2>/dev/null && ! grep -q 'did not complete successfully' "$1" &&
		grep -q -i -E 'failed to copy|unexpected (commit digest|eof)|/blobs?/|cache' "$1" || return 1
	CACHES_NAMED=no
	caches__each caches__find_named "$1"
	caches__each caches__lose_one "$1"
	caches__write
	# As our own commands say what they have found (judge.sh): the words of a lost layer are those of many things.
	printf 'caches: error: builder: cache-import, tried 1 times: a layer that a cache promised is lost\n' >"$1"
}

# caches__find_named from|to SPEC FILE CLASS TEXT
caches__find_named() { [ "$1:$4" != from:ok ] || ! caches__is_named "$3" "$5" || CACHES_NAMED=yes; }

caches__is_named() { [ -s "$1.host" ] && grep -q -F -f "$1.host" "$2"; }

# caches__lose_one from|to SPEC FILE CLASS TEXT: those that TEXT names, else all.
caches__lose_one() {
	[ "$1:$4" = from:ok ] || return 0
	[ "$CACHES_NAMED" = no ] || caches__is_named "$3" "$5" || return 0
	printf 'cache-import\n' >"$3.class"
	log_warn "cache $(cache_spec_name "$2"): import left out: a layer that it promised is lost [degrade]"
	caches__tell "$1" "$2" "$3" cache-import lost
}

# caches_note_exports FILE: of a build that is well, by its plain progress: which exports have failed all the same.
caches_note_exports() {
	local kind words
	grep -q '^--cache-to$' "$SCRATCH/caches" 2>/dev/null || return 0
	LC_ALL=C awk '
		/^#[0-9]+ exporting to GitHub/ { kind[$1] = "gha" }
		/^#[0-9]+ exporting cache to registry/ { kind[$1] = "registry" }
		/^#[0-9]+ exporting cache to client/ { kind[$1] = "local" }
		/^#[0-9]+ ERROR: / && ($1 in kind) { print kind[$1], substr($0, index($0, "ERROR: ") + 7) }
	' "$1" >"$SCRATCH/exports"
	while read -r kind words; do caches__each caches__fail_one "$kind" "$words"; done <"$SCRATCH/exports"
}

# caches__fail_one from|to SPEC FILE CLASS KIND WORDS
caches__fail_one() {
	[ "$1:$4:$(cache_spec_type "$2")" = "to:ok:$5" ] || return 0
	log_warn "cache $(cache_spec_name "$2"): the export failed, the build is whole: $6 [degrade]"
	caches__tell "$1" "$2" "$3" cache-export failed
}

# Cache-failures: what a cache did in the middle of a build. One that has lost a layer is left out from then on; an export that
# failed is told.
# Needs log.sh, cache-spec.sh and caches.sh. Works in SCRATCH, on what caches.sh has written.
# shellcheck shell=sh

# cache_failures_blame FILE: a build has failed with the words of FILE; where a layer of a cache is what is missing, that cache
# is left out from now on, and FILE says so. False where none is to blame. A step's own words are about other things.
cache_failures_blame() {
	grep -q '^--cache-from$' "$SCRATCH/caches" 2>/dev/null && ! grep -q 'did not complete successfully' "$1" &&
		grep -q -i -E 'failed to copy|unexpected (commit digest|eof)|/blobs?/|cache' "$1" || return 1
	CACHE_FAILURES_NAMED=no
	caches_each cache_failures__find_named "$1"
	caches_each cache_failures__lose_one "$1"
	caches_choose
	# As our own commands say what they have found (judge.sh): the words of a lost layer are those of many things.
	printf 'caches: error: builder: cache-import, tried 1 times: a layer that a cache promised is lost\n' >"$1"
}

# cache_failures__find_named from|to SPEC FILE CLASS TEXT
cache_failures__find_named() { [ "$1:$4" != from:ok ] || ! cache_failures__is_named "$3" "$5" || CACHE_FAILURES_NAMED=yes; }

cache_failures__is_named() { [ -s "$1.host" ] && grep -q -F -f "$1.host" "$2"; }

# cache_failures__lose_one from|to SPEC FILE CLASS TEXT: those that TEXT names, else all.
cache_failures__lose_one() {
	[ "$1:$4" = from:ok ] || return 0
	[ "$CACHE_FAILURES_NAMED" = no ] || cache_failures__is_named "$3" "$5" || return 0
	printf 'cache-import\n' >"$3.class"
	log_warn "cache $(cache_spec_name "$2"): import left out: a layer that it promised is lost [degrade]"
	caches_tell "$1" "$2" "$3" cache-import lost
}

# cache_failures_note_exports FILE: of a build that is well, by its plain progress: which exports have failed all the same.
cache_failures_note_exports() {
	local kind words
	grep -q '^--cache-to$' "$SCRATCH/caches" 2>/dev/null || return 0
	LC_ALL=C awk '
		/^#[0-9]+ exporting to GitHub/ { kind[$1] = "gha" }
		/^#[0-9]+ exporting cache to registry/ { kind[$1] = "registry" }
		/^#[0-9]+ exporting cache to client/ { kind[$1] = "local" }
		/^#[0-9]+ ERROR: / && ($1 in kind) { print kind[$1], substr($0, index($0, "ERROR: ") + 7) }
	' "$1" >"$SCRATCH/exports"
	while read -r kind words; do caches_each cache_failures__fail_one "$kind" "$words"; done <"$SCRATCH/exports"
}

# cache_failures__fail_one from|to SPEC FILE CLASS KIND WORDS
cache_failures__fail_one() {
	[ "$1:$4:$(cache_spec_type "$2")" = "to:ok:$5" ] || return 0
	log_warn "cache $(cache_spec_name "$2"): the export failed, the build is whole: $6 [degrade]"
	caches_tell "$1" "$2" "$3" cache-export failed
}

# Aftermath: what a finished build says about its caches: layers and bytes that came from each, caches that lost a layer,
# exports that failed. BuildKit's progress names the layers that it fetched for steps that did not run; the index that
# gha-cache.sh read before the build says which cache holds a layer.
# Works in SCRATCH, on caches.tsv.
# shellcheck shell=sh

# aftermath_count FILE: FILE has the plain progress of a build that went well.
aftermath_count() {
	local layer size
	caches_use from || return 0
	aftermath__layers "$1" >"$SCRATCH/hits.layers"
	while read -r layer size; do
		AFTERMATH_LAYER=$layer AFTERMATH_CACHE=''
		caches_each aftermath__find
		[ -z "$AFTERMATH_CACHE" ] || printf '%s\t%s\n' "$AFTERMATH_CACHE" "$(sizes_read "$size" || printf 0)"
	done <"$SCRATCH/hits.layers" >"$SCRATCH/hits"
	aftermath__add
}

# aftermath__layers FILE: lines LAYER SIZE of what came under steps; what came under a FROM is the base's.
aftermath__layers() {
	LC_ALL=C awk '
		/^#[0-9]+ \[/ { base[$1] = /\] FROM / }
		/^#[0-9]+ sha256:[0-9a-f]+ / && !base[$1] && $4 == "/" { size[$2] = $5 }
		END { for (layer in size) print layer, size[layer] }
	' "$1"
}

# aftermath__find from|to SPEC FILE CLASS: the first cache that holds it, or may, for its list is not known.
aftermath__find() {
	[ "$1:$4" = from:ok ] && [ -z "$AFTERMATH_CACHE" ] || return 0
	[ ! -s "$3.index" ] || grep -q -F "$AFTERMATH_LAYER" "$3.index" || return 0
	AFTERMATH_CACHE=$(cache_spec_name "$2")
}

# To the rows of the imports.
aftermath__add() {
	LC_ALL=C awk -F '\t' -v OFS='\t' '
		FILENAME == ARGV[1] { hits[$1]++; bytes[$1] += $2; next }
		$2 == "import" && $3 == "used" { $4 = hits[$1] + 0; $5 = sprintf("%.0f", bytes[$1]) }
		{ print }
	' "$SCRATCH/hits" "$SCRATCH/caches.tsv" >"$SCRATCH/caches.counted"
	mv "$SCRATCH/caches.counted" "$SCRATCH/caches.tsv"
}

# aftermath_blame FILE: a build has failed with the words of FILE; where a layer of a cache is what is missing, that cache
# is left out from now on, and FILE says so. False where none is to blame. A step's own words are about other things.
aftermath_blame() {
	caches_use from && ! grep -q 'did not complete successfully' "$1" &&
		grep -q -i -E 'failed to copy|unexpected (commit digest|eof)|/blobs?/|cache' "$1" || return 1
	AFTERMATH_NAMED=no
	caches_each aftermath__find_named "$1"
	caches_each aftermath__lose_one "$1"
	caches_choose
	# As our own commands say what they have found (judge.sh): the words of a lost layer are those of many things.
	printf 'caches: error: builder: cache-import, tried 1 times: a layer that a cache promised is lost\n' >"$1"
}

# aftermath__find_named from|to SPEC FILE CLASS TEXT
aftermath__find_named() { [ "$1:$4" != from:ok ] || ! aftermath__is_named "$3" "$5" || AFTERMATH_NAMED=yes; }

aftermath__is_named() { [ -s "$1.host" ] && grep -q -F -f "$1.host" "$2"; }

# aftermath__lose_one from|to SPEC FILE CLASS TEXT: those that TEXT names, else all.
aftermath__lose_one() {
	[ "$1:$4" = from:ok ] || return 0
	[ "$AFTERMATH_NAMED" = no ] || aftermath__is_named "$3" "$5" || return 0
	printf 'cache-import\n' >"$3.class"
	log_warn "cache $(cache_spec_name "$2"): import left out: a layer that it promised is lost [degrade]"
	caches_tell "$1" "$2" "$3" cache-import lost
}

# aftermath_note_exports FILE: of a build that is well, by its plain progress: which exports have failed all the same.
aftermath_note_exports() {
	local kind words
	caches_use to || return 0
	LC_ALL=C awk '
		/^#[0-9]+ exporting to GitHub/ { kind[$1] = "gha" }
		/^#[0-9]+ exporting cache to registry/ { kind[$1] = "registry" }
		/^#[0-9]+ exporting cache to client/ { kind[$1] = "local" }
		/^#[0-9]+ ERROR: / && ($1 in kind) { print kind[$1], substr($0, index($0, "ERROR: ") + 7) }
	' "$1" >"$SCRATCH/exports"
	while read -r kind words; do caches_each aftermath__fail_one "$kind" "$words"; done <"$SCRATCH/exports"
}

# aftermath__fail_one from|to SPEC FILE CLASS KIND WORDS
aftermath__fail_one() {
	[ "$1:$4:$(cache_spec_type "$2")" = "to:ok:$5" ] || return 0
	log_warn "cache $(cache_spec_name "$2"): the export failed, the build is whole: $6 [degrade]"
	caches_tell "$1" "$2" "$3" cache-export failed
}

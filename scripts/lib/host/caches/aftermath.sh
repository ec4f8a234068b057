# Aftermath: what a finished build says about its caches: layers and bytes taken from each, caches that lost a layer,
# failed exports. BuildKit's progress names the layers that it fetched for steps that did not run; the index that
# gha-cache.sh read before the build says which cache holds a layer. Works in SCRATCH, on caches.tsv.
# shellcheck shell=sh

# aftermath_count FILE: FILE is the plain progress of a successful build.
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

# aftermath__layers FILE: prints LAYER SIZE of each layer that was fetched for a step; those of a FROM belong to the
# base.
aftermath__layers() {
	LC_ALL=C awk '
		/^#[0-9]+ \[/ { base[$1] = /\] FROM / }
		/^#[0-9]+ sha256:[0-9a-f]+ / && !base[$1] && $4 == "/" { size[$2] = $5 }
		END { for (layer in size) print layer, size[layer] }
	' "$1"
}

# aftermath__find from|to SPEC FILE CLASS: takes the first cache that holds the layer, or whose index is unknown.
aftermath__find() {
	[ "$1:$4" = from:ok ] && [ -z "$AFTERMATH_CACHE" ] || return 0
	[ ! -s "$3.index" ] || grep -q -F "$AFTERMATH_LAYER" "$3.index" || return 0
	AFTERMATH_CACHE=$(cache_spec_name "$2")
}

# Adds the counts to the rows of the imports.
aftermath__add() {
	LC_ALL=C awk -F '\t' -v OFS='\t' '
		FILENAME == ARGV[1] { hits[$1]++; bytes[$1] += $2; next }
		$2 == "import" && $3 == "used" { $4 = hits[$1] + 0; $5 = sprintf("%.0f", bytes[$1]) }
		{ print }
	' "$SCRATCH/hits" "$SCRATCH/caches.tsv" >"$SCRATCH/caches.counted"
	mv "$SCRATCH/caches.counted" "$SCRATCH/caches.tsv"
}

# aftermath_blame FILE: FILE is the output of a failed build. If a cache has lost a layer, that cache is not used any
# more and the finding says so. False if no cache is to blame: the output of a RUN step is never about caches.
aftermath_blame() {
	caches_use from && ! grep -q 'did not complete successfully' "$1" &&
		grep -q -i -E 'failed to copy|unexpected (commit digest|eof)|/blobs?/|cache' "$1" || return 1
	AFTERMATH_NAMED=no
	caches_each aftermath__find_named "$1"
	caches_each aftermath__lose_one "$1"
	caches_choose
	# Many other failures have the same words as a missing layer.
	finding_set cache-import '' '' 0 'a layer that the cache listed is missing'
}

# aftermath__find_named from|to SPEC FILE CLASS TEXT
aftermath__find_named() { [ "$1:$4" != from:ok ] || ! aftermath__is_named "$3" "$5" || AFTERMATH_NAMED=yes; }

aftermath__is_named() { [ -s "$1.host" ] && grep -q -F -f "$1.host" "$2"; }

# aftermath__lose_one from|to SPEC FILE CLASS TEXT: drops the caches that TEXT names, or all if it names none.
aftermath__lose_one() {
	[ "$1:$4" = from:ok ] || return 0
	[ "$AFTERMATH_NAMED" = no ] || aftermath__is_named "$3" "$5" || return 0
	printf 'cache-import\n' >"$3.class"
	log_warn "cache $(cache_spec_name "$2"): import left out: a layer that it listed is missing"
	caches_tell "$1" "$2" "$3" cache-import lost
}

# aftermath_note_exports FILE: reports the cache exports that failed in a successful build; FILE is its plain progress.
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
	log_warn "cache $(cache_spec_name "$2"): the export failed, the image is complete: $6"
	caches_tell "$1" "$2" "$3" cache-export failed
}

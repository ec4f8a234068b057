# Cache-hits: what a build has taken out of its caches, in layers and bytes. BuildKit's progress names the layers that it fetched for
# steps that did not run; which cache holds one its list tells, where it was read before the build (gha-cache.sh).
# Needs sizes.sh and caches.sh. Works in SCRATCH, on caches.tsv.
# shellcheck shell=sh

# cache_hits_count FILE: FILE has the plain progress of a build that went well.
cache_hits_count() {
	local layer size
	grep -q '^--cache-from$' "$SCRATCH/caches" 2>/dev/null || return 0
	cache_hits__layers "$1" >"$SCRATCH/hits.layers"
	while read -r layer size; do
		CACHE_HITS_LAYER=$layer CACHE_HITS_NAME=''
		caches_each cache_hits__find
		[ -z "$CACHE_HITS_NAME" ] || printf '%s\t%s\n' "$CACHE_HITS_NAME" "$(sizes_read "$size" || printf 0)"
	done <"$SCRATCH/hits.layers" >"$SCRATCH/hits"
	cache_hits__add
}

# cache_hits__layers FILE: lines LAYER SIZE of what came under steps; what came under a FROM is the base's.
cache_hits__layers() {
	LC_ALL=C awk '
		/^#[0-9]+ \[/ { base[$1] = /\] FROM / }
		/^#[0-9]+ sha256:[0-9a-f]+ / && !base[$1] && $4 == "/" { size[$2] = $5 }
		END { for (layer in size) print layer, size[layer] }
	' "$1"
}

# cache_hits__find from|to SPEC FILE CLASS: the first cache that holds it, or may, for its list is not known.
cache_hits__find() {
	[ "$1:$4" = from:ok ] && [ -z "$CACHE_HITS_NAME" ] || return 0
	[ ! -s "$3.index" ] || grep -q -F "$CACHE_HITS_LAYER" "$3.index" || return 0
	CACHE_HITS_NAME=$(cache_spec_name "$2")
}

# To the rows of the imports.
cache_hits__add() {
	LC_ALL=C awk -F '\t' -v OFS='\t' '
		FILENAME == ARGV[1] { hits[$1]++; bytes[$1] += $2; next }
		$2 == "import" && $3 == "used" { $4 = hits[$1] + 0; $5 = sprintf("%.0f", bytes[$1]) }
		{ print }
	' "$SCRATCH/hits" "$SCRATCH/caches.tsv" >"$SCRATCH/caches.counted"
	mv "$SCRATCH/caches.counted" "$SCRATCH/caches.tsv"
}

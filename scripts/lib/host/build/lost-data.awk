# Prints the ids of the records in the builder's cache that need the image of a failed stage, or an image of any stage if
# the stage is not known. Reads the text of the failing step (what=text), the plain progress (what=progress), then the
# output of `docker buildx du --verbose` (what=records).

what == "text" && match($0, /^ > \[[^]]*[0-9]+\/[0-9]+\]/) { failed = stage_of(substr($0, 4, RLENGTH - 3)) }
what == "progress" && /^#[0-9]+ \[[^]]* ?1\/[0-9]+\] FROM / && match($0, /@sha256:[0-9a-f]+/) {
	digest = substr($0, RSTART + 1, RLENGTH - 1)
	match($0, /\[[^]]*\]/)
	STAGE[digest] = STAGE[digest] stage_of(substr($0, RSTART, RLENGTH)) "|"
}
what == "records" && /^ID:/ { id = $2; ID[++records] = id }
what == "records" && /^ - [a-z0-9]+$/ { PARENTS[id] = PARENTS[id] " " $2 }
what == "records" && /^Description:/ && match($0, /@sha256:[0-9a-f]+$/) { DIGEST[id] = substr($0, RSTART + 1) }

END {
	for (digest in STAGE) if (failed != "" && index("|" STAGE[digest], "|" failed "|")) known = 1
	for (id in DIGEST) if (needs(DIGEST[id])) LOST[id] = 1
	do {
		more = 0
		for (id in PARENTS) if (!(id in LOST) && has_lost_parent(id)) more = LOST[id] = 1
	} while (more)
	for (n = 1; n <= records; n++) if (ID[n] in LOST) print ID[n]
}

# The stage in a name such as `[builder 2/3]`, with the platform if it is named; `stage` without a name.
function stage_of(name) {
	gsub(/^\[| *[0-9]+\/[0-9]+\]$/, "", name)
	return name == "" ? "stage" : name
}

function needs(digest) { return digest in STAGE && (!known || index("|" STAGE[digest], "|" failed "|")) }

function has_lost_parent(id, n, part, count) {
	count = split(PARENTS[id], part, " ")
	for (n = 1; n <= count; n++) if (part[n] in LOST) return 1
	return 0
}

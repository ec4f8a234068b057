# Prints what the output of a failed build says about its images, for suspects.sh. Reads the text of the failing step
# (what=text), then the plain progress of the build (what=progress). One fact a line:
#   step           a RUN step failed, or a push: no image is to blame
#   fetch          BuildKit could not fetch content of an image or of a cache
#   absent         its registry answered that the content does not exist
#   stray          the registry sent the builder to an address that is no URL of a server
#   name WORD      an image or a URL that the text names
#   fetched IMAGE  a layer of this image was incomplete when the build failed
#   cached         a layer of a cached step was incomplete
#   asked IMAGE    the builder asked the registry of this image for its manifest
#   partial        an incomplete layer has bytes, which the builder keeps
#   kept           wrong bytes of a layer that this build did not fetch: the builder kept them from an earlier one

BEGIN { LIMIT = 50 }

what == "text" { read_text($0) }
what == "progress" && /^#[0-9]+ / { read_progress($0) }

END {
	if (STEP) print "step"
	if (FETCH) print "fetch"
	if (ABSENT) print "absent"
	if (STRAY) print "stray"
	for (i = 1; FAILED && i <= NAMES; i++) print "name", NAME[i]
	for (key in STATE) pick(key)
	for (vertex in LEFT) if (LEFT[vertex] == best) tell(vertex)
	if (WRONG && STEPS && !named) print "kept"
}

function read_text(line) {
	if (line ~ /did not complete successfully|failed to push|[?&]scope=[^ &]*push/) STEP = 1
	if (line ~ /^(#[0-9]+ )?ERROR: /) FAILED = 1
	if (line ~ /no byte came: /) FAILED = FETCH = 1
	if (line ~ /failed to (copy: |do request|authorize|fetch [a-z]+ token|resolve source metadata)/) FETCH = 1
	if (line ~ /httpReadSeeker|short read: expected|failed commit on ref "[a-z]+-sha|pull access denied/) FETCH = 1
	if (line ~ /not found$/) ABSENT = 1
	if (line ~ /unsupported protocol scheme|no Host in request URL|failed to parse Location/) STRAY = FETCH = 1
	if (line ~ /unexpected commit digest/ && line ~ /"layer-sha256:/) WRONG = 1
	read_names(line)
	while (match(line, /sha256:[0-9a-f]+/)) {
		LAYER[substr(line, RSTART, RLENGTH)] = 1
		line = substr(line, RSTART + RLENGTH)
	}
}

function read_names(line) {
	if (line ~ /^( > |#[0-9]+ \[|.*no byte came: )/) {
		add(after(line, " FROM "))
		# A bake puts the name of the target in front: `[app context NAME]`.
		if (match(line, /[[ ]context [^]]+\]/)) add(substr(line, RSTART + 9, RLENGTH - 10))
	}
	add(after(line, "metadata for "))
	if (line !~ /^(#[0-9]+ )?ERROR: /) return
	sub(/^(#[0-9]+ )?ERROR: (failed to (build|solve): )*/, "", line)
	if (match(line, /^[^ ]*[^ :]: /)) add(substr(line, 1, RLENGTH - 2))
	while (match(line, /https?:\/\/[^ "'<>]+/)) {
		add(substr(line, RSTART, RLENGTH))
		line = substr(line, RSTART + RLENGTH)
	}
}

# The word behind TEXT in LINE.
function after(line, text, at) {
	at = index(line, text)
	if (!at) return ""
	line = substr(line, at + length(text))
	sub(/ .*/, "", line)
	return line
}

function add(word) {
	sub(/:+$/, "", word)
	if (word ~ /^[!-~]+$/ && NAMES < LIMIT) NAME[++NAMES] = word
}

# A vertex is an image (`[1/2] FROM IMAGE`, `FROM IMAGE`, `[context NAME] IMAGE`), or a cached step whose layers come
# from a cache.
function read_progress(line, part) {
	split(line, part, " ")
	STEPS++
	if (part[2] ~ /^sha256:[0-9a-f]+$/ && part[4] == "/") {
		STATE[part[1] " " part[2]] = line ~ / done$/ ? "done" : part[3]
	} else if (part[3] == "error:") BROKEN[part[1]] = 1
	else if (line ~ /^#[0-9]+ (\[[^]]*\] )?FROM [^ ]+$/) IMAGE[part[1]] = after(line, "FROM ")
	else if (line ~ /^#[0-9]+ (\[internal\] load metadata|resolve image config) for [^ ]+$/) ask(after(line, " for "))
	else if (line ~ /^#[0-9]+ \[context [^]]+\] [^ ]+$/) IMAGE[part[1]] = after(line, "] ")
	else if (line ~ /^#[0-9]+ \[/ && !(part[1] in IMAGE)) IMAGE[part[1]] = ""
}

function ask(image) {
	sub(/^docker-image:\/\//, "", image)
	if (image in ASKED || image !~ /^[!-~]+$/ || ++COUNT_ASKED > LIMIT) return
	ASKED[image] = 1
	print "asked", image
}

# Of the incomplete layers those count that the text names, else those of a vertex with an error, else all.
function pick(key, part, score) {
	split(key, part, " ")
	if (part[2] in LAYER) named = 1
	if (STATE[key] == "done") return
	score = part[2] in LAYER ? 3 : part[1] in BROKEN ? 2 : 1
	if (score > LEFT[part[1]]) LEFT[part[1]] = score
	if (score > best) best = score
	if (STATE[key] != "0B") PARTIAL[part[1]] = 1
}

function tell(vertex) {
	print IMAGE[vertex] == "" ? "cached" : "fetched " IMAGE[vertex]
	if (vertex in PARTIAL) print "partial"
}

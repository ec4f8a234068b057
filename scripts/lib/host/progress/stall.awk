# Prints one line for the current position of a build, read from BuildKit's plain progress:
# `pull|STEP...| LAYER=BYTES...` if the build only fetches images: names of those steps, and the layers being fetched.
#   Two equal lines in a row are a fetch without progress.
# `cache|...` likewise, if some of it comes from a cache: its list of layers, or layers of a step other than FROM.
# `run|STEP...` if nothing but RUN steps is open: `RUN COMMAND` for each of them, up to a pipe.
# `busy` otherwise: another step runs, a layer is being unpacked, a context is being sent, nothing is open.

# A bake puts the name of the target into the brackets, or `[target] ` in front.
BEGIN {
	BASE = "FROM |load metadata for |^\\[([a-zA-Z0-9_-]+ )?context "
	RUN = "^\\[[^]]*\\] (ONBUILD )?RUN "
	BASE = BASE "|^(\\[[a-zA-Z0-9_-]+\\] )?(resolve image config|docker-image:)"
}

# `#5 [1/2] FROM image`, `#2 [internal] load metadata for image`, `#6 https://host/file`: number and name of a step.
# Number 0 names the builder.
/^#[1-9][0-9]* / && !($1 in name) || /^#[0-9]+ \[/ {
	number = $1
	name[number] = substr($0, length(number) + 2)
	open[number] = 1
}
# `#3 importing cache manifest from gha:822716`
/^#[0-9]+ (\[[a-zA-Z0-9_-]+\] )?importing cache manifest from / {
	name[$1] = substr($0, length($1) + 2)
	open[$1] = imports[$1] = 1
}
/^#[0-9]+ CACHED/ { spared[$1] = 1 }
/^#[0-9]+ (DONE|CACHED|ERROR|CANCELED)/ { delete open[$1] }
# `#5 sha256:HEX 4.19MB / 30.00MB 5.3s`, at the end with ` done`.
/^#[0-9]+ sha256:[0-9a-f]+ / {
	layer = $1 " " $2
	if ($NF != "done") {
		if (!(layer in bytes)) pending[$1]++
		bytes[layer] = $3
	} else if (layer in bytes) {
		pending[$1]--
		delete bytes[layer]
	}
	# Also for a cached step, whose layer is still fetched.
	if (pending[$1]) open[$1] = 1
}
/^#[0-9]+ extracting / { unpacks[$1] = $NF != "done" }

# The command of a RUN step, up to a pipe; that of an exec form as the words of its process.
function command(text) {
	sub(/^\[[^]]*\] (ONBUILD )?/, "", text)
	if (text ~ / \["[^"]/) {
		sub(/ \["/, " ", text)
		gsub(/", *"/, " ", text)
		sub(/"\]$/, "", text)
	}
	sub(/[|].*/, "", text)
	return text
}

END {
	kind = ""
	for (number in open) {
		base = name[number] ~ BASE
		if (!base && !(number in imports) && !pending[number]) {
			if (spared[number]) continue
			if (name[number] ~ RUN) {
				busy[1]++
				commands = commands "|" command(name[number])
			} else busy[0]++
			continue
		}
		if (unpacks[number]) busy[0]++
		if (kind != "cache") kind = !base ? "cache" : "pull"
		steps = steps "|" name[number]
	}
	for (layer in bytes) {
		split(layer, part, " ")
		if (part[1] in open) layers = layers " " part[2] "=" bytes[layer]
	}
	if (busy[1] && !busy[0] && kind == "") print "run" commands
	else if (busy[0] || busy[1] || kind == "") print "busy"
	else print kind steps "|" layers
}

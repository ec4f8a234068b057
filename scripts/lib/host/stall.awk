# Where a build stands, from BuildKit's plain progress: one line. `pull` where all that it does is to fetch images, followed
# by the names of those steps and by the layers under way with their bytes; two equal lines are a fetch that stands still.
# `busy` for anything else: a step that runs, a layer that is being unpacked, a context that comes.

# `#5 [1/2] FROM image`, `#2 [internal] load metadata for image`: a step and its number.
/^#[0-9]+ \[/ {
	number = $1
	name[number] = substr($0, length(number) + 2)
	open[number] = 1
}
/^#[0-9]+ (DONE|CACHED|ERROR|CANCELED)/ { delete open[$1] }
# `#5 sha256:HEX 4.19MB / 30.00MB 5.3s`, ` done` behind it at the end.
/^#[0-9]+ sha256:[0-9a-f]+ / {
	if ($NF == "done") delete bytes[$1 " " $2]
	else bytes[$1 " " $2] = $3
}
/^#[0-9]+ extracting / { unpacks[$1] = $NF != "done" }

END {
	kind = "busy"
	for (number in open) {
		if (name[number] !~ /FROM |load metadata for |^\[context |resolve image config/ || unpacks[number]) { kind = "busy"; break }
		kind = "pull"
		steps = steps "|" name[number]
	}
	if (kind == "pull") for (layer in bytes) {
		split(layer, part, " ")
		if (part[1] in open) layers = layers " " part[2] "=" bytes[layer]
	}
	print kind == "pull" ? kind steps "|" layers : kind
}

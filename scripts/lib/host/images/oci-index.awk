# Prints digest and name of each image of an OCI index (image-layout specification 1.1) for store.sh. The name is the
# annotation org.opencontainers.image.ref.name, at any position in the descriptor. Reads JSON as strings and brackets.

{
	rest = $0
	while (match(rest, /"([^"\\]|\\.)*"|[][{}:,]/)) {
		token(substr(rest, RSTART, RLENGTH))
		rest = substr(rest, RSTART + RLENGTH)
	}
}

# KEYS[DEPTH] is the key of the next value in the object at that depth.
function token(text) {
	if (text == "{" || text == "[") {
		KEYS[++DEPTH] = ""
		if (DEPTH == 3) DIGEST = NAME = ""
	} else if (text == "}" || text == "]") {
		if (DEPTH == 3 && KEYS[1] == "manifests" && DIGEST != "" && NAME != "") print DIGEST, NAME
		DEPTH--
	} else if (text == ":") KEYS[DEPTH] = LAST
	else if (text == ",") { if (DEPTH != 2) KEYS[DEPTH] = "" }
	else string(substr(text, 2, length(text) - 2))
}

function string(text) {
	gsub(/\\\//, "/", text)
	LAST = text
	if (KEYS[1] != "manifests" || text ~ /[^!-~]/) return
	if (DEPTH == 3 && KEYS[3] == "digest") DIGEST = text
	if (DEPTH == 4 && KEYS[3] == "annotations" && KEYS[4] == "org.opencontainers.image.ref.name") NAME = text
}

# Takes the names of targets out of the plain progress of a bake. Input: a file with the names, one a line; the
# progress.

FILENAME == ARGV[1] { NAME[$0] = 1; next }

match($0, /^(#[0-9]+| >) \[[a-zA-Z0-9_-]+[] ]/) {
	head = substr($0, 1, index($0, "["))
	name = substr($0, length(head) + 1, RLENGTH - length(head) - 1)
	if (name in NAME) {
		rest = substr($0, RLENGTH + 1)
		# `[app 2/3] RUN` or `[app] exporting to image`
		if (substr($0, RLENGTH, 1) == " ") $0 = head rest
		else $0 = substr(head, 1, length(head) - 1) substr(rest, 2)
	}
}

{ sub(/^ERROR: target [a-zA-Z0-9_-]+: /, "ERROR: "); print }

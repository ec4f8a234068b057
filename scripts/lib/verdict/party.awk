# party.awk: the host or the name that a line of output is about, for the advice behind a failure.

# party_of(CLASS, LINE): returns the name that is not there (an image, a URL without its query, a quoted name), for any
# other class the host. Nothing if the line has none.
function party_of(class, line,    party) {
	# Places in the source of a tool, and pages of its documentation.
	gsub(/[A-Za-z0-9_\/.-]+\.(c|cc|cpp|go|java|js|py|rb|rs|ts):[0-9]+/, "", line)
	gsub(/(here|[Ss]ee|[Vv]isit|about this):? https?:\/\/[^ ]+/, "", line)
	party = line ~ /not found in / && class == "not-found" ? party__find(line, "(image|package|chart) [\"'`][^ \"'`,]+", 1) : ""
	if (party == "") party = party__url(line)
	if (class == "not-found") {
		if (party == "") party = party__find(line, "(for|image|package|branch|chart) [\"'`]?[^ \"'`,]+", 1)
		if (party == "") party = party__find(line, "[\"'`][^ \"'`]+[\"'`]", 0)
		if (party == "") party = party__find(line, "[^ ]+: not found", 0)
	} else {
		sub(/\/.*/, "", party)
		if (party == "") party = party__find(line, "(certificate (of|for)|host ?name|host|denied for|failed to push):?[ =][\"'`]?[^ \"'`,]+", 1)
		if (party == "") party = party__find(line, "cannot verify [^ \"'`,]+", 1)
		if (party == "") party = party__find(line, "ssl_client: [^ :]+", 1)
		if (party == "") party = party__find(line, "repository \\[[^]\\/ ]+", 1)
		if (party == "") party = party__find(line, "@[A-Za-z0-9.-]+:", 0)
		if (party == "") party = party__find(line, "[A-Za-z0-9-]+(\\.[A-Za-z0-9-]+)+(:[0-9]+)?/", 0)
		if (party == "") party = party__find(line, "[A-Za-z0-9-]+(\\.[A-Za-z0-9-]+)+:[0-9]+", 0)
	}
	gsub(/[^A-Za-z0-9._:\/@-]/, "", party)
	sub(/^@/, "", party)
	sub(/[.:\/]+$/, "", party)
	# A version is no host.
	return party ~ /^v[0-9]+(\.[0-9]+)*(-[a-z0-9.]+)?$/ ? "" : party
}

# The first URL without scheme, credentials and query.
function party__url(line,    url) {
	if (!match(line, /https?:\/\/[^ "'`<>()?#,]+/)) return ""
	url = substr(line, RSTART, RLENGTH)
	sub(/^https?:\/\//, "", url)
	sub(/^[^\/]*@/, "", url)
	return url
}

# The first match of PATTERN in LINE; with LAST its last word only.
function party__find(line, pattern, last,    found) {
	if (!match(line, pattern)) return ""
	found = substr(line, RSTART, RLENGTH)
	sub(/: not found$/, "", found)
	if (last) sub(/^.*[ =]/, "", found)
	gsub(/["'`]/, "", found)
	return found
}

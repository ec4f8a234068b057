# Apt sources: finds the archive of the distribution among the sources of an image, and writes source files with other
# URLs. Formats: sources.list(5), one-line and deb822. Which sources exist is read from the output of apt-get
# indextargets; the files are read only for options that it does not print, and to be changed.
# Input, one after another; `table=NAME` before a file on the command line names its kind:
#   table=sources  rows of apt: FILE:NUMBER URI SUITE COMPONENT TYPE (deb or deb-src), separated by tabs
#   table=plan     rows URI SUITE NEW_URI: where a source is read instead, `-` for nowhere
#   table=system   /etc/os-release
#   table=file     a file of sources
# Work:
#   work=archive   prints rows KIND URI SUITE ADDRESS of the archive of the distribution: first those of its main suite
#                  (`anchor`), then the others (`other`). ADDRESS is URI, or the first mirror of a list (mirror+file:)
#   work=expect    prints NEW_URI SUITE COMPONENT TYPE of each row of apt under the plan
#   work=write     prints the file under the plan
# types=deb leaves sources of source code out.
BEGIN { FS = OFS = "\t"; RANK_KEYRING = 5 }

table == "sources" {
	if (types == "deb" && $5 == "deb-src") next
	rows++
	row_entry[rows] = $1; row_uri[rows] = $2; row_suite[rows] = $3; row_component[rows] = $4; row_type[rows] = $5
	next
}
table == "plan" { new_uri[place($1), $2] = $3; next }
table == "system" {
	at = index($0, "=")
	value = substr($0, at + 1)
	gsub(/^["']|["']$/, "", value)
	system_of[substr($0, 1, at - 1)] = value
	next
}
table == "file" {
	if (FILENAME != file) { end_stanza(); file = FILENAME; number = 0; line = 0 }
	line++
	if (file ~ /\.sources$/) take_stanza_line(); else take_line()
}

END {
	end_stanza()
	if (work == "archive") print_archive()
	if (work == "expect") print_expected()
}

# --- one-line format: TYPE [OPTIONS] URI SUITE COMPONENT...
function take_line(    name, before, rest, uri, suite) {
	name = file ":" line
	if (!match($0, /^[ \t]*deb(-src)?[ \t]+(\[[^]]*\])?[ \t]*/)) { write($0); return }
	before = substr($0, 1, RLENGTH); rest = substr($0, RLENGTH + 1)
	take_options(name, before)
	uri = first_word(rest)
	rest = substr(rest, length(uri) + 1)
	suite = first_word(rest)
	if (types == "deb" && before ~ /deb-src/) write("# " $0)
	else if (!((place(uri), suite) in new_uri)) write($0)
	else if (new_uri[place(uri), suite] == "-") write("# " $0)
	else {
		# apt decodes %XX in this format only (ParseQuoteWord in apt's strutl.cc).
		uri = new_uri[place(uri), suite]
		gsub(/%/, "%25", uri)
		write(before uri rest)
	}
}
function take_options(name, text,    words, count, i) {
	gsub(/[][]/, " ", text)
	count = split(text, words, /[ \t]+/)
	for (i = 1; i <= count; i++) {
		if (words[i] ~ /^signed-by=/) key[name] = substr(words[i], 11)
		if (words[i] ~ /^trusted=(yes|true|1|on)/) trusted[name] = 1
	}
}

# --- deb822: stanzas separated by empty lines; apt counts those with a field
function take_stanza_line() {
	if ($0 ~ /^[ \t]*$/) { end_stanza(); write($0); return }
	stanza[++length_of_stanza] = $0
}
function end_stanza(    name, i, field, value) {
	if (!length_of_stanza) return
	delete value_of
	field = ""
	for (i = 1; i <= length_of_stanza; i++) {
		field_of[i] = ""
		if (stanza[i] ~ /^#/) continue
		value = stanza[i]
		if (value !~ /^[ \t]/ && match(value, /^[^:]*:/)) {
			field = tolower(substr(value, 1, RLENGTH - 1))
			value = substr(value, RLENGTH + 1)
		}
		field_of[i] = field
		value_of[field] = value_of[field] " " value
	}
	if (field != "") number++
	name = file ":" number
	if (field != "") {
		key[name] = trim(value_of["signed-by"])
		if (tolower(trim(value_of["trusted"])) ~ /^(yes|true|1|on)$/) trusted[name] = 1
		write_stanza()
	} else write_lines("", "")
	length_of_stanza = 0
}
# A stanza is written once for each URL that serves some of its suites.
function write_stanza(    uris, suites, uri_count, suite_count, i, j, to, order, targets, list, changed) {
	uri_count = split(trim(value_of["uris"]), uris, /[ \t]+/)
	suite_count = split(trim(value_of["suites"]), suites, /[ \t]+/)
	for (i = 1; i <= uri_count; i++) for (j = 1; j <= suite_count; j++) {
		to = uris[i]
		if ((place(to), suites[j]) in new_uri) { to = new_uri[place(to), suites[j]]; changed = 1 }
		if (to == "-") continue
		if (!(to in list)) order[++targets] = to
		if (index(list[to] " ", " " suites[j] " ") == 0) list[to] = list[to] " " suites[j]
	}
	if (types == "deb" && value_of["types"] !~ /(^|[ \t])deb([ \t]|$)/) return
	if (!changed) { write_lines("", ""); return }
	for (i = 1; i <= targets; i++) {
		if (i > 1) write("")
		write_lines(order[i], list[order[i]])
	}
}
function write_lines(uri, suites,    i) {
	for (i = 1; i <= length_of_stanza; i++) {
		if (types == "deb" && field_of[i] == "types") {
			if (stanza[i] !~ /^[ \t]/) write("Types: deb")
		} else if (uri != "" && field_of[i] == "uris") {
			if (stanza[i] !~ /^[ \t]/) write("URIs: " uri)
		} else if (uri != "" && field_of[i] == "suites") {
			if (stanza[i] !~ /^[ \t]/) write("Suites:" suites)
		} else write(stanza[i])
	}
}
function write(text) { if (work == "write") print text }

# --- which sources are the archive of the distribution
# By rank: a keyring of the distribution, or no key of its own and a host in the domain of the distribution; without
# one of these: a path as archives have it, then suites of this release, both first without a key of their own. A
# source with `trusted=yes` or without a suite is never the archive: it belongs to somebody else.
function print_archive(    i, best, anchor, codename, base, suite) {
	for (i = 1; i <= rows; i++) if (rank(i) > best) best = rank(i)
	if (!best) return
	codename = system_of["VERSION_CODENAME"]
	for (i = 1; i <= rows; i++) {
		if (rank(i) != best) continue
		if (!anchor || (row_suite[i] == codename && row_suite[anchor] != codename) ||
			(row_suite[anchor] ~ /[-\/]/ && row_suite[i] !~ /[-\/]/)) anchor = i
	}
	base = row_suite[anchor]
	print "anchor", row_uri[anchor], base, address(row_uri[anchor])
	printed[row_uri[anchor], base] = 1
	for (i = 1; i <= rows; i++) {
		suite = row_suite[i]
		if (printed[row_uri[i], suite] || rank(i) != best && !is_suite_of(i, anchor)) continue
		print suite == base ? "anchor" : "other", row_uri[i], suite, address(row_uri[i])
		printed[row_uri[i], suite] = 1
	}
}
# Whether it has the keys of the anchor, and a suite named after its suite: stable-security, stable/updates.
function is_suite_of(i, anchor,    suite, base) {
	suite = row_suite[i]; base = row_suite[anchor]
	if (!can_move(i) || key[row_entry[i]] != key[row_entry[anchor]]) return 0
	return index(suite "-", base "-") == 1 || index(suite, base "/") == 1
}
function can_move(i) {
	return address(row_uri[i]) ~ /^https?:/ && row_suite[i] !~ /\/$/ && !(row_entry[i] in trusted)
}
function rank(i,    signed, uri) {
	if (!can_move(i)) return 0
	signed = key[row_entry[i]]; uri = address(row_uri[i])
	if (is_keyring(signed)) return RANK_KEYRING
	if (signed == "" && is_in_domain(uri)) return RANK_KEYRING
	if (row_component[i] != "main" || uri row_suite[i] ~ /security/) return 0
	if (uri ~ /\/(debian|ubuntu|ubuntu-ports|raspbian|devuan\/merged|kali)\/$/) return signed == "" ? 4 : 2
	if (index(row_suite[i] "-", system_of["VERSION_CODENAME"] "-") == 1) return signed == "" ? 3 : 1
	return 0
}
# The URL of a source, or of the first mirror that a list names: mirror+file:/FILE (apt-transport-mirror(1)).
function address(uri,    list, text) {
	if (uri !~ /^mirror\+file:\//) return uri
	list = uri
	sub(/^mirror\+file:(\/\/)?/, "", list); sub(/\/$/, "", list)
	if (list in mirror_of) return mirror_of[list]
	mirror_of[list] = uri
	while ((getline text < list) > 0) {
		if (text !~ /^https?:\/\//) continue
		sub(/[ \t].*/, "", text)
		mirror_of[list] = text ~ /\/$/ ? text : text "/"
		break
	}
	close(list)
	return mirror_of[list]
}
# Whether each file of signed-by is a keyring of the distribution, by its name: ID-archive-...
function is_keyring(signed,    files, count, i, name) {
	count = split(signed, files, /[ \t,]+/)
	for (i = 1; i <= count; i++) {
		name = files[i]
		sub(/.*\//, "", name)
		if (files[i] !~ /^\// || index(name, system_of["ID"] "-archive-") != 1) return 0
	}
	return count > 0 && system_of["ID"] != ""
}
function is_in_domain(uri,    host, home) {
	host = "." host_of(uri); home = host_of(system_of["HOME_URL"] "/")
	if (!match(home, /[^.]+\.[^.]+$/)) return 0
	home = "." substr(home, RSTART)
	return length(host) >= length(home) && substr(host, length(host) - length(home) + 1) == home
}
function host_of(uri) {
	sub(/^[a-z]+:\/\//, "", uri); sub(/\/.*/, "", uri); sub(/.*@/, "", uri); sub(/:[0-9]*$/, "", uri)
	return tolower(uri)
}

function print_expected(    i, to) {
	for (i = 1; i <= rows; i++) {
		to = row_uri[i]
		if ((place(to), row_suite[i]) in new_uri) to = new_uri[place(to), row_suite[i]]
		if (to != "-") print to, row_suite[i], row_component[i], row_type[i]
	}
}
# What tells one source from another for apt: it reads http and https of the same host and path as one source.
function place(uri) {
	sub(/^https?:/, "", uri); sub(/^mirror\+file:\/\/\//, "mirror+file:/", uri)
	return uri ~ /\/$/ ? uri : uri "/"
}
function trim(text) { sub(/^[ \t]+/, "", text); sub(/[ \t]+$/, "", text); return text }
function first_word(text) { return match(text, /[^ \t]+/) ? substr(text, RSTART, RLENGTH) : "" }

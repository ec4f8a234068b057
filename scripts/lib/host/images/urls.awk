# Prints the URLs of ADD that a failed build could not fetch, from its plain progress. One URL a line:
#   failed pinned|free URL   of an ADD that failed, or did not end if no step failed; pinned: the line has a checksum
#   beside pinned|free URL   of an ADD that did not end, on the host of a URL that failed
# BuildKit 0.25 names a step of ADD by its line, with the values of the variables.

/^#[0-9]+ \[[^]]*\] ADD / {
	if (!($1 in NAME)) { NAME[$1] = $0; ORDER[++COUNT] = $1 }
	next
}
/^#[0-9]+ (DONE|CACHED)( |$)/ { ENDED[$1] = 1 }
/^#[0-9]+ ERROR: / { FAILED[$1] = 1; ANY = 1 }

END {
	for (n = 1; n <= COUNT; n++) if (has_failed(ORDER[n])) tell("failed", NAME[ORDER[n]])
	for (n = 1; n <= COUNT; n++) if (!has_failed(ORDER[n]) && !(ORDER[n] in ENDED)) tell("beside", NAME[ORDER[n]])
}

function has_failed(step) { return (step in FAILED) || (!ANY && !(step in ENDED)) }

function tell(how, name,    words, count, number, url, host, pinned) {
	count = split(name, words, " ")
	pinned = name ~ / --checksum=/ ? "pinned" : "free"
	for (number = 1; number <= count; number++) {
		url = words[number]
		gsub(/^["[]+|["\],]+$/, "", url)
		if (url !~ /^https?:\/\/./ || url ~ /[^!-~]/ || url in SAID) continue
		host = url
		sub(/^[a-z]+:\/\//, "", host)
		sub(/[\/?#].*/, "", host)
		if (how == "failed") HOSTS[host] = 1
		else if (!(host in HOSTS)) continue
		SAID[url] = 1
		print how, pinned, url
	}
}

# status.awk: finds HTTP statuses by number and place, whatever words follow. Lines are in lower case.

# status_mark(LINE): returns LINE with `@` before each status from 400 to 599, so a rule can write @404 or @5[0-9][0-9].
# Other numbers (ports, line numbers, sizes, ids) stay as they are.
function status_mark(line,    done, before, rest, length_before) {
	if (line !~ /[45][0-9][0-9]/) return line
	done = ""
	rest = line
	while (match(rest, /(^|[^a-z0-9.@_])e?[45][0-9][0-9]([^a-z0-9_]|$)/)) {
		length_before = RSTART - 1
		while (substr(rest, length_before + 1, 1) !~ /[45]/) length_before++
		before = done substr(rest, 1, length_before)
		rest = substr(rest, length_before + 1)
		done = before (status__is_status(before, substr(rest, 4)) ? "@" : "")
		done = done substr(rest, 1, 3)
		rest = substr(rest, 4)
	}
	return done rest
}

# Whether the number between BEFORE and AFTER is a status: a count of things is none.
function status__is_status(before, after) {
	if (after ~ /^ *(ms|s|sec|seconds?|bytes?|b|[kmg]i?b|%|files?|packages?|items?|lines?|tests?|of|more|modules?|rows?|results?|entries|records?|objects?|times)([^a-z]|$)/)
		return 0
	return status__is_announced(before) || status__is_explained(before, after)
}

# Whether the words in front of the number announce a status: `HTTP/1.1 `, `status code: `, `returned error: `, `code e`.
function status__is_announced(before) {
	before = substr(before, length(before) - 60 > 0 ? length(before) - 60 : 1)
	if (before ~ /exit(ed)?( with)?( status| code)*[^a-z0-9]*$/ || before ~ /(expected|want(ed)?)[^0-9]* [0-9][0-9][0-9][^0-9]*$/)
		return 0
	return before ~ /http\/[0-9](\.[0-9])?"? +$/ ||
		before ~ /(^|[^a-z])(http|https|httperror|http_code)[-: =("'\[]*$/ ||
		before ~ /(status|response|error|return|http|reason|s3)[-_ ]?(code|status)?( is| was| of)?["']?[-: =("'\[<]*$/ ||
		before ~ /(^|[^a-z])(code|err!|error code)( is| was)?["']?[: =("'\[]*e?$/ ||
		before ~ /(indicate success|returned|returns|got|gave|received|answered|answer|answers|replied|responded|responds|with|awaiting response\.\.\.)( an?| unexpected| with)?[ :("'\[]*$/
}

# Whether the number stands where a status stands: behind a URL, in brackets, before its reason, a URL or an address.
function status__is_explained(before, after) {
	if (after ~ /^ \(https?:/) return 1
	if (before ~ /(total|count|size|lines?|port|pid|errors|warnings|files|bytes|id|length|failed|passed|skipped|found|had|has)["']?[:=]? *$/)
		return 0
	if (after ~ /^\.[0-9]/ || after ~ /^[:\/-][0-9]/) return 0
	if (before ~ /(https?:\/\/|[a-z0-9-]\.[a-z]+\/)[^ ]*[,:]? [-, :("'\[]*$/) return 1
	if (before ~ /(^|[ >])[(\[]$/ && after ~ /^[])]/) return 1
	if (before ~ /: $/ && after ~ /^(["'.]?$| \([a-z])/) return 1
	if (before !~ /(^|[ >(\["'e]|[^a-z0-9]:)$/) return 0
	return after ~ /\[ip: / ||
		after ~ /^[:)]? *[-(]* *(https?:|for (url|https?:)|on https?:|from https?:|while |(errors?|returned) from|(client |server )?error([^a-z]|$)|response|status( code)?([^a-z]|$))/ ||
		after ~ /^[]:)]?[ -]*[(\["]*(bad request|unauthori[sz]ed|payment req|forbidden|not found|method not|not accept)/ ||
		after ~ /^[]:)]?[ -]*[(\["]*(proxy auth|request time-?out|conflict|gone([^a-z]|$)|length req|precondition|payload too)/ ||
		after ~ /^[]:)]?[ -]*[(\["]*(request entity|uri too|unsupported media|i'?m a teapot|unprocessable|locked|too early)/ ||
		after ~ /^[]:)]?[ -]*[(\["]*(upgrade req|too many req|request header|unavailable for|client error|server error)/ ||
		after ~ /^[]:)]?[ -]*[(\["]*(internal|not implemented|bad gateway|service |gateway|insufficient stor|proxy error)/ ||
		after ~ /^[]:)]?[ -]*[(\["]*(web server|web site|origin |ssl handshake|unknown error|slow down|backend|first byte)/ ||
		after ~ /^[]:)]?[ -]*[(\["]*(connection (timed|refused|reset)|a timeout occ|https required|network auth|guru )/
}

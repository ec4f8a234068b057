# weave-outage.awk: what download tools print when they give up for an outage; the step may go on. Functions of a line
# of the plain progress. Retries that may have succeeded do not count, nor do the words of compilers and tests.
# pip_has_more: yes if another index may have a package that the first one seems to lack.

BEGIN {
	# stdout may stand between the `W:` of apt and its text.
	split("Some index files failed to download|Failed to fetch [a-z+]+:" \
		"\nRetry\\(total=0," \
		"\n curl: \\((5|6|7|16|18|28|35|52|55|56|92)\\) " \
		"\n wget: (bad address|can't connect|download timed out|unable to resolve host)" \
		"\n wget: server returned error: HTTP/[0-9.]+ 5" \
		"\n(Connecting|Resolving) .*(failed: |\\.\\.\\. )(Connection |Name or service|Network is |Temporary failure)" \
		"\n ERROR 5[0-9][0-9]: |Read error at byte .*Giving up" \
		"\n fatal: unable to access .*(Could not|Failed to connect|timed out|error: (429|5[0-9][0-9]))" \
		"\n npm (ERR!|error) (network |code (E429|E5[0-9][0-9]|ECONN|ENOTFOUND|ETIMEDOUT|EAI_AGAIN|ERR_SOCKET))" \
		"\n WARNING: .*(fetching|opening|Ignoring) .*: (temporary|network|IO) error" \
		"\n error sending request for url |Request failed after [0-9]+ retries", GAVE_UP, "\n")
}

function gave_up(line,    number) {
	# A server of the step itself is no upstream.
	if (line ~ /localhost|127\.0\.0\.[0-9]|\[?::1\]?[: ]/) return 0
	if (pip_has_more == "yes" && line ~ /\(from versions: none\)/) return 1
	for (number in GAVE_UP) if (line ~ GAVE_UP[number]) return 1
	return 0
}

# Whether apt finds no package of a name, as after an update that failed.
function lacks_package(line) {
	return line ~ /Unable to locate package |Package .* has no installation candidate|Version .* for .* was not found/
}

# Whether a step, by the line with its command, reads the lists of apt and installs nothing.
function updates_apt(line) { return line ~ /apt(-get)? ([^&;|]* )?update/ && line !~ / install / }

# pip-retry.awk: what pip does in a RUN step that runs, read from BuildKit's plain progress. Prints one line or none:
# `repeats WORDS`  pip has repeated a request whose connection failed, twice, or once after a timeout of 15 s
# `waits`          a step whose pip has printed nothing yet, or nothing but lines of pip: it may wait for an index

/^#[0-9]+ \[[^]]*\] (ONBUILD )?RUN / {
	command = $0
	sub(/^#[0-9]+ \[[^]]*\] (ONBUILD )?/, "", command)
	# The words of an exec form: RUN ["pip", "install", "six"]
	if (gsub(/\[ *"|" *, *"/, " ", command)) gsub(/  +/, " ", command)
	if (command ~ /pip[0-9.]* (-[^ ]* )*install / && command !~ /uv pip /) {
		runs[$1] = 1
		# Nothing else runs before pip.
		first[$1] = command ~ /^RUN (--[^ ]* )*([^ ]*python[0-9.]* -m )?([^ ]*\/)?pip[0-9.]* (-[^ ]* )*install /
	}
}
/^#[0-9]+ (DONE|CACHED|ERROR|CANCELED)/ { delete runs[$1] }
/^#[0-9]+ [0-9.]+ / && ($1 in runs) {
	said[$1] = 1
	pip[$1] = /^#[0-9]+ [0-9.]+ +(Looking in|Collecting|Downloading|Obtaining|Using cached|Requirement already|WARNING: Retry)/
	# A server of the step itself is no upstream.
	if (/Retrying \(Retry\(total=/ && !/localhost|127\.0\.0\.[0-9]/) {
		count[$1] += /imeoutError|timed out/ ? 2 : 1
		words[$1] = substr($0, index($0, "Retrying"), 300)
	}
}

END {
	for (step in runs) {
		if (count[step] > 1) {
			print "repeats", words[step]
			exit
		}
		if (said[step] ? pip[step] : first[step]) waits = 1
	}
	if (waits) print "waits"
}

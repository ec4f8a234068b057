# Removes secrets from logs, events, reports and bundles: logins in URLs, query strings, authentication headers, tokens,
# passwords and private keys.
# Runs as `sed -E` on bytes (LC_ALL=C), with GNU sed and busybox sed. Redacting a redacted text changes nothing.
# A line in sed's buffer holds no newline, so newline + letter is used as a mark; the last two rules remove the marks.

# Mark A: an `@` that does not end a login: before a digest, and in paths of a Go proxy or an npm registry.
s/@(sha(256|384|512):)/\nA\1/g
s!/@(v/|latest)!/\nA\1!g
s!(://([A-Za-z0-9-]+\.)+[A-Za-z0-9-]+(:[0-9]+)?(/[^[:blank:]@]*)?/)@([a-z0-9])!\1\nA\5!g

# Logins in URLs. A password may hold any character, so it ends at the last `@` before the next blank.
s!://[^[:blank:]]*@!://***@!g
s!(^|[][:blank:]"'`=(<|[])[A-Za-z0-9._%+-]+:[^[:blank:]/"'`]+@([A-Za-z]|[0-9]+\.[0-9]+\.[0-9]+\.[0-9])!\1***@\2!g
s!(://[^[:blank:]"'?]*)\?([^[:blank:]"'<>\\]|\\[^[:blank:]"'])+!\1?***!g
s!\?[A-Za-z0-9_.~%+-]+=([^[:blank:]"'<>\\]|\\[^[:blank:]"'])*!?***!g

# Mark H: an authentication header; without quotes its value ends at the end of the line. Mark S: a quoted name.
s/(^|[^A-Za-z0-9-])((proxy-)?authorization|(set-)?cookie)( *:)/\1\2\nH\5/gI
s/(^|[^A-Za-z0-9-])(x-[a-z0-9-]*(token|key|auth|secret|signature)[a-z0-9-]*)( *:)/\1\2\nH\4/gI
s/(^|[^A-Za-z0-9-])((private|job|deploy)-token)( *:)/\1\2\nH\4/gI
s/((proxy-)?authorization|(set-)?cookie|x-[a-z0-9-]*(token|key|auth|secret|signature)[a-z0-9-]*)(\\*["'] *:)/\1\nS\5/gI
s/"([A-Za-z0-9-]*)\nH( *: *)([^"\\]|\\.)*/"\1\2***/g
s/'([A-Za-z0-9-]*)\nH( *: *)[^']*/'\1\2***/g
s/\nH( *: *).*/\1***/

# `Bearer TOKEN` and `Basic TOKEN`, if TOKEN does not look like a word of prose.
s!(Bearer|bearer|BEARER)( +)[^[:blank:]"',;=]*([0-9A-Z_~+/]|[.-][A-Za-z0-9])[^[:blank:]"',;]*!\1\2***!g
s!(Basic|basic|BASIC)( +)[A-Za-z0-9+/]+[A-Z0-9+/=][A-Za-z0-9+/=_-]{3}[A-Za-z0-9+/=_-]*!\1\2***!g

# Tokens with a well-known prefix.
s/(^|[^A-Za-z0-9])(gh[a-z]_[A-Za-z0-9]{8}|github_pat_[A-Za-z0-9_]{8})[A-Za-z0-9_.-]*/\1***/g
s/(^|[^A-Za-z0-9])(gl[a-z]{2,6}-[A-Za-z0-9_-]{8}|dckr_pat_[A-Za-z0-9_-]{8})[A-Za-z0-9_.-]*/\1***/g
s/(^|[^A-Za-z0-9])(npm_[A-Za-z0-9]{12}|pypi-[A-Za-z0-9_-]{16}|hf_[A-Za-z0-9]{16})[A-Za-z0-9_.-]*/\1***/g
s/(^|[^A-Za-z0-9])((AKIA|ASIA)[A-Z0-9]{12}|AIza[A-Za-z0-9_-]{30})[A-Za-z0-9_-]*/\1***/g
s/(^|[^A-Za-z0-9])sk[_-](live|test|ant|proj)[_-][A-Za-z0-9_-]{8}[A-Za-z0-9_-]*/\1***/g
s/(^|[^A-Za-z0-9])(xox[a-z]-[A-Za-z0-9-]{8}|AGE-SECRET-KEY-1[A-Z0-9]{8})[A-Za-z0-9_-]*/\1***/g
s/eyJ[A-Za-z0-9_-]{4}[A-Za-z0-9_-]*\.[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]*)*/***/g

# Mark S: a name that always stands for a secret. Mark W: a name that also occurs in prose.
s/((passw(or)?d|passphrase|[A-Za-z0-9][_-](token|secret|pass|pwd))[A-Za-z0-9_.-]*)(\\*["']? *[:=])/\1\nS\5/gI
s/((api|access|private|secret|account|signing|encryption)[_-]?key[A-Za-z0-9_.-]*)(\\*["']? *[:=])/\1\nS\3/gI
s/((secret|token|credential|(license|ssh|auth)[_-]?key)[A-Za-z0-9_.-]*)(\\*["']? *[:=])/\1\nW\4/gI
s/(^|[^A-Za-z0-9])(pass|_?auth)(\\*["']? *[:=])/\1\2\nW\3/gI
s/((un[a-z]+|invalid|illegal|missing|near|stray) token)\nW/\1/gI
s/\n[SW](" *: *\[? *")([^"\\]|\\.)*/\1***/g
s/\n[SW](\\+" *: *\[? *\\+")([^"\\]|\\\\\\"|\\[^"])*/\1***/g
s/\n[SW]('? *: *\[? *')[^']*/\1***/g
s/\n[SW]( *: *")[^"]*/\1***/g
s/\n[SW](\\*["']? *= *)("([^"\\]|\\.)*"?|\\+"[^"]*"?|'[^']*'?)/\1***/g
s/\n[SW](\\*["']?=)([^][:blank:]"'=>]|["']+[^][:blank:]"':;,.)}])([^][:blank:]"']|[]"']+[^][:blank:]"':;,.)}])*/\1***/g
s/\nS( *[:=] *)[^[:blank:]"',=>][^[:blank:]"',]*/\1***/g
# Mark O: the value of a command-line option.
s/(--?[a-z-]*(passw(or)?d|passphrase|token|api-?key|(secret|access)-key)[[:blank:]]+)/\1\nO/gI
s/\nO("[^"]*"?|\\+"[^"]*"?|'[^']*'?|[^[:blank:]]+)/***/g

# Private keys, on one line or on several: within a block the last word of each line belongs to the key.
s/-----BEGIN [A-Z0-9 ]*PRIVATE KEY[A-Z ]*-----.*-----END [^-]*-----/***/g
/-----BEGIN [A-Z0-9 ]*PRIVATE KEY/,/-----END [A-Z0-9 ]*PRIVATE KEY/{
s/(-----BEGIN [A-Z0-9 ]*PRIVATE KEY[A-Z ]*-----).+/\1***/
s!(^|[^A-Za-z0-9+/=-])[A-Za-z0-9+/=]+$!\1***!
s![A-Za-z0-9+/=]{32}[A-Za-z0-9+/=]*!***!g
}

s/\nA/@/g
s/\n[SWHO]//g

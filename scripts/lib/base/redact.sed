# What no log, event, report or bundle may hold: logins in URLs, query strings, headers of a login, tokens, passwords, private keys.
# `sed -E`, for GNU's and busybox's sed, on bytes (LC_ALL=C). A text that has been redacted is not changed by redacting it again.
# A line has no newline of its own, so a newline and a letter mark a place for the rules below, and are gone at the end.

# A: an `@` that ends no login, before a digest, and in paths of a Go proxy or an npm registry.
s/@(sha(256|384|512):)/\nA\1/g
s!/@(v/|latest)!/\nA\1!g
s!(://([A-Za-z0-9-]+\.)+[A-Za-z0-9-]+(:[0-9]+)?(/[^[:blank:]@]*)?/)@([a-z0-9])!\1\nA\5!g

# By position: whatever a password is made of, it ends with the last `@` before the next blank.
s!://[^[:blank:]]*@!://***@!g
s!(^|[][:blank:]"'`=(<|[])[A-Za-z0-9._%+-]+:[^[:blank:]/"'`]+@([A-Za-z]|[0-9]+\.[0-9]+\.[0-9]+\.[0-9])!\1***@\2!g
s!(://[^[:blank:]"'?]*)\?([^[:blank:]"'<>\\]|\\[^[:blank:]"'])+!\1?***!g
s!\?[A-Za-z0-9_.~%+-]+=([^[:blank:]"'<>\\]|\\[^[:blank:]"'])*!?***!g

# H: a header. Without quotes around it, it goes on to the end of the line. S: a name in quotes.
s/(^|[^A-Za-z0-9-])((proxy-)?authorization|(set-)?cookie|x-[a-z0-9-]*(token|key|auth|secret|signature)[a-z0-9-]*|(private|job|deploy)-token)( *:)/\1\2\nH\7/gI
s/((proxy-)?authorization|(set-)?cookie|x-[a-z0-9-]*(token|key|auth|secret|signature)[a-z0-9-]*)(\\*["'] *:)/\1\nS\5/gI
s/"([A-Za-z0-9-]*)\nH( *: *)([^"\\]|\\.)*/"\1\2***/g
s/'([A-Za-z0-9-]*)\nH( *: *)[^']*/'\1\2***/g
s/\nH( *: *).*/\1***/

# Schemes of a login, where what follows is no word of prose.
s!(Bearer|bearer|BEARER)( +)[^[:blank:]"',;=]*([0-9A-Z_~+/]|[.-][A-Za-z0-9])[^[:blank:]"',;]*!\1\2***!g
s!(Basic|basic|BASIC)( +)[A-Za-z0-9+/]+[A-Z0-9+/=][A-Za-z0-9+/=_-]{3}[A-Za-z0-9+/=_-]*!\1\2***!g

# Tokens that say what they are.
s/(^|[^A-Za-z0-9])(gh[a-z]_[A-Za-z0-9]{8}|github_pat_[A-Za-z0-9_]{8}|gl[a-z]{2,6}-[A-Za-z0-9_-]{8}|npm_[A-Za-z0-9]{12}|pypi-[A-Za-z0-9_-]{16}|dckr_pat_[A-Za-z0-9_-]{8}|hf_[A-Za-z0-9]{16})[A-Za-z0-9_.-]*/\1***/g
s/(^|[^A-Za-z0-9])((AKIA|ASIA)[A-Z0-9]{12}|AIza[A-Za-z0-9_-]{30}|xox[a-z]-[A-Za-z0-9-]{8}|sk[_-](live|test|ant|proj)[_-][A-Za-z0-9_-]{8}|AGE-SECRET-KEY-1[A-Z0-9]{8})[A-Za-z0-9_-]*/\1***/g
s/eyJ[A-Za-z0-9_-]{4}[A-Za-z0-9_-]*\.[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]*)*/***/g

# S: a name that is a secret's wherever it stands. W: one that prose has too.
s/((passw(or)?d|passphrase|api[_-]?key|(access|private|secret|account|signing|encryption)[_-]?key|[A-Za-z0-9][_-](token|secret|pass|pwd))[A-Za-z0-9_.-]*)(\\*["']? *[:=])/\1\nS\6/gI
s/((secret|token|credential|(license|ssh|auth)[_-]?key)[A-Za-z0-9_.-]*|(^|[^A-Za-z0-9])(pass|_?auth))(\\*["']? *[:=])/\1\nW\6/gI
s/((un[a-z]+|invalid|illegal|missing|near|stray) token)\nW/\1/gI
s/\n[SW](" *: *\[? *")([^"\\]|\\.)*/\1***/g
s/\n[SW](\\+" *: *\[? *\\+")([^"\\]|\\\\\\"|\\[^"])*/\1***/g
s/\n[SW]('? *: *\[? *')[^']*/\1***/g
s/\n[SW]( *: *")[^"]*/\1***/g
s/\n[SW](\\*["']? *= *)("([^"\\]|\\.)*"?|\\+"[^"]*"?|'[^']*'?)/\1***/g
s/\n[SW](\\*["']?=)([^][:blank:]"'=>]|["']+[^][:blank:]"':;,.)}])([^][:blank:]"']|[]"']+[^][:blank:]"':;,.)}])*/\1***/g
s/\nS( *[:=] *)[^[:blank:]"',=>][^[:blank:]"',]*/\1***/g
s/(--?[a-z-]*(password|passwd|passphrase|token|api-?key|secret-key|access-key)[[:blank:]]+)("[^"]*"?|\\+"[^"]*"?|'[^']*'?|[^[:blank:]]+)/\1***/gI

# Private keys, on one line or on many: in such a block the last word of each line is part of the key.
s/-----BEGIN [A-Z0-9 ]*PRIVATE KEY[A-Z ]*-----.*-----END [^-]*-----/***/g
/-----BEGIN [A-Z0-9 ]*PRIVATE KEY/,/-----END [A-Z0-9 ]*PRIVATE KEY/{
s/(-----BEGIN [A-Z0-9 ]*PRIVATE KEY[A-Z ]*-----).+/\1***/
s!(^|[^A-Za-z0-9+/=-])[A-Za-z0-9+/=]+$!\1***!
s![A-Za-z0-9+/=]{32}[A-Za-z0-9+/=]*!***!g
}

s/\nA/@/g
s/\n[SWH]//g

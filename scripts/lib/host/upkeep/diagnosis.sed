# Removes secrets from a bundle that strangers read, after redact.sed. It rather removes too much than too little.
# `sed -E`, for GNU and busybox sed, on bytes (LC_ALL=C).

# Values of all build arguments.
s/(build-arg:[A-Za-z_][A-Za-z0-9_]*\\*" *: *\\*")([^"\\]|\\[^"])*/\1***/g
s/(build-arg:[A-Za-z_][A-Za-z0-9_]*=)("[^"]*"?|'[^']*'?|[^[:blank:]]*)/\1***/g
s/(--build-arg[ =]"[A-Za-z_][A-Za-z0-9_]*=)[^"]*/\1***/g
s/(--build-arg[ =]'[A-Za-z_][A-Za-z0-9_]*=)[^']*/\1***/g
s/(--build-arg[ =][A-Za-z_][A-Za-z0-9_]*=)("[^"]*"?|'[^']*'?|[^[:blank:]]*)/\1***/g

# The row of a table whose first cell is the name of a secret.
s/^([[:blank:]]*[A-Za-z0-9_.-]*(passw|passphrase|secret|token|credential|api[_-]?key|[_-](key|auth|pass|pwd))[A-Za-z0-9_.-]*(	+|   *)).+/\1***/I
# After the name of a secret: the rest of the line, or the quoted text. After a name that occurs in prose, too: one word.
s/((passw(or)?d|passphrase|api[_-]?key|[A-Za-z0-9][_-](key|token|secret|pass|pwd|auth))[A-Za-z0-9_.-]*\\*["']? *[:=] *\\*")([^"\\]|\\[^"])*/\1***/gI
s/((passw(or)?d|passphrase|api[_-]?key|[A-Za-z0-9][_-](key|token|secret|pass|pwd|auth))[A-Za-z0-9_.-]*( *: +| += *))[^"'=].*/\1***/I
s/((passw(or)?d|passphrase|secret|token|credentials?|api[_-]?key|[A-Za-z0-9][_-](key|pass|pwd|auth))[A-Za-z0-9_.-]*=)[^[:blank:]]+/\1***/gI
s/((^|[^A-Za-z])(secret|token|auth|pass)[A-Za-z0-9_.-]*['"]? *: *['"]?)[^[:blank:]"']+(['"]?,?)$/\1***\4/I
# Logins in curl's options and in .netrc.
s/((^|[[:blank:]])(-u|--user|--proxy-user)[[:blank:]=]*[^[:blank:]:]+:)[^[:blank:]]+/\1***/g
/(machine|login)[[:blank:]]/s/(password[[:blank:]]+)[^[:blank:]]+/\1***/g

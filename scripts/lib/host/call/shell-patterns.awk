# shell-patterns.awk: ${NAME#PATTERN}, ${NAME%PATTERN} and ${NAME/PATTERN/TEXT} like BuildKit 0.34, which turns
# patterns into regular expressions of Go. For shell-words.awk.

BEGIN {
	# Characters of a value or pattern.
	PATTERN_LONGEST = 300
}

# The value without the shortest (#, %) or longest (##, %%) match at its beginning or end.
function without_match(value, word, sign,    longest, size) {
	longest = (substr(word, 1, 1) == sign)
	if (longest) word = substr(word, 2)
	read_pattern(word, value)
	size = longest_match(value, longest, sign == "#" ? 1 : -1)
	if (size < 0) return value
	return sign == "#" ? substr(value, size + 1) : substr(value, 1, length(value) - size)
}

# The value with `other` in place of the first match, or of all: then as Go's ReplaceAllString does, with no empty
# match right behind another match.
function with_replacement(value, pattern, other, all,    result, at, size, copied) {
	read_pattern(pattern, value)
	# A $ in the text would be a group of the expression.
	if (all && other ~ /\$/) ERROR = "a replacement without $"
	result = ""; copied = 1
	for (at = 1; at <= length(value) + 1 && ERROR == ""; ) {
		size = longest_match(substr(value, at), 1, 1)
		if (size < 0) { at++; continue }
		if (!all) return substr(value, 1, at - 1) other substr(value, at + size)
		result = result substr(value, copied, at - copied)
		if (at + size > copied || at == 1) result = result other
		copied = at + size
		at = size > 0 ? copied : at + 1
	}
	return result substr(value, copied)
}

# Sets PATTERN to the TOKENS of a pattern: * is any text, ? any character; a backslash makes them literal.
function read_pattern(pattern, value,    at, sign) {
	TOKENS = 0
	if (length(pattern) > PATTERN_LONGEST || length(value) > PATTERN_LONGEST || (pattern value) ~ /[^ -~]/)
		ERROR = "a pattern and a value of at most " PATTERN_LONGEST " ASCII characters"
	for (at = 1; at <= length(pattern) && ERROR == ""; at++) {
		sign = substr(pattern, at, 1)
		KIND_OF[++TOKENS] = (sign == "*" || sign == "?" ? sign : "is")
		if (sign == "\\") {
			sign = substr(pattern, ++at, 1)
			if (sign !~ /^[}\/*?\\]$/) ERROR = "a pattern without that backslash"
		}
		PATTERN[TOKENS] = sign
	}
}

# How many characters at the beginning of the text match the pattern, the most or the fewest; -1 for none. step -1:
# at the end of the text.
function longest_match(text, longest, step,    on, at, token, size, sign, found) {
	found = -1; size = length(text)
	for (token = 0; token <= TOKENS; token++) on[token] = 0
	on[0] = 1
	for (at = 0; at <= size; at++) {
		WORKED += TOKENS + 1
		if (WORKED > WORK) { ERROR = TOO_LONG; return -1 }
		for (token = 1; token <= TOKENS; token++)
			if (on[token - 1] && kind_at(token, step) == "*") on[token] = 1
		if (on[TOKENS]) { found = at; if (!longest) return found }
		sign = substr(text, step > 0 ? at + 1 : size - at, 1)
		for (token = TOKENS; token >= 1; token--) {
			if (kind_at(token, step) == "*") continue
			on[token] = on[token - 1] && \
				(kind_at(token, step) == "?" || PATTERN[step > 0 ? token : TOKENS + 1 - token] == sign)
		}
		on[0] = 0
	}
	return found
}

function kind_at(token, step) { return KIND_OF[step > 0 ? token : TOKENS + 1 - token] }

# shell-words.awk: parses words with quotes, escape characters and variables like BuildKit 0.25
# (frontend/dockerfile/shell/lex.go, function by function). For dockerfile.awk. ERROR is set for text that BuildKit
# refuses and for text beyond a bound.

BEGIN {
	# Bounds: characters of a value, nested variables, characters of a value or pattern for ${X#P}, and steps in total.
	LONGEST = 4096; DEEPEST = 40; PATTERN_LONGEST = 300; WORK = 1500000
}

# The text with its variables expanded; ERROR is not empty if that is impossible. raw: keeps quotes and escape
# characters; unset: keeps variables too. LEXED has its COUNT words.
function lexed(text, escape, raw, unset,    result) {
	TEXT = text; END_OF_TEXT = length(text); AT = 1; ESC = escape; RAW_QUOTES = RAW_ESCAPES = raw; KEEPS_UNSET = unset
	ERROR = ""; DEPTH = 0; COUNT = 0; WORD = ""; IN_WORD = 0
	result = until("", raw)
	if (WORD != "") LEXED[++COUNT] = WORD
	return result
}

# The text before `stop`, or all of it.
function until(stop, raw,    result, sign, part, was) {
	was = RAW_ESCAPES; RAW_ESCAPES = raw; WORD = ""; result = ""
	if (++DEPTH > DEEPEST) ERROR = "depth"
	while (AT <= END_OF_TEXT && ERROR == "") {
		sign = substr(TEXT, AT, 1)
		if (sign == stop) { AT++; DEPTH--; RAW_ESCAPES = was; WORD = ""; return result }
		if (sign == "'") { part = in_single_quotes(); add_raw(part) }
		else if (sign == "\"") { part = in_double_quotes(); add_raw(part) }
		else if (sign == "<") { part = possible_heredoc(); add_raw(part) }
		else if (sign == "$") { part = dollar(); add_text(part) }
		else if (sign != ESC) { part = sign; AT++; add_character(sign) }
		else {
			part = RAW_ESCAPES ? sign : ""
			part = part substr(TEXT, ++AT, 1)
			AT++
			add_raw(part)
		}
		result = result part
		if ((!RAW_QUOTES && length(result) > LONGEST) || ++WORKED > WORK) ERROR = "length"
	}
	DEPTH--; RAW_ESCAPES = was
	if (stop != "" && ERROR == "") ERROR = "end"
	return result
}

function add_raw(text) { WORD = WORD text; IN_WORD = 1 }

function add_text(text,    at) { for (at = 1; at <= length(text); at++) add_character(substr(text, at, 1)) }

function add_character(sign) {
	if (sign !~ /[ \t\n\v\f\r]/) add_raw(sign)
	else if (IN_WORD && WORD != "") { LEXED[++COUNT] = WORD; WORD = ""; IN_WORD = 0 }
}

function in_single_quotes(    text, end) {
	text = substr(TEXT, AT + 1)
	end = index(text, "'")
	if (end == 0) { ERROR = "quote"; return "" }
	AT += end + 1
	WORKED += length(text) / 100
	text = substr(text, 1, end - 1)
	return RAW_QUOTES ? "'" text "'" : text
}

function in_double_quotes(    result, sign, next_sign) {
	result = RAW_QUOTES ? "\"" : ""
	AT++
	while (AT <= END_OF_TEXT && ERROR == "") {
		if (++WORKED > WORK || (!RAW_QUOTES && length(result) > LONGEST)) ERROR = "length"
		sign = substr(TEXT, AT, 1)
		if (sign == "$") { result = result dollar(); continue }
		AT++
		if (sign == "\"") return RAW_QUOTES ? result "\"" : result
		if (sign == ESC) {
			if (RAW_ESCAPES) result = result sign
			next_sign = substr(TEXT, AT, 1)
			if (next_sign == "") break
			if (next_sign == "\"" || next_sign == "$" || next_sign == ESC) { sign = next_sign; AT++ }
		}
		result = result sign
	}
	if (ERROR == "") ERROR = "quote"
	return ""
}

function possible_heredoc(    space) {
	AT++
	if (substr(TEXT, AT, 1) != "<") return "<"
	AT++
	space = ""
	while (substr(TEXT, AT, 1) ~ /^[\t\r ]$/) space = space substr(TEXT, AT++, 1)
	return "<<" space
}

# The value of the variable at AT; AT moves behind it.
function dollar(    name, sign, form, word) {
	AT++
	if (substr(TEXT, AT, 1) != "{") {
		name = variable_name()
		return name == "" || KEEPS_UNSET ? "$" name : value_of(name)
	}
	AT++
	if (substr(TEXT, AT, 1) ~ /^[{}:]?$/) { ERROR = "substitution"; return "" }
	name = variable_name()
	sign = form = substr(TEXT, AT++, 1)
	if (sign == "}") return KEEPS_UNSET ? "${" name "}" : value_of(name)
	if (sign == "/") return replaced(name)
	if (sign == ":") { sign = substr(TEXT, AT++, 1); form = form sign }
	else if (sign !~ /^[-+?#%]$/) { ERROR = "modifier"; return "" }
	if (form ~ /^:[#%]/) { ERROR = "modifier"; return "" }
	word = until("}", sign ~ /[#%]/)
	if (ERROR != "") return ""
	return KEEPS_UNSET ? "${" name form word "}" : formed(name, sign, form ~ /^:/, word)
}

# Applies the form of the variable: a default, an alternative, a required value, or a removed beginning or end.
function formed(name, sign, filled, word,    value, is_there, longest) {
	value = value_of(name)
	is_there = (name in VALUES) && !(filled && value == "")
	if (sign == "-") return is_there ? value : word
	if (sign == "+") return is_there ? word : ""
	if (sign == "?") { if (!is_there) ERROR = "unset"; return value }
	if (sign !~ /[#%]/) { ERROR = "modifier"; return "" }
	longest = (substr(word, 1, 1) == sign)
	if (longest) word = substr(word, 2)
	read_pattern(word, value)
	return sign == "#" ? without_prefix(value, longest) : without_suffix(value, longest)
}

# ${NAME/PATTERN/TEXT}; // replaces all matches.
function replaced(name,    all, pattern, other, value, result, at, size) {
	all = (substr(TEXT, AT, 1) == "/")
	AT += all
	pattern = until("/", 1)
	if (ERROR == "") other = until("}", 1)
	if (ERROR != "") return ""
	if (KEEPS_UNSET) return "${" name "/" pattern "/" other "}"
	value = value_of(name)
	read_pattern(pattern, value)
	# Go has its own rules for empty matches, and $1 in the text is a group.
	if (all && (other ~ /\$/ || pattern ~ /^\**$/)) ERROR = "pattern"
	result = ""
	for (at = 1; at <= length(value) + 1 && ERROR == ""; at++) {
		size = longest_match(substr(value, at), 1, 1)
		if (size >= 0) {
			result = result other
			at += size
			if (!all) return result substr(value, at)
			at--
			if (size > 0) continue
		}
		result = result substr(value, at, 1)
	}
	return result
}

# Sets PATTERN to the TOKENS of a pattern: * is any text, ? any character; a backslash makes them literal.
function read_pattern(pattern, value,    at, sign) {
	TOKENS = 0
	if (length(pattern) > PATTERN_LONGEST || length(value) > PATTERN_LONGEST || (pattern value) ~ /[^ -~]/) ERROR = "pattern"
	for (at = 1; at <= length(pattern) && ERROR == ""; at++) {
		sign = substr(pattern, at, 1)
		KIND_OF[++TOKENS] = (sign == "*" || sign == "?" ? sign : "is")
		if (sign == "\\") {
			sign = substr(pattern, ++at, 1)
			if (sign !~ /^[}\/*?\\]$/) ERROR = "pattern"
		}
		PATTERN[TOKENS] = sign
	}
}

# How many characters at the beginning of the text match the pattern, the most or the fewest; -1 for none. step -1: at
# the end of the text.
function longest_match(text, longest, step,    on, at, token, size, sign, found, nothing, number) {
	found = -1; size = length(text)
	for (token = 0; token <= TOKENS; token++) on[token] = 0
	on[0] = 1
	for (at = 0; at <= size; at++) {
		WORKED += TOKENS + 1
		if (WORKED > WORK) { ERROR = "length"; return -1 }
		for (token = 1; token <= TOKENS; token++)
			if (on[token - 1] && kind_at(token, step) == "*") on[token] = 1
		if (on[TOKENS]) { found = at; if (!longest) return found }
		sign = substr(text, step > 0 ? at + 1 : size - at, 1)
		for (token = TOKENS; token >= 1; token--) {
			if (kind_at(token, step) == "*") continue
			on[token] = on[token - 1] && (kind_at(token, step) == "?" || PATTERN[step > 0 ? token : TOKENS + 1 - token] == sign)
		}
		on[0] = 0
	}
	return found
}

function kind_at(token, step) { return KIND_OF[step > 0 ? token : TOKENS + 1 - token] }

function without_prefix(value, longest,    size) {
	size = longest_match(value, longest, 1)
	return size < 0 ? value : substr(value, size + 1)
}

function without_suffix(value, longest,    size) {
	size = longest_match(value, longest, -1)
	return size < 0 ? value : substr(value, 1, length(value) - size)
}

# A name may have letters of any script; their bytes are all accepted.
function variable_name(    text, name) {
	text = substr(TEXT, AT, 256)
	if (match(text, /^[0-9]+/) || match(text, /^[@*#?$!-]/)) { AT += RLENGTH; return substr(text, 1, RLENGTH) }
	name = ""
	while (match(text, /^[A-Za-z0-9_]+/) || substr(text, 1, 1) > "~") {
		if (RLENGTH < 1) RLENGTH = 1
		if (RLENGTH == 256 || (!KEEPS_UNSET && substr(text, 1, 1) > "~")) { ERROR = "name"; return "" }
		name = name substr(text, 1, RLENGTH)
		AT += RLENGTH
		WORKED += RLENGTH
		text = substr(TEXT, AT, 256)
	}
	return name
}

# UNKNOWN: the variables whose value is beyond a bound.
function value_of(name) {
	if (name in UNKNOWN) ERROR = "length"
	return (name in VALUES) ? VALUES[name] : ""
}

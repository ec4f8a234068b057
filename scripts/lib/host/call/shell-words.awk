# shell-words.awk: expands quotes, escape characters and variables like BuildKit 0.34 (frontend/dockerfile/shell,
# lex.go, function by function; shell-patterns.awk has the patterns). ERROR is what the text lacks, if BuildKit refuses
# it or if it is beyond a bound.
# VALUES are the variables. KEEPS: a variable whose value cannot be known stays in the text as it was written. Such
# variables are those in UNKNOWN, those without a value if OPEN (a base image may set them), all of them if KEEPS is
# "all". LEFT_UNKNOWN says whether one stayed.

BEGIN {
	# Bounds: characters of a value, nested variables, and steps in total.
	LONGEST = 4096; DEEPEST = 40; WORK = 1500000
	TOO_LONG = "a value of at most " LONGEST " characters"
}

# The text with its variables expanded. raw: keeps quotes and escape characters. LEXED has its COUNT words.
function lexed(text, escape, raw, keeps,    result) {
	TEXT = text; END_OF_TEXT = length(text); AT = 1; ESC = escape; RAW_QUOTES = RAW_ESCAPES = raw; KEEPS = keeps
	ERROR = ""; LEFT_UNKNOWN = DEPTH = COUNT = IN_WORD = 0; WORD = ""
	if (!raw && END_OF_TEXT <= LONGEST && text ~ /^[A-Za-z0-9_.:@-]+$/) { LEXED[COUNT = 1] = text; return text }
	result = until("", raw, 0)
	if (WORD != "") LEXED[++COUNT] = WORD
	return result
}

# The text before `stop`, or all of it. pattern: doubles the escape characters of a quoted text, because the text is
# parsed once more.
function until(stop, raw, pattern,    result, sign, part, was) {
	was = RAW_ESCAPES; RAW_ESCAPES = raw; WORD = ""; result = ""
	if (++DEPTH > DEEPEST) ERROR = "at most " DEEPEST " nested variables"
	while (AT <= END_OF_TEXT && ERROR == "") {
		sign = substr(TEXT, AT, 1)
		if (sign == stop) { AT++; DEPTH--; RAW_ESCAPES = was; WORD = ""; return result }
		if (sign == "'") { part = in_single_quotes(pattern); add_raw(part) }
		else if (sign == "\"") { part = in_double_quotes(pattern); add_raw(part) }
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
		if ((!RAW_QUOTES && length(result) > LONGEST) || ++WORKED > WORK) ERROR = TOO_LONG
	}
	DEPTH--; RAW_ESCAPES = was
	if (stop != "" && ERROR == "") ERROR = "the end of a variable"
	return result
}

function add_raw(text) { WORD = WORD text; IN_WORD = 1 }

function add_text(text,    at) { for (at = 1; at <= length(text); at++) add_character(substr(text, at, 1)) }

function add_character(sign) {
	if (sign !~ /[ \t\n\v\f\r]/) add_raw(sign)
	else if (IN_WORD && WORD != "") { LEXED[++COUNT] = WORD; WORD = ""; IN_WORD = 0 }
}

function in_single_quotes(pattern,    text, end, at, result) {
	text = substr(TEXT, AT + 1)
	end = index(text, "'")
	if (end == 0) { ERROR = "a closing quote"; return "" }
	AT += end + 1
	WORKED += length(text) / 100
	text = substr(text, 1, end - 1)
	result = ""
	while (pattern && (at = index(text, ESC)) > 0) {
		result = result substr(text, 1, at) ESC
		text = substr(text, at + 1)
	}
	text = result text
	return RAW_QUOTES ? "'" text "'" : text
}

function in_double_quotes(pattern,    result, sign, next_sign) {
	result = RAW_QUOTES ? "\"" : ""
	AT++
	while (AT <= END_OF_TEXT && ERROR == "") {
		if (++WORKED > WORK || (!RAW_QUOTES && length(result) > LONGEST)) ERROR = TOO_LONG
		sign = substr(TEXT, AT, 1)
		if (sign == "$") { result = result dollar(); continue }
		AT++
		if (sign == "\"") return RAW_QUOTES ? result "\"" : result
		if (sign == ESC) {
			next_sign = substr(TEXT, AT, 1)
			if (next_sign == "") break
			if (next_sign == "\"" || next_sign == "$" || next_sign == ESC) {
				if (RAW_ESCAPES) result = result sign
				sign = next_sign; AT++
			} else if (RAW_ESCAPES && (!RAW_QUOTES || pattern)) result = result sign
		}
		result = result sign
	}
	if (ERROR == "") ERROR = "a closing quote"
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
		return name == "" || is_kept(name) ? "$" name : value_of(name)
	}
	AT++
	if (substr(TEXT, AT, 1) ~ /^[{}:]?$/) { ERROR = "a name of a variable"; return "" }
	name = variable_name()
	sign = form = substr(TEXT, AT++, 1)
	if (sign == "}") return is_kept(name) ? "${" name "}" : value_of(name)
	if (sign == "/") return replaced(name)
	if (sign == ":") { sign = substr(TEXT, AT++, 1); form = form sign }
	if (form ~ /^:[#%]/ || (sign !~ /^[-+?#%]$/ && (KEEPS != "all" || form !~ /^:/))) {
		ERROR = "a modifier of variables that BuildKit has"
		return ""
	}
	word = until("}", sign ~ /[#%]/, sign ~ /[#%]/)
	if (ERROR != "") return ""
	return is_kept(name) ? "${" name form word "}" : formed(name, sign, form ~ /^:/, word)
}

# Applies the form of the variable: a default, an alternative, a required value, or a removed beginning or end.
function formed(name, sign, filled, word,    value, is_there) {
	value = value_of(name)
	is_there = (name in VALUES) && !(filled && value == "")
	if (sign == "-") return is_there ? value : word
	if (sign == "+") return is_there ? word : ""
	if (sign == "?") { if (!is_there) ERROR = "a value of " name; return value }
	return without_match(value, word, sign)
}

# ${NAME/PATTERN/TEXT}; // replaces all matches.
function replaced(name,    all, pattern, other) {
	all = (substr(TEXT, AT, 1) == "/")
	AT += all
	pattern = until("/", 1, 1)
	if (ERROR == "") other = until("}", 1, 0)
	if (ERROR != "") return ""
	if (is_kept(name)) return "${" name "/" pattern "/" other "}"
	return with_replacement(value_of(name), pattern, other, all)
}

# A name may have letters of any script; their bytes are all accepted where the name does not matter.
function variable_name(    text, name) {
	text = substr(TEXT, AT, 256)
	if (match(text, /^[0-9]+/) || match(text, /^[@*#?$!-]/)) { AT += RLENGTH; return substr(text, 1, RLENGTH) }
	name = ""
	while (match(text, /^[A-Za-z0-9_]+/) || substr(text, 1, 1) > "~") {
		if (RLENGTH < 1) RLENGTH = 1
		if (RLENGTH == 256 || (KEEPS != "all" && substr(text, 1, 1) > "~")) {
			ERROR = "a name of a variable in ASCII"
			return ""
		}
		name = name substr(text, 1, RLENGTH)
		AT += RLENGTH
		WORKED += RLENGTH
		text = substr(TEXT, AT, 256)
	}
	return name
}

function is_kept(name) {
	if (KEEPS != "all" && !(KEEPS && ((name in UNKNOWN) || (OPEN && !(name in VALUES))))) return 0
	return LEFT_UNKNOWN = 1
}

function value_of(name) {
	if (name in UNKNOWN) ERROR = TOO_LONG
	return (name in VALUES) ? VALUES[name] : ""
}

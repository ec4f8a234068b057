# dockerfile-words.awk: splits an instruction into flags and words like BuildKit 0.34 (frontend/dockerfile/parser:
# split_command, line_parsers). All results are in WORDS.

BEGIN {
	# From the blank on; the last one stands for DEL.
	ASCII = " !\"#$%&'()*+,-./0123456789:;<=>?@ABCDEFGHIJKLMNOPQRSTUVWXYZ"
	ASCII = ASCII "[\\]^_`abcdefghijklmnopqrstuvwxyz{|}~\001"
}

# The rest of an instruction behind its flags. Sets FLAGS[1] to FLAGS[FLAG_COUNT], without quotes and escape characters.
function after_flags(line, escape,    at, size, sign, quote, word, open) {
	FLAG_COUNT = 0; at = 1; size = length(line)
	while (1) {
		while (substr(line, at, 1) ~ /^[ \t\v\f\r]$/) at++
		if (substr(line, at, 2) != "--") return substr(line, at)
		word = quote = ""; open = 0
		for (; at <= size; at++) {
			sign = substr(line, at, 1)
			if (++WORKED > WORK) { unread(BEGUN, "fewer flags"); return "" }
			if (quote == "" && sign ~ /^[ \t\v\f\r]$/) break
			if (quote == "" && (sign == "'" || sign == "\"")) { quote = sign; open = 1; continue }
			if (quote != "" && sign == quote) { quote = ""; continue }
			if (sign == escape) {
				if (at == size) { quote = ""; continue }
				sign = substr(line, ++at, 1)
			}
			word = word sign
		}
		if (word == "--") return substr(line, at)
		if (open || word != "") FLAGS[++FLAG_COUNT] = word
		# BuildKit treats some bytes of other scripts as blanks here.
		if (word ~ /[^ -~]/) unread(BEGUN, "flags in ASCII")
	}
}

# Splits at blanks outside of quotes, and keeps quotes and escape characters; returns the number of words.
function split_words(text,    at, sign, quote, word, count, open, size) {
	count = 0; word = quote = ""; open = 0; size = length(text)
	for (at = 1; at <= size; at++) {
		sign = substr(text, at, 1)
		if (++WORKED > WORK) { unread(BEGUN, "fewer words"); return 0 }
		if (quote == "" && sign ~ /^[ \t\v\f\r]$/) {
			if (open) WORDS[++count] = word
			word = ""; open = 0
			continue
		}
		open = 1
		if (sign == ESCAPE && quote != "'") {
			if (at == size) break
			word = word sign substr(text, ++at, 1)
			continue
		}
		word = word sign
		if (quote != "") { if (sign == quote) quote = "" }
		else if (sign == "'" || sign == "\"") quote = sign
	}
	if (open) WORDS[++count] = word
	return count
}

# The words of ADD or COPY: a JSON array of strings, or text with blanks between words.
function list_words(text) { return is_json_list(text) ? JSON_COUNT : split(trimmed(text), WORDS, /[ \t\v\f\r]+/) }

# Whether the text is a JSON array of strings: its JSON_COUNT strings are in WORDS.
function is_json_list(text,    at, sign) {
	JSON_COUNT = 0
	if (text !~ /^\[.*\][ \t\r]*$/) return 0
	at = 2 + blanks_at(text, 2)
	if (substr(text, at, 1) == "]") return substr(text, at + 1) ~ /^[ \t\r]*$/
	while (substr(text, at, 1) == "\"" && (at = json_string(text, at)) > 0) {
		WORDS[++JSON_COUNT] = JSON_TEXT
		at += blanks_at(text, at)
		sign = substr(text, at++, 1)
		if (sign == "]") return substr(text, at) ~ /^[ \t\r]*$/
		if (sign != ",") return 0
		at += blanks_at(text, at)
	}
	return 0
}

function blanks_at(text, at) { return match(substr(text, at), /^[ \t\r\n]+/) ? RLENGTH : 0 }

# The place behind the JSON string that begins at `at`, 0 if it is none. Sets JSON_TEXT; a character beyond ASCII that
# is written as \u becomes \001, which no name or URL has.
function json_string(text, at,    sign, code) {
	JSON_TEXT = ""
	while ((sign = substr(text, ++at, 1)) != "\"") {
		if (sign < " " || ++WORKED > WORK) return 0
		if (sign == "\\") {
			sign = substr(text, ++at, 1)
			if (sign == "u") {
				code = tolower(substr(text, at + 1, 4))
				if (code !~ /^[0-9a-f][0-9a-f][0-9a-f][0-9a-f]$/) return 0
				at += 4
				sign = code ~ /^00[2-7]/ ? substr(ASCII, hexadecimal(code) - 31, 1) : "\001"
			} else if (sign ~ /^[bfnrt]$/) sign = substr("\b\f\n\r\t", index("bfnrt", sign), 1)
			else if (sign !~ /^["\\\/]$/) return 0
		}
		JSON_TEXT = JSON_TEXT sign
	}
	return at + 1
}

function hexadecimal(code,    at, value) {
	for (at = 1; at <= length(code); at++) value = 16 * value + index("0123456789abcdef", substr(code, at, 1)) - 1
	return value
}

# The place behind the JSON value at `at`, 0 if it is none. depth 0 is the file itself: its member "syntax", if that
# is a string, goes to JSON_SYNTAX.
function json_value(text, at, depth,    sign, key, end) {
	at += blanks_at(text, at)
	sign = substr(text, at, 1)
	if (++WORKED > WORK || depth > DEEPEST) return 0
	if (sign == "\"") return json_string(text, at)
	if (sign != "{" && sign != "[") {
		end = substr(text, at, 400)
		return match(end, /^(true|false|null|-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][-+]?[0-9]+)?)/) ? at + RLENGTH : 0
	}
	end = sign == "{" ? "}" : "]"
	at++
	at += blanks_at(text, at)
	if (substr(text, at, 1) == end) return at + 1
	while (1) {
		if (end == "}") {
			at += blanks_at(text, at)
			if (substr(text, at, 1) != "\"" || !(at = json_string(text, at))) return 0
			key = JSON_TEXT
			at += blanks_at(text, at)
			if (substr(text, at++, 1) != ":") return 0
			at += blanks_at(text, at)
			if (depth == 0 && key == "syntax") JSON_HAS_SYNTAX = (substr(text, at, 1) == "\"")
		}
		if (!(at = json_value(text, at, depth + 1))) return 0
		if (depth == 0 && key == "syntax" && JSON_HAS_SYNTAX) JSON_SYNTAX = JSON_TEXT
		at += blanks_at(text, at)
		sign = substr(text, at++, 1)
		if (sign == end) return at
		if (sign != ",") return 0
	}
}

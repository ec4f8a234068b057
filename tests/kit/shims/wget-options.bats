# The reader of wget's arguments: which calls are plain downloads, and what of them a mirror gets.
# bats file_tags=every-shell
load ../helpers

MODULES='words-table mirror net-options pieces curl-call wget-call wget-options wget-pieces'
read_call='. "$LIB/load.sh"; load base
	for name in '"$MODULES"'; do . "$LIB/shims/$name.sh"; done
	if wget_pieces_read "$@"; then
		printf "%s|%s|%s|%s|%s\n" "$WGET_URL" "$WGET_OUTPUT" "$WGET_FOLDER" "$WGET_GIVEN" "$WGET_MIRROR"
	else printf "wget\n"; fi'

# call WANTED WORD...
call() {
	local wanted=$1
	shift
	snippet "$read_call" "$@"
	ended 0 "$wanted"$'\n' ''
}

@test "a plain download is read in every spelling" {
	call "https://h/f|-|| quiet output-document | '-q' '-O' '-'" -qO- https://h/f
	call "https://h/f|-|| quiet output-document | '-q' '-O' '-'" -q -O - https://h/f
	call "https://h/f|-|| output-document | '-O' '/dev/stdout'" -O /dev/stdout https://h/f
	call "https://h/f|out|| no-verbose output-document | '-nv' '--output-document' 'out'" \
		-nv --output-document=out https://h/f
	call "https://h/f||d/| directory-prefix | '-P' 'd'" https://h/f -P d
	call "https://h/f||| no-verbose quiet | '-nv' '-q'" -nvq https://h/f
}

@test "a mirror gets no credential" {
	call "https://h/f||| quiet | '-q'" \
		-q --user=me --password pw --header 'Authorization: x' --load-cookies c https://h/f
}

@test "any other call is wget's own" {
	local words
	while IFS= read -r words; do
		# shellcheck disable=SC2086 # the words of the line
		call wget $words
	done <<-'CALLS'
		-q
		-O x https://h/a https://h/b
		-O - https://h/a https://h/b
		https://h/a https://h/b?x
		https://h/a https://g/a
		--save-cookies c https://h/a https://h/b
		https://h/a ftp://h/b
		-c https://h/f
		-N https://h/f
		-r https://h/f
		-i list
		--post-data x https://h/f
		--method=PUT https://h/f
		-o log https://h/f
		-b https://h/f
		-e robots=off https://h/f
		--content-disposition https://h/f
		--no-such-option https://h/f
		--quie https://h/f
		-q -- https://h/f
		h/f
		ftp://h/f
		http://localhost/f
		-nX https://h/f
		-O
	CALLS
}

@test "a call with several URLs becomes one for each, with all other words" {
	read_pieces=${read_call%%if wget*}'show() { printf "%s " "$@"; }
		wget_pieces_read "$@" && wget_pieces__each show && printf "%s\n" "$WGET_PIECES_FILES"'
	cd "$BATS_TEST_TMPDIR"
	snippet "$read_pieces" -nv --user=me -Pd https://h/1 https://h/2
	ended 0 "-nv --user me -P d https://h/1 -nv --user me -P d https://h/2  'd/1' 'd/2'"$'\n' ''
	snippet "$read_pieces" -qO- https://h/1 https://h/2
	ended 0 $'-q -O - https://h/1 -q -O - https://h/2 \n' ''
	touch 1
	call wget https://h/1 https://h/2
}

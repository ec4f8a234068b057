# The reader of curl's arguments: which calls are plain downloads, and what of them a mirror gets.
# bats file_tags=every-shell
load ../helpers

MODULES='words-table mirror net-options pieces curl-call curl-options curl-pieces'
read_call='. "$LIB/load.sh"; load base; 
	for name in '"$MODULES"'; do . "$LIB/shims/$name.sh"; done
	if curl_pieces_read "$@"; then printf "%s|%s|%s|%s\n" "$CURL_URL" "$CURL_OUTPUT" "$CURL_GIVEN" "$CURL_MIRROR"
	else printf "curl\n"; fi'
read_pieces='. "$LIB/load.sh"; load base;
	for name in '"$MODULES"'; do . "$LIB/shims/$name.sh"; done
	show() { printf "%s " "$@"; printf "\n"; }
	if curl_pieces_read "$@"; then curl_pieces_each show; else printf "curl\n"; fi'

# call WANTED WORD...
call() {
	local wanted=$1
	shift
	snippet "$read_call" "$@"
	ended 0 "$wanted"$'\n' ''
}

@test "a plain download is read in every spelling" {
	call "https://h/f|| fail silent show-error location | '--fail' '--silent' '--show-error' '--location'" \
		-fsSL https://h/f
	call "https://h/f|out| silent output | '--silent' '--output' 'out'" -soout https://h/f
	call "https://h/f|out| output | '--output' 'out'" https://h/f --output out
	call "https://h/f|remote| remote-name | '--remote-name'" --url https://h/f -O
	call "https://h/f|| output | '--output' '-'" -o - https://h/f
	call "h.example/f|| |" h.example/f
	call "https://h/f|| user-agent | '--user-agent' 'it'\\''s me'" -A "it's me" https://h/f
	call "https://h/{a}|| globoff | '--globoff'" -g 'https://h/{a}'
	call "https://h/f|| no-progress-meter no-keepalive | '--no-progress-meter' '--no-keepalive'" \
		--no-progress-meter --no-keepalive https://h/f
}

@test "a mirror gets no credential" {
	call "https://h/f|| silent | '--silent'" -su me:pw https://h/f
	call "https://h/f|| |" --oauth2-bearer t -b c=d -n -E cert --key k -H 'Authorization: x' -H 'X-Token: y' https://h/f
	call "https://h/f|| header | '--header' 'Accept: text/plain'" -H 'Accept: text/plain' https://h/f
}

@test "any other call is curl's own" {
	local words
	while IFS= read -r words; do
		# shellcheck disable=SC2086 # the words of the line
		call curl $words
	done <<-'CALLS'
		-fsSL
		-o a -o b https://h/f
		-O -o b https://h/f
		-d x https://h/f
		-dx https://h/f
		--json x https://h/f
		-F a=b https://h/f
		-T f https://h/f
		-X POST https://h/f
		-C - https://h/f
		-K file https://h/f
		https://h/a --next https://h/b
		-sN https://h/f
		-Z https://h/f
		--no-such-option https://h/f
		--outp out https://h/f
		--output=out https://h/f
		-s -- https://h/f
		-o
		https://h/{a,b}
		https://h/[1-3]
		ftp://h/f
		file:///f
		http://localhost:8080/health
		http://127.0.0.1/
		http://[::1]/
		http://u:p@localhost/
		--unix-socket /s http://h/f
		-V
		-o a -o b -o c https://h/a https://h/b
		-Z https://h/a https://h/b
		https://h/a file:///b
		https://h/a http://localhost/b
		-sc jar https://h/a https://h/b
		-b x=y https://h/a https://h/b
		-v https://h/a https://h/b
		-D head https://h/a https://h/b
		--rate 2/s https://h/a https://h/b
		-w %{urlnum} https://h/a https://h/b
		-w @form https://h/a https://h/b
		-O https://h/a https://h/b --remote-name-all
		https://h/a https://h/{b,c}
	CALLS
}

# pieces WANTED WORD...
pieces() {
	local wanted=$1
	shift
	snippet "$read_pieces" "$@"
	ended 0 "$wanted"$'\n' ''
}

@test "a call with several URLs becomes one for each, with its own output and all other options" {
	pieces '--fail --silent --output a https://h/1 '$'\n''--fail --silent --output b https://h/2 ' \
		-fs -o a https://h/1 -ob https://h/2
	pieces '--user me:pw --remote-name https://h/1 '$'\n''--user me:pw --remote-name h/2 ' \
		-OOu me:pw https://h/1 --url h/2
	pieces '--output a https://h/1 '$'\n''https://h/2 ' https://h/1 https://h/2 -o a
	pieces '--remote-name-all https://h/1 '$'\n''--remote-name-all https://h/2 ' \
		--remote-name-all https://h/1 https://h/2
	pieces '--header X: y z https://h/1 '$'\n''--header X: y z https://h/2 ' \
		-H 'X: y z' https://h/1 https://h/2
}

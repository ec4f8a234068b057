# Transcript: prepares the log of a build for rules that match single lines. Pure.
# shellcheck shell=sh

TRANSCRIPT_ESC=$(printf '\033')
TRANSCRIPT_TAB=$(printf '\t')

# Makes lower case; removes colours and timestamps. A quoted recipe may span lines and contain any phrase, so it is
# removed, up to 200 lines: a longer one has no end. The hold space keeps its lines until it ends, with a mark before
# each.
transcript_clean() {
	LC_ALL=C sed -e "s/$TRANSCRIPT_ESC\\[[0-9;?]*[a-zA-Z]//g" -e "s/[^ -~$TRANSCRIPT_TAB]/ /g" \
		-e 'y/ABCDEFGHIJKLMNOPQRSTUVWXYZ/abcdefghijklmnopqrstuvwxyz/' \
		-e 's/^[0-9][0-9-]*t[0-9:.]*z* //' -e 's/^[0-9][0-9]:[0-9:.]*  *//' \
		-e "x
/^\$/!b inside
x
/: process \"/!b
/\" did not complete/b end
\$b
h
d
:inside
G
/\" did not complete/b join
/^$TRANSCRIPT_ESC\{200\}/b empty
\$b empty
s/^/$TRANSCRIPT_ESC/
h
d
:join
s/\n/ /g
:empty
s/^$TRANSCRIPT_ESC*//
x
s/.*//
x
:end
s/process \".*\" did not complete/process did not complete/"
}

# Drops step headers, Dockerfile excerpts, shell traces and other echoes of the recipe: they may contain any phrase.
# Puts `@phase ` before the lines of a build step that reads or writes a cache, pushes, or boots the builder, and
# `@warn ` before warnings. The hold space keeps `#step phase` lines; output without a step number is step 0.
# Basic expressions only: musl has no back references in extended ones.
transcript_phase() {
	LC_ALL=C sed -e 's/executor failed running \[.*\]:/executor failed running:/' \
		-e "s/the command '.*' returned a non-zero/the command returned a non-zero/" \
		-e '/^[#0-9 .]*[>*]* *[0-9][0-9]* | /d' \
		-e '/^#[0-9]* \[[^]]*[0-9]\/[0-9]*\] [a-z]/d' \
		-e '/^[ =]*> \(error \)*\(cached \)*\[[^]]*[0-9]\/[0-9]*\] [a-z]/d' \
		-e '/^step [0-9]*\/[0-9]* : /d' -e '/^[#0-9 .]*+ /d' \
		-e '/^#[0-9][0-9]* /!s/^/#0 /' \
		-e 's/^\(#[0-9]* \)[0-9][0-9]*\.[0-9][0-9]* */\1/' -e 's/^\(#[0-9]* \)[ =>#|]*/\1/' \
		-e 's/^\(#[0-9]* \)error \(import\|export\)ing /\1\2ing /' \
		-e 't go' -e ':go' \
		-e 's/^\(#[0-9]* \)importing cache manifest.*/\1cache-import/;t keep' \
		-e 's/^\(#[0-9]* \)exporting\( to github actions\)* cache.*/\1cache-export/;t keep' \
		-e 's/^\(#[0-9]* \)preparing build cache for.*/\1cache-export/;t keep' \
		-e 's/^\(#[0-9]* \)\[internal\] booting buildkit.*/\1boot/;t keep' \
		-e 's/^\(#[0-9]* \)\(pushing \(layers\|manifest\)\|the push refers to\) .*/\1push/;t keep' \
		-e 's/^\(#0 \)[0-9a-f]*: \(layer already exists\|preparing\|push[a-z]*\).*/\1push/;t keep' \
		-e 's/^\(#0 \)\(\[\|exporting to \).*:$/\1none/;t keep' \
		-e 'G
s/^\(#[0-9]* \)\(.*\)\n\1\([a-z-]*\).*/@\3 \2/
s/\n.*//
s/^#[0-9]* //
s/^@none //
s/^w: /@warn &/
s/^[a-z]* *\[*warn/@warn &/
b
:keep
G
s/^\(#[0-9]* \)\([a-z-]*\)\(.*\)\n\1[a-z-]*/\1\2\3/
h
d'
}

# results.awk: prints the targets with a RUN step that did not finish. Input: a file with the names of the targets, one
# a line; the plain progress of a bake.

FILENAME == ARGV[1] { NAME[$0] = 1; next }

/^#[0-9]+ \[[a-zA-Z0-9_-]+ [^]]*\] (ONBUILD )?RUN / && (substr($2, 2) in NAME) { OPEN[$1] = substr($2, 2) }
/^#[0-9]+ (DONE|CACHED)/ { delete OPEN[$1] }

END { for (step in OPEN) print OPEN[step] }

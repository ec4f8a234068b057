"""scripts/lib/host/images/blame.sh and suspects.sh: which images move after a failed build, and who is ejected."""

from __future__ import annotations

D = "sha256:" + "1" * 64
WRONG = "sha256:" + "2" * 64
LAYER = "sha256:" + "3" * 64
MIRROR = f"base a.example/x:1 {D} m.example/x:1@{D} docker-image://m.example/x:1@{D} mirror"
OWN = "base a.example/x:1 - a.example/x:1 a.example/x:1 default"
PINNED = f"base a.example/x@{D} {D} a.example/x@{D} a.example/x@{D} default"
ALONE = "base o.example/y:1 - o.example/y:1 o.example/y:1 default"
OTHER = "base b.example/y:1 - b.example/y:1 b.example/y:1 default"
ALTERNATIVE = "base a.example/x:1 - o.example/y:1 docker-image://o.example/y:1 alternative"
UNSERVED = "base a.example/x:1 - - - unserved"
CACHED = f"#4 [2/3] RUN make\n#4 {LAYER} 1kB / 9kB\n"
FETCHED = f"#5 [1/2] FROM a.example/x:1@{D}\n#5 {LAYER} 0B / 9kB\n"
BOTH = f"{FETCHED}#6 FROM b.example/y:1@{D}\n#6 {WRONG} 1kB / 9kB\n"
CUT = "ERROR: failed to solve: failed to compute cache key: short read: expected 9 bytes but got 0: unexpected EOF"
LOST = f"ERROR: failed to copy: httpReadSeeker: failed open: could not fetch content descriptor {LAYER}: not found"
LIE = f'ERROR: failed commit on ref "layer-{LAYER}": commit failed: unexpected commit digest {WRONG}, expected {LAYER}'
BLAME = """
# The words are rows of the plan (a row a line), output and progress of a build that failed with it.
kept_bytes_drop() { printf 'prune\\n' >>pruned; }
answer a.example/z:1 "$1"; shift
SEAWALL_REGISTRY_MIRRORS="$SEAWALL_REGISTRY_MIRRORS b.example=m.example"
registries='a.example b.example m.example n.example o.example'
while [ $# -gt 2 ]; do
    image_plan_begin; : >pruned
    while read -r row; do image_plan_add $row; done <<-ROWS
		$1
	ROWS
    printf '%s\\n' "$2" >said; printf '%s' "$3" >progress
    finding_clear; judge_attempt 1 said buildkit ''
    if blame_registry said progress; then printf 'at once:'; else printf 'no:'; fi
    for host in $registries; do ! registry_is_ejected "$host" || printf ' %s' "$host"; done
    printf ','
    for place in $SPENT_PLACES; do printf ' %s' "$place"; done
    case $BLAME_RETRY:${FINDING_NOT_BEFORE:-0}:$FINDING_VERDICT in
    yes:* | *:0:* | *:stop) ;;
    *) printf ', waits' ;;
    esac
    printf ', %s%s\\n' "$FINDING_CLASS" "$(sed 's/^/, /' pruned)"
    rm -rf "$SCRATCH/state/registry"; spent_return_all; BLAME_OUTAGE=''
    KEPT_BYTES_DROPPED=${KEEP:+${KEPT_BYTES_DROPPED:-}}
    shift 3
done
"""


def blamed(images, *cases: tuple[str, str, str], **settings: str) -> tuple[list[str], str]:
    """Per case: whether the next attempt begins at once, who is ejected, what is left, if the ladder waits, the class,
    and whether the builder drops what it keeps.
    """
    result = images("SPENT_PLACES=\n" + BLAME, D, *(word for case in cases for word in case), **settings)
    assert result.rc == 0, repr(result)
    return result.out.splitlines(), result.err


def test_place_that_the_output_names_is_ejected(images):
    """It is named by the image of the failing step, or by a URL of its host; another image's failure is not its."""
    refused = 'ERROR: failed to do request: Get "https://m.example/v2/x/blobs/sha256:1": connect: connection refused'
    lines, _ = blamed(
        images,
        (MIRROR, " > [1/2] FROM a.example/x:1:\nERROR: httpReadSeeker: failed open: 503 Service Unavailable", ""),
        (MIRROR, refused, ""),
        (MIRROR, refused.replace("//m.", "//team.m."), FETCHED.replace("a.example", "z.example")),
        (MIRROR, 'ERROR: process "make" did not complete successfully: exit code: 2', FETCHED),
        (MIRROR, "ERROR: p.org/q:1: failed to resolve source metadata for p.org/q:1: 503 Service Unavailable", ""),
        (MIRROR, 'ERROR: failed to calculate checksum of ref a::b: "/missing": not found', FETCHED),
        (f"{MIRROR}\n{OTHER}", f"{refused}\n", BOTH),
    )
    assert lines == [
        "at once: m.example, m.example, http-5xx",
        "at once: m.example, m.example, connection-refused",
        "no:,, connection-refused",
        "no:,, build-command-failed",
        "no:,, http-5xx",
        "no:,, dockerfile-syntax",
        "at once: m.example, m.example, connection-refused, prune",
    ]


def test_image_whose_layer_was_incomplete_moves_when_the_output_names_none(images):
    """One registry is ejected; of several one may be healthy, so their images move and none is ejected."""
    lines, _ = blamed(
        images,
        (OWN, CUT, FETCHED),
        (f"{OWN}\n{OTHER}", CUT, FETCHED),
        (f"{OWN}\n{OTHER}", CUT, BOTH),
        (f"{OWN}\n{OTHER}", CUT, f"{BOTH}#6 0.1 error: failed to copy: EOF\n"),
        (f"{OWN}\n{OTHER}", CUT, ""),
        (OWN, CUT, CACHED),
        (OWN, CUT, FETCHED.replace("0B", "9kB").replace("9kB\n", "9kB done\n")),
    )
    assert lines == [
        "at once: a.example, a.example, truncated, prune",
        "at once: a.example, a.example, truncated, prune",
        "at once:, a.example/x:1 b.example/y:1, truncated, prune",
        "at once: b.example, b.example, truncated, prune",
        "at once:, a.example/x:1 b.example/y:1, truncated, prune",
        "no:,, truncated",
        "at once: a.example, a.example, truncated, prune",
    ]


def test_missing_image_is_final_where_its_own_registry_decides(images):
    """A mirror's word about a missing or forbidden image is not the last one, nor is anybody's about pinned content."""
    lines, _ = blamed(
        images,
        (OWN, "ERROR: a.example/x:1: not found", ""),
        (MIRROR, "ERROR: a.example/x:1: not found", ""),
        (MIRROR, "ERROR: unexpected status from GET request to https://m.example/v2/x/blobs/a: 403 Forbidden", FETCHED),
        (PINNED, LOST, FETCHED),
        (OWN.replace("/x", "/z"), LOST, FETCHED.replace("/x", "/z")),
    )
    assert lines == [
        "no:,, not-found",
        "at once:, m.example/x:1, not-found",
        "at once:, m.example/x:1, auth",
        "at once:, a.example/x, not-found",
        "at once:, a.example/z:1, not-found",
    ]


def test_missing_image_after_an_outage_is_an_outage(images):
    """The place that is down may have the image."""
    script = (
        'printf "ERROR: a.example/x:1: not found\\n" >said; : >progress; image_plan_begin; image_plan_add $1\n'
        "finding_clear; judge_attempt 1 said buildkit ''; BLAME_OUTAGE=http-5xx; spent_add a.example http-5xx\n"
        "spent_add n.example http-5xx; is blame_registry said progress; printf '%s %s\\n' $FINDING_CLASS $FINDING_CODE"
    )
    assert images(script, MIRROR).out.splitlines() == ["no", "http-5xx 75"]


def test_image_without_another_source_is_not_retried_at_once(images):
    """The ladder waits until the registry may be asked again; an alternative of the user has no other source either."""
    lines, _ = blamed(
        images,
        (ALONE, 'ERROR: o.example/y:1: Head "https://o.example/v2/y": 429 Too Many Requests', ""),
        (ALTERNATIVE, "ERROR: o.example/y:1: 503 Service Unavailable from https://o.example/v2/", ""),
        (UNSERVED, "ERROR: a.example/x:1: 503 Service Unavailable", ""),
    )
    assert lines == [
        "no: o.example,, waits, rate-limited", "no: o.example,, waits, http-5xx", "no:,, http-5xx",
    ]  # fmt: skip


def test_wrong_bytes_that_the_builder_kept_blame_nobody(images):
    """A layer that was not fetched was wrong before: the builder drops it, once, and the same place is asked again."""
    kept = "#5 [1/2] FROM a.example/x:1\n#5 DONE\n"
    lines, err = blamed(images, (OWN, LIE, FETCHED), (OWN, LIE, kept), (OWN, LIE, kept), KEEP="yes")
    assert lines == [
        "at once: a.example, a.example, integrity, prune",
        "at once:,, integrity, prune",
        "at once: a.example, a.example, integrity, prune",
    ]
    assert err.count("a.example served wrong bytes for a.example/x:1") == 2
    assert err.count("the builder kept wrong bytes") == 1


def test_builder_that_cannot_drop_wrong_bytes_is_named(images):
    """The build ends with advice: build again in five minutes, or with another builder."""
    script = (
        'kept_bytes_drop() { return 1; }; image_plan_begin; image_plan_add $1; digests_remember a.example/x:1 "$2"\n'
        "printf '%s\\n' \"$3\" >said; : >progress; finding_clear; judge_attempt 1 said buildkit ''\n"
        "is blame_registry said progress"
    )
    said = f"ERROR: a.example/x:1: unexpected commit digest {WRONG}, expected {D}: failed precondition"
    result = images(script, OWN, D, said)
    assert result.out == "no\n"
    assert "the builder keeps the wrong bytes" in result.err

"""scripts/lib/host/images/blame.sh: the registry of the plan is blamed for a failed build, no other."""

from __future__ import annotations

D = "sha256:" + "1" * 64
MIRROR = f"base a.example/x:1 {D} m.example/x:1@{D} docker-image://m.example/x:1@{D} mirror"
OWN = "base o.example/y:1 - o.example/y:1 o.example/y:1 default"
ALTERNATIVE = "base a.example/x:1 - o.example/y:1 docker-image://o.example/y:1 alternative"
UNSERVED = "base a.example/x:1 - - - unserved"
BLAME = """
# Each pair of words is a row of the plan and the output of a build that failed with it.
while [ $# -gt 1 ]; do
    image_plan_begin; image_plan_add $1; printf '%s\\n' "$2" >said
    if blame_registry said; then printf 'at once:'; else printf 'no:'; fi
    for host in a.example m.example n.example o.example; do ! registry_is_ejected "$host" || printf ' %s' "$host"; done
    ! grep -q '^Retry-After: ' said || printf ', waits'
    printf '\\n'
    rm -rf "$SCRATCH/state/registry"; places_return_all
    shift 2
done
"""


def blamed(images, *cases: tuple[str, str]) -> tuple[list[str], str]:
    """Per case: whether the next attempt begins at once, the ejected registries, and whether the ladder must wait."""
    result = images(BLAME, *(word for case in cases for word in case))
    assert result.rc == 0, repr(result)
    return result.out.splitlines(), result.err


def test_place_of_the_plan_is_ejected(images):
    """It is named by the image of the failing step or by its host in a URL; other failures blame no registry."""
    blobs = 'Get "https://m.example/v2/x/blobs/sha256:1": dial tcp: connect: connection refused'
    lines, _ = blamed(
        images,
        (MIRROR, " > [1/2] FROM a.example/x:1:\nERROR: httpReadSeeker: failed open: 503 Service Unavailable"),
        (MIRROR, f"ERROR: failed to do request: {blobs}"),
        (MIRROR, 'ERROR: process "make" did not complete successfully: exit code: 2'),
        (MIRROR, "ERROR: a.example/x:1: not found"),
    )
    assert lines == ["at once: m.example", "at once: m.example", "no:", "no:"]


def test_image_without_another_source_is_not_retried_at_once(images):
    """The ladder waits until the registry may be asked again; an alternative of the user has no other source either."""
    lines, _ = blamed(
        images,
        (OWN, 'ERROR: o.example/y:1: Head "https://o.example/v2/y": 429 Too Many Requests'),
        (ALTERNATIVE, "ERROR: o.example/y:1: 503 Service Unavailable from https://o.example/v2/"),
        (UNSERVED, "ERROR: a.example/x:1: 503 Service Unavailable"),
    )
    assert lines == ["no: o.example, waits", "no: o.example, waits", "no:"]


def test_wrong_bytes_that_the_builder_kept_blame_nobody_a_second_time(images):
    """BuildKit replays a wrong manifest for five minutes; the registry that serves now is not to blame for it."""
    said = f"ERROR: a.example/x:1: unexpected commit digest sha256:{'2' * 64}, expected {D}: failed precondition"
    lines, err = blamed(images, (MIRROR, said), (MIRROR, said))
    assert lines == ["at once: m.example", "no:"]
    assert err.count("m.example served wrong bytes for a.example/x:1") == 1
    assert "the builder keeps the wrong bytes" in err

"""scripts/lib/host/registry/manifest.sh: what a registry answers to a HEAD request, and how the log reports it."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path

from harness.catalogue.schedule import parse
from harness.sites import registry_site
from harness.sites.artifacts import Image, noise
from harness.sites.registry_site import Registry
from harness.sites.site import Rule, Upstream
from harness.wire.server import serve

SCRIPT = """
. "$LIB/load.sh"; load base attempt verdict ladder host/machine host/registry
for host in "$@"; do
    rm -f a.part a.class a.why a.token
    if manifest_head "$host/team/hello:1" "$host" a; then cat a.part; else cat a.class a.why; fi
done
"""
CASES = {
    "ok": ["{digest}"],
    "htmlx*": ["html-instead-of-json", "{host} answered with an HTML page instead of a manifest", "{url}"],
    "503(retry-after=9)x*": ["http-5xx", "{host} answered 503 Service Unavailable", "{url}", "Retry-After: 9"],
    "404x*": ["not-found", "{host} answered 404 Not Found", "{url}"],
    "403x*": ["auth", "{host} answered 403 Forbidden", "{url}"],
}


def asked(sh, folder: Path, site: Registry, cases: dict[str, list[str]], path_class: str) -> list[list[str]]:
    """Asks a registry for each case, whose key is the schedule of this path class and whose value is what must be
    printed; returns the methods of the requests of that class.
    """
    digest = site.add_image("team/hello", "1", Image(noise(1000)))
    with ExitStack() as stack:
        running = [
            stack.enter_context(serve(Upstream("registry", site, registry_site.CLASSES, rules)))
            for rules in ((Rule(parse(text), path_class=path_class),) for text in cases)
        ]
        result = sh(SCRIPT, *(one.host for one in running), cwd=folder)
        methods = [[entry.method for entry in one.journal if entry.path_class == path_class] for one in running]
    wanted = [
        line.format(digest=digest, host=one.host, url=f"{one.url}/v2/team/hello/manifests/1", token=f"{one.url}/token")
        for one, lines in zip(running, cases.values(), strict=True)
        for line in lines
    ]
    assert result.out.splitlines() == wanted, repr(result)
    return methods


def test_answer_to_head_is_a_digest_or_a_class_with_a_reason(sh, tmp_path: Path):
    """`docker.io answered with an HTML page instead of a manifest`: the class is known, not guessed."""
    assert asked(sh, tmp_path, Registry(), CASES, "manifest") == [["HEAD"]] * len(CASES)


TOKENS = {
    "ok": ["{digest}"],
    "503x*": ["http-5xx", "the token service {host} of {host} answered 503 Service Unavailable", "{token}"],
    "429(retry-after=9)x*": [
        "rate-limited",
        "the token service {host} of {host} answered 429 Too Many Requests",
        "{token}",
        "Retry-After: 9",
    ],
    "404x*": ["http-4xx-other", "the token service {host} of {host} answered 404 Not Found", "{token}"],
    "htmlx*": ["html-instead-of-json", "the token service {host} of {host} answered 200 without a token", "{token}"],
    "403x*": ["auth", "{host} answered 401 Unauthorized", "{url}"],
}  # fmt: skip


def test_token_service_is_part_of_its_registry(sh, tmp_path: Path):
    """A token service that fails is a failure of the registry; one that refuses is a login that is missing."""
    requests = asked(sh, tmp_path, Registry(wants_token=True), TOKENS, "token")
    assert [len(methods) for methods in requests] == [1] * len(TOKENS)


def test_incomplete_registry_never_looks_like_one_without_the_tag(sh, tmp_path: Path):
    """A reader of the answer files sees that the registry has named a digest, or the final class; nothing between."""
    script = """
. "$LIB/load.sh"; load base attempt verdict ladder host/machine host/registry
look() { [ -f a.seen ] || [ "$(cat a.class)" != not-found ] || printf 'no such tag\n'; }
manifest__has() { manifest__fail "$4" not-found 'answered 404' || look; return 1; }
digests_remember() { look; }
rm() { command rm "$@"; look; }
: >a.seen; printf 'sha256:1\n' >a.part; MANIFEST_URL=https://host/v2/a/manifests/1
manifest_verify host/a:1 host a || cat a.class
[ ! -e a.seen ] || printf 'seen\n'
"""
    assert sh(script, cwd=tmp_path).out == "truncated\n"

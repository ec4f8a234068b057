"""Images that no Dockerfile in a folder names: archives, remote contexts, triggers. Plain fails with the Hub."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from secrets import token_hex

import pytest
from harness.builds.builder import asked
from harness.sites.artifacts import Image, noise, tar_archive
from harness.wire.loopback import upstream


@dataclass(frozen=True)
class Trigger(Image):
    """An image with a trigger."""

    onbuild: str

    @property
    def config(self) -> bytes:
        """The image configuration."""
        config = json.loads(super().config)
        return json.dumps({**config, "config": {"OnBuild": [self.onbuild]}}).encode()


@pytest.fixture
def name(base) -> str:
    """An image that only the mirror of the Hub has."""
    name = f"hello-{token_hex(4)}"
    base.site.tags[f"library/{name}"] = {"latest": base.digest, "1": base.digest}
    return name


@pytest.fixture
def both(builder, registry) -> Callable[..., int]:
    """Runs a line of bash with `$BUILD` plainly, which must fail, and through the kit, which takes the mirror's image.

    Returns the number of attempts.
    """

    def call(line: str) -> int:
        mirror = registry()
        plain = builder.line(line, BUILD="docker buildx build")
        hub = f"docker.io={mirror.host}"
        result = builder.line(line, BUILD=f"{builder.kit}/docker-build.sh", SEAWALL_REGISTRY_MIRRORS=hub)
        assert asked(mirror, "blob") > 0, f"{result!r}\n{mirror.journal.table()}"
        assert (plain.rc, result.rc) == (1, 0), f"{plain!r}\n{result!r}"
        return len(builder.events("attempt"))

    return call


ARCHIVES = {
    "plain": ("", "Dockerfile", "w"),
    "gzip": ("", "./Dockerfile", "w:gz"),
    "another name": ("-f deep/Other", "deep/Other", "w:bz2"),
    "lower case": ("", "dockerfile", "w"),
    "absolute name": ("--file=/Other", "Other", "w:xz"),
}


@pytest.mark.parametrize(
    "kind",
    [pytest.param(kind, marks=[] if kind in ("plain", "another name") else [pytest.mark.long]) for kind in ARCHIVES],
)
def test_dockerfile_of_an_archive_on_stdin_is_read(both, name, tmp_path, kind):
    """`tar -c . | docker build -`: the mirror serves in the first attempt."""
    words, file, mode = ARCHIVES[kind]
    members = {file: f"FROM {name}\nCOPY mark /\n".encode(), "mark": token_hex(8).encode()}
    (tmp_path / "c.tar").write_bytes(tar_archive(members, mode))
    assert both(f"$BUILD {words} - <c.tar") == 1


REMOTE = {
    "archive": "$BUILD http://FILES/c.tar",
    "Dockerfile": "$BUILD http://FILES/Alone",
    "Dockerfile for a folder": "$BUILD -f http://FILES/Dockerfile context",
    "Dockerfile for an archive": "$BUILD --file=http://FILES/Dockerfile http://FILES/c.tar",
}


@pytest.mark.parametrize(
    "kind", [pytest.param(kind, marks=[pytest.mark.long] if "for an" in kind else []) for kind in REMOTE]
)
def test_images_of_a_remote_context_are_known_after_the_first_failure(both, context, name, kind):
    """The builder names the images that it could not fetch: the second attempt takes all of them from the mirror."""
    folder = context("")
    text = f"FROM {name} AS one\nFROM {name}:1\nCOPY --from=one /noise /one\n"
    served = {"/Alone": text.encode(), "/Dockerfile": (text + "COPY mark /\n").encode()}
    tar = tar_archive({"Dockerfile": text.encode(), "mark": (folder / "mark").read_bytes()})
    with upstream({**served, "/c.tar": tar}) as files:
        assert both(REMOTE[kind].replace("FILES", files.host)) == 2


@pytest.mark.parametrize(
    "trigger",
    [
        "COPY --from=NAME /noise /x",
        pytest.param("copy --from=docker.io/library/NAME:1 /noise /x", marks=pytest.mark.long),
        pytest.param("COPY --chown=0 --from=docker.io/NAME /noise /x", marks=pytest.mark.long),
    ],
)
def test_image_in_a_trigger_of_a_base_comes_from_the_mirror(both, base, context, name, trigger):
    """Nobody sees the triggers of a base before the builder does."""
    base.site.add_image(f"library/on-{name}", "1", Trigger(noise(1000, name), trigger.replace("NAME", name)))
    context("", f"FROM on-{name}:1\nCOPY mark /\n")
    assert both("$BUILD context") == 2


def test_image_that_no_mirror_has_ends_as_before(builder, registry, tmp_path):
    """Nothing is gained by another attempt: an outage, as without the mirror."""
    mirror = registry(manifest="503x*")
    (tmp_path / "c.tar").write_bytes(tar_archive({"None": b"FROM hello-none\n"}))
    line = f"{builder.kit}/docker-build.sh --attempts 1 -- -f None - <c.tar"
    result = builder.line(line, SEAWALL_REGISTRY_MIRRORS=f"docker.io={mirror.host}")
    assert asked(mirror) > 0, mirror.journal.table()
    assert result.rc == 75, repr(result)


@pytest.mark.parametrize("given", ["-f http://FILES/Dockerfile context", "http://FILES/c.tar"])
def test_url_without_tls_is_refused_by_https_only(builder, context, given):
    """The Dockerfile of `--file`, too, is no exception to the rule: 77, and no request."""
    context("")
    with upstream({"/Dockerfile": b"FROM scratch\nLABEL a=b\n"}) as files:
        line = f"{builder.kit}/docker-build.sh {given.replace('FILES', files.host)}"
        result = builder.line(line, SEAWALL_HTTPS_ONLY="on")
        assert list(files.journal) == [], files.journal.table()
        assert (result.rc, result.err.count("\n")) == (77, 1), repr(result)


@pytest.mark.parametrize("rule", ["https", pytest.param("lock", marks=pytest.mark.long)])
def test_rules_hold_for_an_archive(builder, registry, tmp_path, rule):
    """A registry without TLS, or a line that cannot be read, in a tar file on stdin: 77 before any request."""
    own = registry()
    text = f"FROM {own.host}/team/hello:1\n" if rule == "https" else "FROM ${A\n"
    (tmp_path / "c.tar").write_bytes(tar_archive({"Dockerfile": text.encode()}, "w:gz"))
    (tmp_path / "lock").write_text("")
    settings = {"SEAWALL_HTTPS_ONLY": "on"} if rule == "https" else {"SEAWALL_IMAGE_LOCK": str(tmp_path / "lock")}
    result = builder.line(f"{builder.kit}/docker-build.sh - <c.tar", **settings)
    assert list(own.journal) == [], own.journal.table()
    assert (result.rc, result.err.count("\n")) == (77, 1), repr(result)

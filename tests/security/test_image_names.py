"""Image names from a Dockerfile or a call: a malformed one is never requested, and none is a program, glob or path.

docker is a fake that records its arguments, because these tests end where the builder starts. Its build takes
FAKE_SECONDS: the kit does not wait for a registry for longer than a build takes.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from harness.machine.run import Result, clean_environment, run
from harness.sites import registry_site
from harness.sites.artifacts import Image, noise
from harness.sites.registry_site import Registry
from harness.sites.site import Upstream
from harness.wire.server import Running, serve

FAKE_DOCKER = """#!/bin/sh
{ printf '<%s>' "$@"; printf '\\n'; } >>"$FAKE_LOG"
for word; do [ "$before" != --metadata-file ] || printf '{"buildx.build.ref":"x"}' >"$word"; before=$word; done
[ "${2:-}" != build ] || sleep "${FAKE_SECONDS:-0}"
"""
HOSTILE = [
    "{host}/x|x|;eid>pwned;#",
    "{host}/h/projects/*",
    "h/x/{{a,b}}[1-30]",
    "{host}/$(touch pwned)",
    "{host}/..;id",
]
DIGESTS = {name: f"sha256:{number:064}" for number, name in enumerate(("first", "second", "third"))}


@pytest.fixture
def registry() -> Iterator[Running]:
    """A registry with one image and a journal."""
    site = Registry()
    site.add_image("team/hello", "1", Image(noise(1000)))
    with serve(Upstream("registry", site, registry_site.CLASSES)) as found:
        yield found


@dataclass(frozen=True)
class Checkout:
    """A cloned repository, and the kit's commands in it."""

    folder: Path
    kit: Path

    def call(self, command: str, *words: str, **settings: str) -> Result:
        env = clean_environment(self.folder.parent) | {"FAKE_LOG": str(self.folder.parent / "docker.log")} | settings
        env["PATH"] = f"{self.folder.parent}:{env['PATH']}"
        env["SEAWALL_STATE"] = str(self.folder.parent / "state")
        return run([self.kit / command, *words], env=env, cwd=self.folder)

    @property
    def builds(self) -> list[str]:
        """The calls of `docker buildx build`."""
        lines = (self.folder.parent / "docker.log").read_text().splitlines()
        return [line for line in lines if line.startswith("<buildx><build>")]


@pytest.fixture
def checkout(tmp_path: Path, kit: Path) -> Checkout:
    (tmp_path / "docker").write_text(FAKE_DOCKER)
    (tmp_path / "docker").chmod(0o755)
    (tmp_path / "checkout").mkdir()
    return Checkout(tmp_path / "checkout", kit)


def store(folder: Path, *images: dict[str, object]) -> Path:
    """A last known good store with these descriptors."""
    (folder / "images" / "blobs" / "sha256").mkdir(parents=True)
    for digest in DIGESTS.values():
        (folder / "images" / "blobs" / "sha256" / digest.partition(":")[2]).touch()
    (folder / "images" / "index.json").write_text(json.dumps({"schemaVersion": 2, "manifests": images}, indent=1))
    return folder


def called(name: str) -> dict[str, dict[str, str]]:
    return {"annotations": {"org.opencontainers.image.ref.name": name}}


def test_hostile_names_ask_nobody_and_run_nothing(checkout: Checkout, registry: Running, tmp_path: Path):
    """Each name is left to the builder with one line, without a request to the host in the name."""
    host = registry.host
    (checkout.folder / host).mkdir()
    (tmp_path / "home" / "projects" / "secret").mkdir(parents=True)
    (checkout.folder / host / "h").symlink_to(tmp_path / "home")
    names = [name.format(host=host) for name in HOSTILE]
    text = "".join(f"FROM '{name}'\n" for name in names) + "".join(f"COPY --from={n} / /\n" for n in range(len(names)))
    (checkout.folder / "Dockerfile").write_text(f"FROM scratch\n{text}COPY --from={host}/h/projects/* / /\n")
    good = store(tmp_path / "good", {"digest": DIGESTS["first"]} | called("docker.io/library/alpine:3"))
    built = checkout.call("docker-build.sh", ".", SEAWALL_LAST_GOOD=str(good))
    told = checkout.call("preflight.sh", "--json", ".")
    assert list(registry.journal) == []
    assert sorted(path.name for path in checkout.folder.iterdir()) == sorted(["Dockerfile", host])
    assert built.rc == 0, repr(built)
    assert built.err.count("left to the builder") == 5, built.err
    assert "secret" not in built.err + told.out
    assert [build.partition("<--metadata-file>")[0] for build in checkout.builds] == ["<buildx><build><.>"]
    rows = [json.loads(line) for line in told.out.splitlines()]
    assert {row["verdict"] for row in rows} == {"unread"}
    assert told.rc == 0, repr(told)


def test_newlines_of_a_build_argument_are_no_lines_of_the_dockerfile(checkout: Checkout, registry: Running):
    """The Dockerfile's image is looked up, a line of a build argument is not; the builder gets every byte."""
    (checkout.folder / "Dockerfile").write_text(f"# syntax={registry.host}/team/hello:1\nARG MSG\nFROM scratch\n")
    message = f"MSG=a\n\nFROM {registry.host}/team/evil:1 AS x\nCOPY --from=0 / /\n\\n"
    result = checkout.call("docker-build.sh", "--build-arg", message, ".", FAKE_SECONDS="3")
    assert {entry.path for entry in registry.journal if "evil" in entry.path} == set()
    assert any("team/hello" in entry.path for entry in registry.journal), repr(result)
    assert f"<{message}>" in (checkout.folder.parent / "docker.log").read_text()


def test_context_of_the_call_stands_for_every_spelling_of_an_image(checkout: Checkout, registry: Running):
    """As in buildx, a --build-context replaces each spelling of an image, which then gets no request."""
    (checkout.folder / "Dockerfile").write_text(f"FROM {registry.host}/team/hello\n")
    checkout.call("docker-build.sh", "--build-context", f"{registry.host}/team/hello:latest=.", ".")
    assert list(registry.journal) == []


FIND = """
. "$LIB/load.sh"; load base attempt verdict ladder host/machine host/registry host/call host/bases host/images
SEAWALL_LAST_GOOD=$1 SEAWALL_LAST_GOOD_MAX_AGE=1000 SCRATCH=$PWD
shift
for image in "$@"; do if store_find "$image" ''; then printf '%s\\n' "$STORE_DIGEST"; else printf 'none\\n'; fi; done
"""


def test_name_in_the_store_belongs_to_its_own_descriptor(sh: Callable[..., Result], tmp_path: Path):
    """A name is matched as text with the annotation of its own descriptor, in any order of the fields."""
    first = called("docker.io/library/alpine:3") | {"size": 1, "digest": DIGESTS["first"]}
    second = {"digest": DIGESTS["second"], "platform": {"os": "linux", "digest": "x"}} | called("docker.io/team/a.b")
    third = {"annotations": {"other": "docker.io/team/c:1"}, "digest": DIGESTS["third"]}
    good = store(tmp_path / "good", first, second, third)
    asked = {
        "alpine:3": DIGESTS["first"], "index.docker.io/alpine:3": DIGESTS["first"],
        "team/a.b:latest": DIGESTS["second"], "alpine:4": "none", "team/axb": "none",
        "team/c:1": "none", "x|x|;etouch pwned;#": "none", "team/a.*": "none",
        'alpine:3".*"': "none", "": "none",
    }  # fmt: skip
    result = sh(FIND, str(good), *asked, cwd=tmp_path)
    assert (result.out.splitlines(), result.err) == (list(asked.values()), "")
    assert not (tmp_path / "pwned").exists()


def test_index_that_is_larger_than_any_is_not_read(sh: Callable[..., Result], tmp_path: Path):
    """An index that is larger than any real one is not read."""
    good = store(
        tmp_path / "good", {"digest": DIGESTS["first"], "x": "y" * 4_300_000} | called("docker.io/library/alpine:3")
    )
    assert sh(FIND, str(good), "alpine:3", cwd=tmp_path).out == "none\n"


PUSH = """
. "$LIB/load.sh"
load base attempt verdict ladder host/machine host/registry
load host/call host/bases host/images host/caches host/weave host/builders host/progress host/build
LOG_NAME=t
arguments_read "$@"
printf 'ERROR: failed to push r/b:1: 500\\n' >words
push_blame words 2>/dev/null
push_words "$@"
eval "set -- $ARGUMENTS_LEFT"
printf '<%s>' "$@"
"""


def test_tags_are_words_when_a_push_is_tried_again(sh: Callable[..., Result], tmp_path: Path):
    """For a repeated push the failed tag comes last, and each tag has its original bytes."""
    words = [
        "--push",
        "-t",
        "r/b:1",
        "--tag",
        "r/b:$(touch${IFS}pwned)",
        "--tag",
        "r/b:`id`;'\"",
        "--label",
        "a='\nb'\n",
        ".",
    ]
    result = sh(PUSH, *words, cwd=tmp_path)
    kept = "<--push><--label><a='\nb'\n><.><--tag><r/b:$(touch${IFS}pwned)><--tag><r/b:`id`;'\"><--tag><r/b:1>"
    assert (result.out, result.err) == (kept, "")
    assert not (tmp_path / "pwned").exists()


NOTE = """
. "$LIB/load.sh"; load base attempt verdict ladder host/machine host/registry host/call
LOG_NAME=t SCRATCH=$PWD status=inside
arguments_read "$@"
"""


def test_build_arguments_are_one_line_each(sh: Callable[..., Result], tmp_path: Path):
    """Every byte of a build argument is kept; one without a value has the environment's, not a variable of the kit."""
    words = ["A=1\n2\n", "B=a\\nb", "C=\n\n", "OWN", "status", "x$(touch pwned)", "F=\r\t "]
    arguments = [word for argument in words for word in ("--build-arg", argument)]
    result = sh(NOTE, *arguments, ".", env={"OWN": "v\\\n\n"}, cwd=tmp_path)
    assert (result.rc, result.err) == (0, "")
    kept = [b"A=1\\n2\\n", b"B=a\\\\nb", b"C=\\n\\n", b"OWN=v\\\\\\n\\n", b"F=\r\t ", b""]
    assert (tmp_path / "arguments").read_bytes().split(b"\n") == kept
    assert not (tmp_path / "pwned").exists()

"""Builds of the sample Dockerfiles, by buildx and by docker-build.sh, with bases and upstreams of the tests."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext, suppress
from dataclasses import dataclass, field
from pathlib import Path
from secrets import token_hex

from harness.builds.sample_images import IMAGES, Images
from harness.builds.sample_sites import REGISTRY, Sites, lock_crates
from harness.machine.run import Result, run
from harness.sites.git_site import NAME
from harness.wire.journal import Journal, MissingError

ROW = re.compile(r"^\| \[(?P<name>[\w-]+)\]\([^)]*\) \|(?P<cells>.*)\|$", re.MULTILINE)
ARGUMENT = re.compile(r"^ARG (\w+)", re.MULTILINE)
IMAGE = re.compile(r"^FROM (?:--platform=\S+ )?(\S+)|--from=(\S+)", re.MULTILINE)
HERE = "yes"
FAILS, HANGS, PASSES = "fails", "hangs", "passes"
"""What a build does under a fault."""
ENDED = 124
"""The exit code of timeout(1)."""
PATIENCE_S = 6
"""A plain build that has met a fault and has not ended by then hangs. The kit's own limit in drills is 8 s."""


@dataclass(frozen=True)
class Sample:
    """A row of the README: kinds of upstreams in the order in which the build asks them; `here` is HERE or the reason
    why the tests do not build it.
    """

    name: str
    upstreams: tuple[str, ...]
    bases: tuple[str, ...]
    here: str


def read_table(readme: str) -> list[Sample]:
    """The samples of the README's table: name, kind, upstreams, bases, `yes` or the reason why it is not built."""
    samples = []
    for row in ROW.finditer(readme):
        _, upstreams, bases, here = (cell.strip() for cell in row["cells"].split("|"))
        names = tuple(re.findall(r"`([^`]+)`", bases))
        samples.append(Sample(row["name"], tuple(upstreams.split(", ")), names, here))
    return samples


def images_in(dockerfile: str) -> set[str]:
    """The images that a Dockerfile names in FROM and --from; stages and named contexts are among them."""
    return {name for pair in IMAGE.findall(dockerfile) for name in pair if name}


WORDS: Mapping[str, Sequence[str]] = {
    "go-several-platforms": ("--platform", "linux/amd64,linux/arm64"),
    "go-private-module": ("--secret", "id=netrc,src=netrc"),
    "named-contexts": ("--build-context", "shared=shared"),
}
"""Arguments that the sample's own comment asks for; paths are of the sample's folder."""


@dataclass(frozen=True)
class Call:
    """Arguments of buildx that build a sample, and the folder in which they are meant."""

    words: tuple[str, ...]
    folder: Path


@dataclass(frozen=True)
class Built:
    """A build: its result, the digests of its image, empty where it failed, and the events of the kit."""

    result: Result
    config: str
    manifest: str
    events: tuple[Mapping[str, object], ...] = field(default=(), repr=False)

    @property
    def did(self) -> str:
        """Whether it failed, hanged or passed, in the words of sample_drills."""
        return {0: PASSES, ENDED: HANGS}.get(self.result.rc, FAILS)

    @property
    def classes(self) -> list[object]:
        """The classes of the attempts."""
        return [event["class"] for event in self.events if event["event"] == "attempt"]


@dataclass(frozen=True)
class SampleBuilds:
    """Runs builds of the samples below `samples`; `folder` is of the test."""

    kit: Path
    samples: Path
    env: Mapping[str, str]
    images: Images
    folder: Path

    def call(self, name: str, sites: Sites, *, empty_mounts: bool = False) -> Call:
        """The call that builds a sample in a copy of its folder: bases as contexts, upstreams as arguments.

        Cargo.lock, which names the registry, is written there.
        `empty_mounts`: its cache mounts are new, so that everything is downloaded.
        """
        context = self.folder / name
        shutil.copytree(self.samples / name, context)
        text = (context / "Dockerfile").read_text()
        if (context / "Cargo.toml").exists():
            lock_crates(context)
        words = list(WORDS.get(name, ()))
        if "--secret" in words:
            (context / "netrc").touch()
        for image in sorted(images_in(text) & IMAGES.keys()):
            words += ["--build-context", f"{image}=oci-layout://{self.image(image, sites)}"]
        given = arguments(name, sites)
        for argument in (found for found in ARGUMENT.findall(text) if found in given):
            words += ["--build-arg", f"{argument}={given[argument]}"]
            if argument == "REGISTRY":
                self.fill_registry(sites)
        if empty_mounts:
            words += ["--build-arg", f"BUILDKIT_CACHE_MOUNT_NS={token_hex(8)}"]
        return Call((*words, "."), context)

    def image(self, name: str, sites: Sites) -> Path:
        """The image of this name, whose tools ask these sites, as an OCI layout."""
        layout = self.folder / "layouts" / re.sub("[/:]", "-", name)
        return layout if layout.exists() else self.images.make(name, sites.urls, layout)

    def fill_registry(self, sites: Sites) -> None:
        """Puts the images of the samples with an argument for the registry there."""
        REGISTRY.add_layouts({"library/python:3.13-slim": self.image("python:3.13-slim", sites)})

    def plain(self, call: Call, within: int = 200, met: Journal | None = None) -> Built:
        """The build by buildx, which is ended after so many seconds; its exit code is then ENDED.

        `met`: it is ended, too, PATIENCE_S after this journal has a request with a fault.
        """
        process = self.folder / "plain.pid"
        process.unlink(missing_ok=True)
        program: list[str | Path] = ["sh", "-c", 'echo $$ >"$0" && exec "$@"', process]
        program += ["timeout", "--kill-after=10", str(within), "docker", "buildx", "build"]
        with _impatient(met, process, within) if met is not None else nullcontext():
            return self._built(program, call, self.env, within + 20)

    def by_kit(self, call: Call, timeout: float = 200, **settings: str) -> Built:
        """The build by docker-build.sh."""
        own = {
            "SEAWALL_STATE": str(self.folder / "state"), "SEAWALL_EVENTS": str(self.folder / "events.jsonl"),
            "SEAWALL_CONF": "/dev/null", "SEAWALL_SEED": "84", "SEAWALL_REGISTRY_MIRRORS": "none",
        }  # fmt: skip
        return self._built([self.kit / "docker-build.sh"], call, {**self.env, **own, **settings}, timeout)

    def _built(self, program: Sequence[str | Path], call: Call, env: Mapping[str, str], timeout: float) -> Built:
        told, image = self.folder / "metadata.json", self.folder / "image"
        told.unlink(missing_ok=True)
        # Without compression, which takes longer than most of these builds.
        output = f"type=oci,tar=false,compression=uncompressed,dest={image}"
        words: list[str | Path] = [*program, "--progress", "plain", "--provenance=false", "--metadata-file", told]
        result = run([*words, "--output", output, *call.words], env=env, cwd=call.folder, timeout=timeout)
        shutil.rmtree(image, ignore_errors=True)
        found = json.loads(told.read_text()) if told.exists() and result.rc == 0 else {}
        file = self.folder / "events.jsonl"
        events = tuple(map(json.loads, file.read_text().splitlines())) if file.exists() else ()
        # An image for several platforms has one configuration for each, which the digest of its index covers.
        config, manifest = (found.get(f"containerimage.{name}", "") for name in ("config.digest", "digest"))
        return Built(result, config, manifest, events)


@contextmanager
def _impatient(met: Journal, process: Path, within: int) -> Iterator[None]:
    """Ends timeout(1), whose id is in `process`, as if its time were over: PATIENCE_S after `met` has a fault."""
    over = threading.Event()

    def watch() -> None:
        with suppress(MissingError):
            met.wait_for("a request with a fault", lambda entry: entry.fault != "ok" or over.is_set(), within=within)
            if not over.wait(PATIENCE_S):
                os.kill(int(process.read_text()), signal.SIGALRM)

    thread = threading.Thread(target=watch, daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()


def arguments(name: str, sites: Sites) -> dict[str, str]:
    """The build arguments that lead a sample to the sites."""
    git = sites.urls["git"]
    return sites.downloads.sums | {
        "DOWNLOADS": sites.urls["url"],
        "GIT_HOST": f"{git}/",
        "REPOSITORY": git + NAME if name == "git-clone" else sites.urls["repository"],
        "REGISTRY": sites.urls["registry"].removeprefix("http://") + "/library",
    }

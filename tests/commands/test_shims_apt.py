"""The shim of apt-get in a woven step, with the real apt-get in a copy of this machine: lists, packages, a mirror."""

from __future__ import annotations

import json
import os
import re
import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from harness.builds.apt_machine import AptMachine
from harness.builds.woven_step import MARK, Step
from harness.catalogue.faults import Reply
from harness.catalogue.schedule import parse
from harness.machine.run import Result
from harness.sites.apt_site import CLASSES, Archive, Signer
from harness.sites.artifacts import Package
from harness.sites.site import Request, Rule, Upstream
from harness.wire.server import Running, serve

Mirror = Callable[..., Running]
Call = Callable[..., Result]

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="mounts, which only root may")

SIGNER = Signer()
OLD, NEW = Package("hello-seawall"), Package("hello-seawall", "2.0")
UPDATE, INSTALL = "apt-get update", "apt-get install -y --no-install-recommends hello-seawall"
BOTH = f"{UPDATE} && {INSTALL}"


@pytest.fixture
def mirror() -> Iterator[Mirror]:
    """Mirrors of an archive with schedules by path class: `mirror(deb="503x*")`."""
    with ExitStack() as stack:

        def call(package: Package = OLD, signer: Signer = SIGNER, **schedules: str) -> Running:
            site = Archive([package], signer).site()
            rules = tuple(Rule(parse(text), path_class=path_class) for path_class, text in schedules.items())
            return stack.enter_context(serve(Upstream("apt", site, CLASSES, rules)))

        yield call


@pytest.fixture
def image(step: Step, tmp_path: Path) -> Call:
    """Runs a script in a copy of this machine whose sources name one archive; the build hands mirrors over."""

    def call(own: str, others: str, script: str, woven: bool = True, renew: bool = True) -> Result:
        if renew:
            for name in ("changes", "work", "all"):
                shutil.rmtree(tmp_path / name, ignore_errors=True)
        step.configure(
            SEAWALL_APT_MIRRORS=f"default {others}".strip(), SEAWALL_STALL="2", SEAWALL_SILENCE="4", SEAWALL_BUDGET="2"
        )
        machine = AptMachine(tmp_path, SIGNER)
        machine.knows(own)
        env = step.environment(DEBIAN_FRONTEND="noninteractive")
        if not woven:
            env["PATH"] = env["PATH"].replace(f"{step.place}:", "")
        return machine.run(["sh", "-c", script], env)

    return call


def archive(running: Running) -> str:
    return f"{running.url}/debian"


def classes(step: Step) -> list[str]:
    """The class of each attempt, from the log of the step; each event has the mark of the step."""
    events = [line.removeprefix(f"seawall-event: {MARK} ") for line in step.told().splitlines() if line]
    return [event["class"] for event in map(json.loads, events) if event["event"] == "attempt"]


def lists(tmp_path: Path) -> set[str]:
    """The names of the lists, without the archive's port."""
    folder = tmp_path / "changes/var/lib/apt/lists"
    return {re.sub(r"^[^_]*", "HOST", path.name) for path in folder.iterdir() if path.is_file()}


def installed(tmp_path: Path) -> str:
    """The version of the package that is installed."""
    status = tmp_path / "changes/var/lib/dpkg/status"
    text = status.read_text() if status.exists() else ""
    found = re.search(r"^Package: hello-seawall\n(?:.+\n)*?Version: (.*)$", text, re.MULTILINE)
    return found[1] if found else ""


def changed(tmp_path: Path) -> set[str]:
    """What is not as in the image, without logs and times."""
    root = tmp_path / "changes"
    paths = {str(path.relative_to(root)) for path in root.rglob("*") if not path.is_dir()}
    return {
        re.sub(r"lists/[0-9.%:a-f]+_", "lists/HOST_", path)
        for path in paths
        if not path.startswith(("var/log", "tmp/pytest"))
    }


def told(result: Result) -> str:
    """The output without figures."""
    return re.sub(r"[0-9.,]+ ?(s|kB|B|kB/s|B/s)\b|127\.\d+\.\d+\.\d+:\d+", "*", result.out + result.err)


@pytest.mark.parametrize("script", [BOTH, f"{UPDATE}; apt-get install -y no-such-package"], ids=["installed", "typo"])
def test_healthy_step_is_that_of_the_tool(image: Call, mirror: Mirror, step: Step, tmp_path: Path, script: str):
    """Same output, exit code, requests and files as without the kit, also for a mistake; other mirrors see nothing."""
    own, other = mirror(), mirror()
    wanted = image(archive(own), "", script, woven=False)
    asked, paths, _ = changed(tmp_path), list(own.paths), own.journal.clear()
    seen = image(archive(own), archive(other), script)
    assert (seen.rc, told(seen)) == (wanted.rc, told(wanted)), repr(seen)
    assert (own.paths, other.paths, changed(tmp_path)) == (paths, [], asked)
    assert len(classes(step)) == 2


LONG = [pytest.param(fault, marks=pytest.mark.long) for fault in ("rstx*", "htmlx*")]


@pytest.mark.parametrize("fault", ["503x*", "stall x*", *LONG])
def test_second_mirror_serves_where_the_archive_fails(image: Call, mirror: Mirror, step: Step, tmp_path, fault: str):
    """Update and install as two commands: lists and package come from the mirror, under the names of the image."""
    bad, good = mirror(release=fault, deb=fault, packages=fault), mirror()
    done = image(archive(bad), archive(good), BOTH)
    assert (done.rc, installed(tmp_path)) == (0, "1.0"), repr(done)
    assert {name for name in lists(tmp_path) if "InRelease" in name} == {"HOST_debian_dists_stable_InRelease"}
    # The way back: the healthy archive of the image serves what the lists name.
    assert [name for name in classes(step) if name == ""] == ["", ""]


def test_cached_lists_serve_a_later_step(image: Call, mirror: Mirror, step: Step, tmp_path: Path):
    """The lists of an earlier step stay; if the archive is dead by then, the package comes from the mirror."""
    bad, good = mirror(deb="503x*"), mirror()
    done = image(archive(bad), archive(good), BOTH)
    assert (done.rc, installed(tmp_path), classes(step)) == (0, "1.0", ["", "http-5xx", ""]), repr(done)


def test_stale_lists_are_refreshed_once(image: Call, step: Step, tmp_path: Path):
    """404 for a package says that the lists are older than the archive: they are updated, and the package comes."""

    def renewed() -> Upstream:
        """An archive that gets its next version when somebody asks for a package of the old one."""
        served = [Archive([OLD], SIGNER).site(), Archive([NEW], SIGNER).site()]

        def site(request: Request) -> Reply:
            if request.path.endswith(".deb") and len(served) > 1:
                served.pop(0)
            return served[0](request)

        return Upstream("apt", site, CLASSES, ())

    with serve(renewed()) as own:
        assert image(archive(own), "", BOTH, woven=False).rc == 100
    with serve(renewed()) as own:
        done = image(archive(own), "", BOTH)
    assert (done.rc, installed(tmp_path), classes(step)) == (0, "2.0", ["", ""]), repr(done)


def test_signature_of_a_mirror_is_verified(image: Call, mirror: Mirror, step: Step, tmp_path: Path):
    """A mirror whose lists another key has signed installs nothing; the code is that of apt-get."""
    bad, liar = mirror(release="503x*"), mirror(NEW, Signer())
    done = image(archive(bad), archive(liar), BOTH)
    assert (done.rc, installed(tmp_path), "integrity" in classes(step)) == (100, "", True), repr(done)


def test_update_without_any_list_is_an_outage(image: Call, step: Step):
    """Plain `apt-get update` exits 0 although it has got nothing; a woven step says at once that it is an outage."""
    dead = "http://127.0.0.1:9/debian"
    assert image(dead, "", f"{UPDATE} -o Acquire::Retries=0", woven=False).rc == 0
    done = image(dead, "", UPDATE)
    assert (done.rc, classes(step)[0]) == (100, "connection-refused"), repr(done)


def test_update_with_old_lists_passes_as_before(image: Call, mirror: Mirror, step: Step):
    """If lists are there and the archive is dead, plain apt-get passes with old lists; so does the step, said once."""
    script = f"{UPDATE} && {UPDATE} -o Acquire::Retries=0"
    assert image(archive(mirror(release="ok -> rstx*")), "", script, woven=False).rc == 0
    done = image(archive(mirror(release="ok -> rstx*")), "", script)
    assert (done.rc, '"event":"degraded"' in step.told()) == (0, True), repr(done)

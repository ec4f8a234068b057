"""The lab's upstreams with the real clients: their healthy content, and the effect of a fault, by the journal."""

from __future__ import annotations

from importlib.metadata import version
from pathlib import Path

import pytest
from harness.catalogue.schedule import parse
from harness.machine.lean_python import lean_bin
from harness.machine.run import Result, run
from harness.proofs.clients import go_environment, pip_environment
from harness.sites import go_site, pypi_site
from harness.sites.artifacts import Module, Release
from harness.sites.site import Rule, Site, Upstream
from harness.wire.server import serve

RELEASES = (
    Release("hello-seawall", "1.0.0"),
    Release("hello-seawall", "1.1.0"),
    Release("hello-seawall", "2.0.0", yanked="broken"),
)
MODULES = (Module("example.org/Hello"), Module("example.org/Hello", "v1.1.0"))


def up(site: Site, classes, schedule: str = "ok", path_class: str = ".*"):
    """The site on a free port, with this schedule for a path class."""
    return serve(Upstream("host", site, classes, (Rule(parse(schedule), path_class=path_class),)))


def pip(home: Path, index: str, *words: str) -> Result:
    """The pip of this Python, without this machine's configuration."""
    common = ["--disable-pip-version-check", "--target", str(home / "got"), "--index-url", f"{index}/simple/"]
    return run([lean_bin() / "python3", "-m", "pip", "install", *common, *words], env=pip_environment(home))


def go(home: Path, proxy: str, *words: str) -> Result:
    """The machine's go, without a checksum database."""
    return run(["go", *words], env=go_environment(home, proxy), cwd=home)


def seen(lab) -> list[tuple[str, str, int, str]]:
    """The fields of the journal that are the same in each run."""
    return [(entry.path_class, entry.fault, entry.status, entry.ending) for entry in lab.journal]


def test_pip_installs_the_newest_release_that_is_not_yanked(tmp_path):
    """Without a version, pip reads the index, the metadata if it can, and the newest wheel that is not yanked."""
    with up(pypi_site.pypi(RELEASES), pypi_site.CLASSES) as lab:
        result = pip(tmp_path, lab.url, "hello_Seawall")
    assert (result.rc, (tmp_path / "got/hello_seawall.py").exists()) == (0, True), repr(result)
    wheel = "/files/hello_seawall-1.1.0-py3-none-any.whl"
    # Only pip 23.2 and newer reads the metadata that this index announces.
    metadata = [f"{wheel}.metadata"] if tuple(map(int, version("pip").split(".")[:2])) >= (23, 2) else []
    assert [entry.path for entry in lab.journal] == ["/simple/hello-seawall/", *metadata, wheel]


def test_pip_installs_a_pinned_yanked_release_with_a_warning(tmp_path):
    """A pinned release that was yanked is installed, with the reason as a warning."""
    with up(pypi_site.pypi(RELEASES), pypi_site.CLASSES) as lab:
        result = pip(tmp_path, lab.url, "hello-seawall==2.0.0")
    assert result.rc == 0, repr(result)
    assert "broken" in result.err


def test_index_lists_the_same_files_in_html_and_json(tmp_path):
    """The index has each file once, as HTML and as JSON."""
    with up(pypi_site.pypi(RELEASES), pypi_site.CLASSES) as lab:
        page = f"{lab.url}/simple/hello-seawall/"
        as_html = run(["curl", "-sS", page]).out
        as_json = run(["curl", "-sS", "-H", f"Accept: {pypi_site.JSON}", page]).out
    for release in RELEASES:
        assert as_html.count(release.sha256) == as_json.count(release.sha256) == 1


def test_pip_retries_after_two_errors_of_the_index(tmp_path):
    """After two answers 503, the third request of pip succeeds."""
    with up(pypi_site.pypi(RELEASES), pypi_site.CLASSES, "503x2", "index") as lab:
        result = pip(tmp_path, lab.url, "hello-seawall")
    assert result.rc == 0, repr(result)
    assert seen(lab)[:3] == [("index", "503", 503, "done")] * 2 + [("index", "ok", 200, "done")]


def test_flipped_wheel_is_not_installed(tmp_path):
    """A wheel with a flipped bit is rejected by its hash."""
    with up(pypi_site.pypi(RELEASES), pypi_site.CLASSES, "flip@700x*", "file") as lab:
        result = pip(tmp_path, lab.url, "hello-seawall")
    assert (result.rc, (tmp_path / "got/hello_seawall.py").exists()) == (1, False), repr(result)
    assert "hash" in result.err.lower()


def test_schedule_in_the_index_url_reaches_the_files_too(tmp_path):
    """A schedule in the URL of the index applies to the files that it links to."""
    with up(pypi_site.pypi(RELEASES), pypi_site.CLASSES) as lab:
        result = pip(tmp_path, f"{lab.url}/f/flip@700x*", "hello-seawall")
    assert result.rc == 1, repr(result)
    assert {entry.fault for entry in lab.journal} == {"flip@700"}


def test_go_finds_the_latest_and_downloads_it(tmp_path):
    """`go mod download` of @latest requests list, info, mod and zip."""
    with up(go_site.goproxy(MODULES), go_site.CLASSES) as lab:
        result = go(tmp_path, lab.url, "mod", "download", "-x", "example.org/Hello@latest")
        assert result.rc == 0, repr(result)
    assert (tmp_path / "go/pkg/mod/example.org/!hello@v1.1.0/hello.go").is_file()
    assert {entry.path_class for entry in lab.journal} == {"list", "info", "mod", "zip"}


@pytest.mark.parametrize("fault", ["503", "rst@100", "fin@100", "429(retry-after=1)"])
def test_go_does_not_retry_a_failed_zip(tmp_path, fault):
    """After one failed request for a zip, go gives up."""
    with up(go_site.goproxy(MODULES), go_site.CLASSES, f"{fault}x*", "zip") as lab:
        result = go(tmp_path, lab.url, "mod", "download", "example.org/Hello@v1.0.0")
    assert result.rc == 1, repr(result)
    assert [entry.fault for entry in lab.journal if entry.path_class == "zip"] == [fault]


def test_go_fails_over_after_a_pipe_and_not_after_a_comma(tmp_path):
    """In GOPROXY, go asks the next proxy after any failure with `|`, and not with `,`."""
    for mark, code in (("|", 0), (",", 1)):
        with (
            up(go_site.goproxy(MODULES), go_site.CLASSES, "503x*") as ill,
            up(go_site.goproxy(MODULES), go_site.CLASSES) as good,
        ):
            result = go(tmp_path, f"{ill.url}{mark}{good.url}", "mod", "download", f"example.org/Hello@v1.{code}.0")
        assert (result.rc, bool(len(good.journal))) == (code, not code), repr(result)

"""RUN steps of Dockerfiles that never heard of the kit: which are woven, when, and what is left of it."""

from __future__ import annotations

import json
import re
import shutil
import tarfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from harness.builds.builder import Builder
from harness.builds.woven import HEAD, RETRIES, kit_with_double, new_context, write_double
from harness.machine.programs import copy_with_libraries
from harness.machine.run import run
from harness.sites.file_site import files
from harness.sites.site import Upstream
from harness.wire.loopback import upstream
from harness.wire.server import Running, serve
from harness.wire.tls import Authority

NETWORK = ("--network", "host", "--allow", "network.host", "--provenance=false")
NOWHERE = (*NETWORK, "--output", "type=cacheonly")
FETCH = "wget -q -O /file URL/file"
TREE = [{"line": 4, "why": "http-5xx"}, {"line": 5, "why": "http-5xx"}]


@pytest.fixture
def woven(builder: Builder, tmp_path: Path) -> Builder:
    """Builds by the kit with the double."""
    return replace(builder, kit=kit_with_double(builder.kit, tmp_path / "kit"))


@pytest.fixture
def folder(tmp_path: Path) -> Callable[[str], Path]:
    """Writes a context with busybox and a Dockerfile of these lines, which no engine has seen."""
    return new_context(tmp_path / "context")


def report(builder: Builder) -> dict[str, object]:
    """The report of the last build."""
    loaded: dict[str, object] = json.loads((builder.folder / "state/report.json").read_text())
    return loaded


def attempts(builder: Builder) -> list[object]:
    """The class of each attempt."""
    return [event["class"] for event in builder.events("attempt") if event["upstream"] == "builder"]


def blobs(archive: Path) -> tuple[set[str], str]:
    """The names of the blobs of an OCI archive, and the text of those that are JSON."""
    with tarfile.open(archive) as tar:
        names = {member.name for member in tar if member.name.startswith("blobs/sha256/")}
        texts = [extracted.read() for name in sorted(names) if (extracted := tar.extractfile(name))]
    return names, "\n".join(text.decode() for text in texts if text[:1] == b"{")


@pytest.mark.parametrize("weave", ["auto", "always"])
def test_healthy_build_has_the_digests_of_the_plain_build(woven, folder, tmp_path, weave):
    """Same layers, configuration and history; `auto` asks the upstream once and weaves nothing."""
    with upstream({"/file": b"content"}) as lab:
        context = folder(f'{HEAD}ENV PATH=/bin:/opt/bin\nRUN {FETCH.replace("URL", lab.url)}\nRUN ["ls", "/"]\n')
        plain, ours = tmp_path / "plain.tar", tmp_path / "ours.tar"
        words = (*NETWORK, "--no-cache", "--build-arg", "SOURCE_DATE_EPOCH=1", context)
        to = "type=oci,rewrite-timestamp=true,dest="
        first = woven.plain("--output", f"{to}{plain}", *words)
        result = woven.ours("--output", f"{to}{ours}", *words, SEAWALL_WEAVE=weave)
        assert [entry.path for entry in lab.journal] == ["/file", "/file"], lab.journal.table()
    assert (first.rc, result.rc) == (0, 0), f"{first!r}\n{result!r}"
    (wanted, _), (seen, texts) = blobs(plain), blobs(ours)
    assert seen == wanted
    assert "seawall" not in texts
    assert ("test double: wget" in result.err) == (weave == "always"), repr(result)
    assert len(woven.events("weave")) == (weave == "always"), repr(result)


def test_step_that_an_upstream_stopped_is_woven_and_the_steps_before_it_are_cached(woven, folder):
    """503 once: the next attempt runs the step and those behind it with the kit; messages name the user's file."""
    with upstream({"/file": b"content"}, "503x1 -> ok") as lab:
        context = folder(f"{HEAD}RUN ls /\nRUN {FETCH.replace('URL', lab.url)}\nRUN ls /file && ! ls /ctx/hidden\n")
        (context / "hidden").write_text("x")
        (context / "Dockerfile.dockerignore").write_text("hidden\n")
        (context / "Dockerfile").write_text((context / "Dockerfile").read_text() + "COPY . /ctx/\n")
        result = woven.ours(*NOWHERE, context)
        assert [entry.status for entry in lab.journal] == [503, 200], lab.journal.table()
    assert (result.rc, attempts(woven)) == (0, ["http-5xx", ""]), repr(result)
    second = result.err.split("(woven)")[1]
    assert "RUN ls /\n#" in second, repr(result)
    assert second.partition("RUN ls /\n")[2].splitlines()[0].endswith("CACHED"), repr(result)
    assert "test double: wget" in second, repr(result)
    assert report(woven)["woven"] == {"steps": TREE, "left": ""}
    assert [event["detail"] for event in woven.events("weave")] == ["RUN in Dockerfile:4,5: http-5xx"]
    assert "RUN in Dockerfile:4,5 will run with the kit's tools (woven): http-5xx" in result.err


@pytest.mark.long
def test_off_weaves_nothing(woven, folder):
    """SEAWALL_WEAVE=off: the second attempt is the plain build, too."""
    with upstream({"/file": b"content"}, "503x1 -> ok") as lab:
        context = folder(f"{HEAD}RUN {FETCH.replace('URL', lab.url)}\n")
        result = woven.ours(*NOWHERE, context, SEAWALL_WEAVE="off")
    assert (result.rc, attempts(woven)) == (0, ["http-5xx", ""]), repr(result)
    assert "test double" not in result.err
    assert report(woven)["woven"] == {"steps": [], "left": ""}


def test_step_that_is_silent_is_woven(woven, folder):
    """A download that never answers is ended after SEAWALL_SILENCE; the next attempt weaves the step."""
    with upstream({"/file": b"content"}, "stall -> ok") as lab:
        context = folder(f"{HEAD}RUN {FETCH.replace('URL', lab.url)}\n")
        result = woven.ours(*NOWHERE, context, SEAWALL_SILENCE="2")
        assert [entry.fault for entry in lab.journal] == ["stall", "ok"], lab.journal.table()
    assert (result.rc, attempts(woven)) == (0, ["timeout", ""]), repr(result)
    assert report(woven)["woven"] == {"steps": [{"line": 3, "why": "timeout"}], "left": ""}


def test_upgrade_setting_and_certificate_rebuild_nothing(woven, folder, tmp_path):
    """Another version of the kit, another source, a limit and a CA: all woven steps are CACHED."""
    with upstream({"/file": b"content"}) as lab:
        context = folder(f"{HEAD}RUN {FETCH.replace('URL', lab.url)}\n")
        assert woven.ours(*NOWHERE, context, SEAWALL_WEAVE="always").rc == 0
        write_double(woven.kit, "# another version\nexec false\n")
        settings = {"SEAWALL_PYPI_INDEXES": "https://index.example/simple", "SEAWALL_STALL": "5"}
        authority = Authority().write(tmp_path)
        result = woven.ours(*NOWHERE, context, SEAWALL_WEAVE="always", SEAWALL_CA_BUNDLE=str(authority), **settings)
        assert [entry.path for entry in lab.journal] == ["/file"], lab.journal.table()
    assert result.rc == 0, repr(result)


def test_woven_step_that_has_tried_again_is_not_repeated(woven, folder):
    """The double tries twice and fails: the build ends with 75 after the woven attempt."""
    write_double(woven.kit, RETRIES)
    with upstream({"/file": b"content"}, "503x*") as lab:
        context = folder(f"{HEAD}RUN {FETCH.replace('URL', lab.url)}\n")
        result = woven.ours(*NOWHERE, context)
        assert len(lab.journal) == 3, lab.journal.table()
    assert (result.rc, attempts(woven)) == (75, ["http-5xx", "http-5xx"]), repr(result)


@contextmanager
def secure(content: bytes, authority: Authority) -> Iterator[Running]:
    """A server with a certificate of this authority."""
    with serve(Upstream("files", files({"/file": content})), tls=authority.context("good")) as lab:
        yield lab


CURL = "FROM scratch\nCOPY root /\nRUN curl --silent --show-error --fail URL/file >/got && cat /got\n"


def test_company_certificate_reaches_the_step_and_nothing_else(woven, folder, tmp_path):
    """The unedited step fails with tls; the next attempt trusts the bundle; no layer or configuration has it."""
    authority, out = Authority(), tmp_path / "out.tar"
    context = folder("")
    copy_with_libraries(shutil.which("curl") or "", context / "root", "usr/bin/curl")
    (public := context / "root/etc/ssl/certs").mkdir(parents=True)
    Authority().write(tmp_path).rename(public / "ca-certificates.crt")
    with secure(b"from the company", authority) as lab:
        folder(CURL.replace("URL", lab.url))
        plain = woven.plain(*NOWHERE, context)
        without = woven.ours(*NOWHERE, context, SEAWALL_WEAVE="off")
        bundle = authority.write(tmp_path)
        to = f"type=oci,dest={out}"
        result = woven.ours(*NETWORK, "--output", to, context, SEAWALL_CA_BUNDLE=str(bundle))
        assert [entry.path for entry in lab.journal if entry.method == "GET"] == ["/file"], repr(result)
    assert (plain.rc, without.rc, result.rc) == (1, 71, 0), f"{without!r}\n{result!r}"
    last = without.err.splitlines()[-1]
    assert f"the certificate of {lab.host} is not trusted here" in last
    assert "SEAWALL_CA_BUNDLE" in last
    assert attempts(woven)[-2:] == ["tls", ""], repr(result)
    assert "seawall" not in blobs(out)[1]
    with tarfile.open(out) as tar:
        for member in tar:
            extracted = tar.extractfile(member)
            assert not extracted or b"BEGIN CERTIFICATE" not in extracted.read()


def test_name_of_the_kit_that_the_caller_uses_means_the_plain_build(woven, folder, tmp_path):
    """A secret or a context called seawall... of the caller: one line, and no step is woven."""
    (tmp_path / "own").write_text("own")
    context = folder(f"{HEAD}RUN --mount=type=secret,id=seawall.kit cat /run/secrets/seawall.kit | grep own\n")
    secret = ("--secret", f"id=seawall.kit,src={tmp_path / 'own'}")
    result = woven.ours(*NOWHERE, *secret, context, SEAWALL_WEAVE="always")
    assert result.rc == 0, repr(result)
    assert result.err.count("RUN steps are not woven") == 1, repr(result)
    named = ("--build-context", f"seawall.shims={tmp_path / 'context'}")
    other = folder(f"{HEAD}COPY --from=seawall.shims root/mark /other\nRUN ls /other\n")
    result = woven.ours(*NOWHERE, *named, other, SEAWALL_WEAVE="always")
    assert (result.rc, result.err.count("RUN steps are not woven")) == (0, 1), repr(result)


@pytest.mark.long
def test_dockerfile_that_changes_between_attempts_is_not_woven(woven, folder):
    """The lines of the failed attempt are not those of the file any more: the next attempt is the plain build."""
    context = folder("")

    class Editor:
        """Changes the Dockerfile while its step asks."""

        def __call__(self, request):
            text = (context / "Dockerfile").read_text()
            (context / "Dockerfile").write_text("# edited\n" + text)
            return files({"/file": b"content"})(request)

    with upstream({"/file": b"content"}) as healthy, serve(Upstream("files", Editor())) as lab:
        folder(
            f"{HEAD}RUN {FETCH.replace('URL', lab.url)}; {FETCH.replace('URL/file', healthy.url + '/none')}; exit 1\n"
        )
        (context / "Dockerfile").write_text(
            f"{HEAD}RUN wget -q -O /file {lab.url}/file; echo 'HTTP/1.1 503 Service Unavailable'; exit 1\n"
        )
        result = woven.ours("--attempts", "2", "--", *NOWHERE, context)
    assert "RUN steps are not woven: the Dockerfile has changed during the build" in result.err, repr(result)
    assert "test double" not in result.err


LEFT = {
    "an exec form without a shell in sight": (f'{HEAD}RUN ["wget", "URL"]\n', "no sh is known in its image"),
    "a shell of another language": (f'{HEAD}SHELL ["python3", "-c"]\nRUN print(1)\n', "its SHELL is no sh"),
    "another frontend": (f"# syntax=example.com/own:1\n{HEAD}RUN ls\n", "example.com/own:1 is not known"),
    "a stage of that name": (f"FROM scratch AS seawall.shims\n{HEAD}RUN ls\n", "a stage is called seawall.shims"),
    "off for the file": (f"# seawall: weave=off\n{HEAD}RUN ls\n", ""),
    "off for a step": (f"{HEAD}# seawall: weave=off\nRUN ls\n", ""),
    "no network": (f"{HEAD}RUN --network=none ls\n", ""),
    "the kit already": (f"{HEAD}RUN --mount=type=secret,id=seawall.conf ls\n", ""),
    "a trigger of the image that is made": (f"{HEAD}ONBUILD RUN ls\n", ""),
}


DEFAULT = {"an exec form without a shell in sight", "another frontend", "off for a step"}


@pytest.mark.parametrize(
    "form", [pytest.param(name, marks=[] if name in DEFAULT else [pytest.mark.long]) for name in LEFT]
)
def test_step_that_cannot_be_woven_is_named_once(woven, folder, form):
    """preflight.sh --woven prints the Dockerfile as it is, and the reason if the user did not choose it."""
    text, reason = LEFT[form]
    context = folder(text)
    result = woven.ours("--woven", context, program=str(woven.kit / "preflight.sh"))
    assert (result.rc, result.out) == (0, text), repr(result)
    assert result.err.count("RUN steps are not woven") == bool(reason), repr(result)
    assert reason in result.err


def test_preflight_shows_the_woven_file(woven, folder):
    """Each line keeps its number; PATH is that of the builder's answer for the stage."""
    text = "FROM scratch AS a\nCOPY root /\nARG P=/x\nENV PATH=$P:/bin\nRUN ls \\\n  /\nFROM a\nonbuild run a\nrun ls\n"
    context = folder(text)
    result = run(
        [woven.kit / "preflight.sh", "--woven", "--build-arg", "P=/opt/y", context],
        env=woven.env | {"SEAWALL_STATE": str(woven.folder / "s"), "SEAWALL_CONF": "/dev/null"}, timeout=60,
    )  # fmt: skip
    assert result.rc == 0, repr(result)
    lines, wanted = result.out.splitlines(), text.splitlines()
    assert len(lines) == len(wanted)
    changed = [number for number, (one, other) in enumerate(zip(lines, wanted, strict=True), 1) if one != other]
    assert changed == [5, 9], result.out
    assert re.match("run --mount=type=bind,from=seawall.shims,source=[0-9]+,target=/run/seawall,rw ", lines[8])
    assert lines[8].endswith(" ls")

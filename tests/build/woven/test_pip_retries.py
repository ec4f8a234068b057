"""pip repeats its requests to an index that fails: with another index, the build goes there before pip gives up."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from secrets import token_hex

import pytest
from harness.builds.woven import HEAD, KIT_PROGRAMS, new_context
from harness.catalogue.schedule import parse
from harness.machine.load import allowed
from harness.machine.programs import copy_python
from harness.sites.artifacts import Release
from harness.sites.pypi_site import CLASSES, pypi
from harness.sites.site import Rule, Upstream
from harness.wire.server import serve

NAME = "index.test"
NOWHERE = (
    "--network", "host", "--allow", "network.host", "--output", "type=cacheonly", "--progress", "plain",
    "--add-host", f"{NAME}:127.0.0.1",
)  # fmt: skip
RETRY_AFTER_S = 20


@pytest.fixture
def folder(tmp_path: Path) -> Callable[[str], Path]:
    """Writes a context with busybox and a Dockerfile of these lines, which no engine has seen."""
    return new_context(tmp_path / "context", KIT_PROGRAMS)


def python_context(folder: Callable[[str], Path], index: str) -> Path:
    """A context with Python and the index in pip's configuration; pip retries as it does by default."""
    context = folder(f"{HEAD}RUN /venv/bin/pip install --no-cache-dir --no-compile hello-seawall==1.0.0\n")
    copy_python(root := context / "root", "/venv")
    (root / "etc").mkdir(exist_ok=True)
    # By a name: a server at 127.0.0.1 is one of the step itself.
    url = index.replace("127.0.0.1", NAME)
    (root / "etc/pip.conf").write_text(f"[global]\nindex-url = {url}/simple/\ntrusted-host = {NAME}\n")
    shutil.rmtree(root / "__pycache__", ignore_errors=True)
    return context


@pytest.mark.parametrize(
    ("schedule", "limit_s", "requests"),
    [
        ("rst x*", 12, 6),
        pytest.param(f"429(retry-after={RETRY_AFTER_S})x*", 25, 3, marks=pytest.mark.long),
        pytest.param("stall x*", 30, 4, marks=pytest.mark.long),
    ],
)
def test_build_leaves_an_index_that_fails_before_pip_does(builder, folder, schedule, limit_s, requests):
    """Seconds instead of pip's 8 (reset), 100 (Retry-After) or 98 (silent), and fewer requests than pip's six."""
    release = Release("hello-seawall", source=f"MARK = {token_hex(8)!r}\n")
    site = pypi([release])
    rules = (Rule(parse(schedule)),)
    with serve(Upstream("pypi", site, CLASSES, rules)) as dead, serve(Upstream("pypi", site, CLASSES)) as good:
        context = python_context(folder, dead.url)
        limit_s = allowed(limit_s)
        result = builder.ours(*NOWHERE, context, SEAWALL_PYPI_INDEXES=f"default {good.url}/simple/")
        assert [entry.path for entry in good.journal if entry.path.endswith(".whl")], repr(result)
    assert result.rc == 0, repr(result)
    assert len(dead.journal) <= requests, dead.journal.table()
    assert result.seconds < limit_s, repr(result)
    first = next(event for event in builder.events("attempt") if event["upstream"] == "builder")
    assert first["class"] == "timeout", repr(result)
    assert "pip" in first["detail"], repr(result)


@pytest.mark.long
def test_build_without_another_index_leaves_pip_its_retries(builder, folder):
    """Two resets, then the index answers: with one index the plain build goes on, and succeeds."""
    release = Release("hello-seawall", source=f"MARK = {token_hex(8)!r}\n")
    rules = (Rule(parse("rst x3 -> ok"), path_class="index"),)
    with serve(Upstream("pypi", pypi([release]), CLASSES, rules)) as index:
        result = builder.ours(*NOWHERE, python_context(folder, index.url))
    assert result.rc == 0, repr(result)
    assert len([event for event in builder.events("attempt") if event["upstream"] == "builder"]) == 1, repr(result)

"""Woven builds with odd input: a large secret of the caller, a tool of the user, a name of the kit in a bake."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from secrets import token_hex

import pytest
from harness.builds.bakery import Bakery
from harness.builds.builder import Builder
from harness.builds.woven import HEAD, KIT_PROGRAMS, new_context
from harness.pytest.pairs import some
from harness.wire.loopback import named, upstream

NOWHERE = ("--network", "host", "--allow", "network.host", "--provenance=false", "--output", "type=cacheonly")
TOO_LARGE = 600_000
"""BuildKit hands over at most 500 KiB."""


@pytest.fixture
def folder(tmp_path: Path) -> Callable[[str], Path]:
    """Writes a context with busybox and a Dockerfile of these lines, which no engine has seen."""
    return new_context(tmp_path / "context", KIT_PROGRAMS)


def attempts(builder: Builder) -> list[object]:
    """The class of each attempt of the build."""
    return [event["class"] for event in builder.events("attempt") if event["upstream"] == "builder"]


@pytest.mark.parametrize("weave", some(["auto", "always"], "always"))
def test_large_secret_of_the_caller_is_refused_as_without_the_kit(builder, folder, tmp_path, weave):
    """Buildx takes no secret over 500 KiB: its words, its code, one attempt, and the builder gets nothing."""
    (tmp_path / "own").write_text(token_hex(TOO_LARGE // 2))
    secret = ("--secret", f"id=own,src={tmp_path / 'own'}")
    with upstream({"/file": b"content"}) as lab:
        context = folder(f"{HEAD}RUN wget -q -O /file {named(lab)}/file\nRUN --mount=type=secret,id=own ls /file\n")
        plain = builder.plain(*NOWHERE, *secret, context)
        result = builder.ours(*NOWHERE, *secret, context, SEAWALL_WEAVE=weave)
        assert not lab.paths
    assert (plain.rc, result.rc, len(attempts(builder))) == (1, 1, 1), repr(result)
    assert "secret own too big" in plain.err
    assert "secret own too big" in result.err
    assert "the builder refused" not in result.err


GETTER = """#!/bin/sh
exec /bin/wget -q -O "$1" "$2"
"""


@pytest.mark.parametrize("fault", some(["503x2 -> ok", "stall x2 -> ok"], "503x2 -> ok"))
def test_tool_that_the_user_names_has_limits_attempts_and_a_class(builder, folder, fault):
    """SEAWALL_WEAVE_TOOLS=getter: the woven attempt calls it twice; without the setting the step fails again."""
    settings = {"SEAWALL_SILENCE": "3", "SEAWALL_STALL": "3"}
    with upstream({"/file": b"content"}, fault) as lab:
        context = folder(f"{HEAD}RUN getter /file {named(lab)}/file </dev/null\n")
        (context / "root/bin/getter").write_text(GETTER)
        (context / "root/bin/getter").chmod(0o755)
        result = builder.ours(*NOWHERE, context, SEAWALL_WEAVE_TOOLS="getter other-tool", **settings)
        assert [entry.fault.partition("x")[0] for entry in lab.journal][-1:] == ["ok"], lab.journal.table()
        assert len(lab.journal) == 3, repr(result)
    kind = "timeout" if "stall" in fault else "http-5xx"
    assert (result.rc, attempts(builder)) == (0, [kind, ""]), repr(result)
    classes = [event["class"] for event in builder.events("attempt") if event["upstream"] != "builder"]
    assert classes == [kind, ""], repr(result)


@pytest.mark.long
def test_tool_that_nobody_names_runs_once(builder, folder):
    """The same tool without the setting: a woven step in which no tool of the kit runs is named."""
    with upstream({"/file": b"content"}, "503x*") as lab:
        context = folder(f"{HEAD}RUN getter /file {named(lab)}/file\n")
        (context / "root/bin/getter").write_text(GETTER)
        (context / "root/bin/getter").chmod(0o755)
        result = builder.ours("--attempts", "2", "--", *NOWHERE, context)
        assert len(lab.journal) == 2, repr(result)
    assert result.rc == 75, repr(result)
    assert result.err.count("no tool of the kit") == 1, repr(result)


@pytest.mark.long
@pytest.mark.parametrize("name", ["secret", "context"])
def test_name_of_the_kit_in_a_target_means_its_plain_build(builder, folder, tmp_path, name):
    """A target with a secret or a context called seawall...: one line, and its own content; the other one is woven."""
    (tmp_path / "own").write_text("own")
    with upstream({"/file": b"content"}, "503x2 -> ok") as lab:
        context = folder("")
        fetch = f"{HEAD}RUN --network=host wget -q -O /file {named(lab)}/file\n"
        own = {
            "secret": ("RUN --mount=type=secret,id=seawall.kit grep own /run/secrets/seawall.kit\n",
                       {"secret": [f"id=seawall.kit,src={tmp_path / 'own'}"]}),
            "context": ("COPY --from=seawall.shims own /own\nRUN ls /own\n",
                        {"contexts": {"seawall.shims": str(tmp_path)}}),
        }[name]  # fmt: skip
        host = {"entitlements": ["network.host"]}
        bakery = Bakery(builder, context)
        bakery.write({"app": {"dockerfile-inline": fetch} | host, "own": {"dockerfile-inline": HEAD + own[0]} | own[1]})
        words = ("--allow", "network.host", "--allow", f"fs.read={tmp_path}", "--progress", "plain")
        result = bakery.ours(*words)
        assert [entry.status for entry in lab.journal][-1] == 200, repr(result)
    assert result.rc == 0, repr(result)
    report = json.loads((builder.folder / "state/report.json").read_text())
    assert {step["target"] for step in report["woven"]["steps"]} == {"app"}, repr(result)

"""RUN steps of the targets of a bake: the failed ones are woven, and the others come from the build cache."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from itertools import product
from pathlib import Path
from typing import Any

import pytest
from harness.builds.bakery import Bakery
from harness.builds.woven import HEAD, RETRIES, kit_with_double, new_context, write_double
from harness.machine.terminal import on_a_terminal
from harness.wire.loopback import upstream

ALLOW = ("--allow", "network.host", "--progress", "plain")
NETWORK = {"entitlements": ["network.host"]}
DOUBLE = "test double: wget"


@pytest.fixture
def bakery(builder, tmp_path: Path) -> Bakery:
    """A folder with busybox, in which the kit with the double bakes."""
    new_context(tmp_path / "bakery")("")
    return Bakery(replace(builder, kit=kit_with_double(builder.kit, tmp_path / "kit")), tmp_path / "bakery")


def fetch(url: str, name: str) -> str:
    """A step that fetches `/name` in the network of the host."""
    return f"RUN --network=host wget -q -O /{name} {url}/{name}\n"


def report(bakery: Bakery) -> dict[str, Any]:
    """The report of the last bake."""
    loaded: dict[str, Any] = json.loads((bakery.builder.folder / "state/report.json").read_text())
    return loaded


def woven(bakery: Bakery) -> list[tuple[str, int]]:
    """Target and line of each woven step in the report."""
    return [(step["target"], step["line"]) for step in report(bakery)["woven"]["steps"]]


def attempts(bakery: Bakery) -> list[object]:
    """The class of each attempt."""
    return [event["class"] for event in bakery.builder.events("attempt") if event["upstream"] == "builder"]


FORMS: Mapping[str, Callable[[str], dict[str, object]]] = {
    "inline": lambda text: {"dockerfile-inline": text},
    "file": lambda _: {"dockerfile": "app.Dockerfile"},
}


FIRST = ("inline", "plain")


@pytest.mark.parametrize(
    ("form", "progress"),
    [
        FIRST,
        *(
            pytest.param(*more, marks=pytest.mark.long)
            for more in product(FORMS, ("plain", "rawjson"))
            if more != FIRST
        ),
    ],
)
def test_failed_target_is_woven_and_the_others_come_from_the_cache(bakery, form, progress):
    """503 once in one of two targets: a plain bake fails; ours weaves its step and the one behind it, no other."""
    with upstream({"/app": b"content"}, "503x2 -> ok") as lab, upstream({"/other": b"other"}) as good:
        text = f"{HEAD}RUN ls /\n{fetch(lab.url, 'app')}RUN ls /app\n"
        (bakery.folder / "app.Dockerfile").write_text(text)
        other = {"dockerfile-inline": HEAD + fetch(good.url, "other")}
        bakery.write({"app": FORMS[form](text) | NETWORK, "other": other | NETWORK})
        words = ("--allow", "network.host", "--progress", progress)
        plain = bakery.plain(*words)
        result = bakery.ours(*words)
        assert [entry.status for entry in lab.journal] == [503, 503, 200], repr(result)
    assert (plain.rc, result.rc, attempts(bakery)) == (1, 0, ["http-5xx", ""]), repr(result)
    assert woven(bakery) == [("app", 4), ("app", 5)], repr(result)
    found = [(row["target"], row["result"]) for row in report(bakery)["targets"]]
    assert found == [("app", "built"), ("other", "built")]
    assert report(bakery)["targets"][0]["attempts"] == 2
    file = "app.Dockerfile" if form == "file" else "Dockerfile"
    assert f"RUN in {file}:4,5 of target app will run with the kit's tools (woven): http-5xx" in result.err
    # The text of a step is in base64 in rawjson.
    assert (DOUBLE in result.err) == (progress == "plain")


SHARED = f"""{HEAD}ARG FROM
RUN --network=host wget -q -O /got $FROM/file
RUN true
FROM scratch AS one
COPY --from=0 /got /1
FROM scratch AS two
COPY --from=0 /got /2
"""


def test_targets_that_share_a_dockerfile_are_woven_together(bakery):
    """Two stages of one file behind the same failed step, and one with another argument: a second attempt is enough."""
    with upstream({"/file": b"content"}, "503x2 -> ok") as lab, upstream({"/file": b"x"}) as good:
        (bakery.folder / "app.Dockerfile").write_text(SHARED)
        shared = {"dockerfile": "app.Dockerfile", "args": {"FROM": lab.url}, **NETWORK}
        targets = {
            "one": shared | {"target": "one"},
            "two": shared | {"target": "two"},
            "other": shared | {"target": "two", "args": {"FROM": good.url}},
        }
        bakery.write(targets)
        plain, result = bakery.plain(*ALLOW), bakery.ours(*ALLOW)
        assert [entry.status for entry in lab.journal] == [503, 503, 200], repr(result)
    assert (plain.rc, result.rc, attempts(bakery)) == (1, 0, ["http-5xx", ""]), repr(result)
    assert set(woven(bakery)) >= {("one", 4), ("two", 4), ("one", 5), ("two", 5)}, repr(result)


@pytest.mark.long
def test_target_that_inherits_from_a_woven_one_reads_its_own_dockerfile(bakery):
    """A child with another Dockerfile, and one with another inline text, are not woven with their parent."""
    with upstream({"/app": b"content"}, "503 -> ok") as lab:
        (bakery.folder / "app.Dockerfile").write_text(HEAD + fetch(lab.url, "app"))
        (bakery.folder / "docker-bake.hcl").write_text(
            'group "default" { targets = ["app", "child", "m"] }\n'
            'target "app" {\n dockerfile = "app.Dockerfile"\n'
            ' entitlements = ["network.host"]\n output = ["type=cacheonly"]\n}\n'
            'target "child" {\n inherits = ["app"]\n dockerfile-inline = "FROM scratch\\nCOPY root /c"\n}\n'
            'target "m" {\n matrix = { n = ["1", "2"] }\n name = "m-${n}"\n inherits = ["app"]\n'
            f" dockerfile-inline = <<END\n{HEAD}RUN echo ${{n}}\n{fetch(lab.url, 'app')}END\n}}\n"
        )
        result = bakery.ours(*ALLOW)
    assert (result.rc, attempts(bakery)) == (0, ["http-5xx", ""]), repr(result)
    rows = woven(bakery)
    assert rows, repr(result)
    assert "child" not in dict(rows)


@pytest.mark.long
def test_silent_step_of_a_target_is_woven(bakery):
    """A download that never answers is ended after SEAWALL_SILENCE; no other step is repeated."""
    with upstream({"/app": b"content"}, "stall -> ok") as lab, upstream({"/other": b"other"}) as good:
        other = {"dockerfile-inline": HEAD + fetch(good.url, "other"), **NETWORK}
        bakery.write({"app": {"dockerfile-inline": HEAD + fetch(lab.url, "app"), **NETWORK}, "other": other})
        result = bakery.ours(*ALLOW, SEAWALL_SILENCE="3")
        assert [entry.fault for entry in lab.journal] == ["stall", "ok"], repr(result)
        assert len(good.journal) == 1, good.journal.table()
    assert (result.rc, attempts(bakery)) == (0, ["timeout", ""]), repr(result)
    assert woven(bakery) == [("app", 3)], repr(result)


@pytest.mark.long
@pytest.mark.parametrize(("weave", "rows"), [("always", [("app", 3), ("other", 3)]), ("off", [])])
def test_all_targets_are_woven_at_once_or_never(bakery, weave, rows):
    """SEAWALL_WEAVE=always weaves in the first attempt; off never, however often the step fails."""
    with upstream({"/app": b"content", "/other": b"other"}, "ok" if rows else "503x1 -> ok") as lab:
        names = ("app", "other") if rows else ("app",)
        bakery.write({name: {"dockerfile-inline": HEAD + fetch(lab.url, name), **NETWORK} for name in names})
        result = bakery.ours(*ALLOW, SEAWALL_WEAVE=weave)
        assert len(lab.journal) == 2, lab.journal.table()
    assert (result.rc, woven(bakery), DOUBLE in result.err) == (0, rows, bool(rows)), repr(result)
    assert attempts(bakery) == ([""] if rows else ["http-5xx", ""])


@pytest.mark.long
def test_target_on_another_target_is_woven(bakery):
    """The base of the failed step is another target, which no registry has; its PATH counts."""
    with upstream({"/app": b"content"}, "503x2 -> ok") as lab:
        base = {"dockerfile-inline": f"{HEAD}ENV PATH=/bin:/own\nRUN ls /\n"}
        text = f"FROM parent\nRUN echo $PATH | grep -F -e /bin:/own\n{fetch(lab.url, 'app')}"
        app = {"contexts": {"parent": "target:base"}, "dockerfile-inline": text}
        bakery.write({"app": app | NETWORK, "base": base})
        plain, result = bakery.plain(*ALLOW), bakery.ours(*ALLOW)
        assert [entry.status for entry in lab.journal] == [503, 503, 200], repr(result)
    assert (plain.rc, result.rc, woven(bakery)) == (1, 0, [("app", 3)]), repr(result)


@pytest.mark.long
def test_step_that_cannot_be_woven_is_named_with_its_target(bakery):
    """An exec form without a shell: one line, and the bake is the plain one."""
    with upstream({"/app": b"content"}, "503x1 -> ok") as lab:
        text = f'{HEAD}RUN --network=host ["wget", "-q", "-O", "/app", "{lab.url}/app"]\n'
        bakery.write({"app": {"dockerfile-inline": text, **NETWORK}})
        result = bakery.ours(*ALLOW)
    assert (result.rc, woven(bakery)) == (0, []), repr(result)
    left = "RUN steps are not woven: target app, line 3: no sh is known in its image"
    assert result.err.count(left) == 1, repr(result)


def test_report_and_events_name_what_became_of_each_target(bakery):
    """The target that fails for good, one that was canceled or built in vain, and the attempts of each."""
    with upstream({"/other": b"other"}) as good, upstream({}, "503x*") as lab:
        write_double(bakery.builder.kit, RETRIES)
        other = {"dockerfile-inline": HEAD + fetch(good.url, "other"), **NETWORK}
        bakery.write({"app": {"dockerfile-inline": HEAD + fetch(lab.url, "app"), **NETWORK}, "other": other})
        result = bakery.ours(*ALLOW)
    assert (result.rc, attempts(bakery)) == (75, ["http-5xx", "http-5xx"]), repr(result)
    rows = report(bakery)["targets"]
    assert rows == [
        {"target": "app", "result": "failed", "attempts": 2},
        {"target": "other", "result": "unfinished", "attempts": 2},
    ]
    assert [(event["detail"], event["class"], event["attempt"]) for event in bakery.builder.events("target")] == [
        ("app: failed", "http-5xx", 2), ("other: unfinished", "", 2),
    ]  # fmt: skip


def test_bake_on_a_terminal_is_woven(bakery):
    """Buildx draws on the terminal: which step of which target failed comes from the history of buildx."""
    step = 'RUN ls /run/seawall || { echo "wget: server returned error: HTTP/1.1 503 Service Unavailable"; exit 1; }\n'
    bakery.write({"app": {"dockerfile-inline": f"{HEAD}RUN ls /\n{step}"}, "other": {"dockerfile-inline": HEAD}})
    words = ["sh", "-c", 'cd "$1" && exec "$2"', "sh", bakery.folder, bakery.builder.kit / "docker-bake.sh"]
    code, seen = on_a_terminal(words, bakery.builder.settings({}), 60)
    assert (code, attempts(bakery)) == (0, ["http-5xx", ""]), seen
    assert woven(bakery) == [("app", 4)], seen

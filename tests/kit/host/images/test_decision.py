"""scripts/lib/host/images/decision.sh: the log says why an image comes from elsewhere, and from where."""

from __future__ import annotations

import json
from pathlib import Path

D = "sha256:" + "1" * 64


def test_line_names_the_image_the_reason_and_the_source(images, tmp_path: Path):
    """`docker.io answered with an HTML page instead of a manifest; using mirror.example`, and no word in brackets."""
    script = """refuse a.example/x:1 html-instead-of-json 'a.example answered with an HTML page instead of a manifest'
    decision_fail_over base a.example/x:1 '' m.example/x:1@"$1" docker-image://m.example/x:1@"$1" 'unverified tag'
    spent_add a.example/z:1 http-5xx
    decision_fail_over frontend a.example/z:1 '' '' builtin alternative
    decision_fail_over base o.example/y:1 "@$1" o.example/y:1@"$1" docker-image://o.example/y:1@"$1" local
    decision_add info base o.example/w:1 '' o.example/w:1 o.example/w:1 default
    cut -f 3,4,5 "$SCRATCH/image-plan.tsv" """
    result = images(script, D)
    assert [line.partition("t: warn: ")[2] for line in result.err.splitlines()] == [
        f"a.example/x:1: a.example answered with an HTML page instead of a manifest; using m.example/x:1@{D}"
        " (unverified tag: only the mirror names this digest)",
        "a.example/z:1: a.example failed during the build; using the frontend that is built into the builder",
        f"o.example/y:1: o.example has not answered yet; using o.example/y:1@{D}",
    ], repr(result)
    assert result.out.splitlines() == [
        f"-\tm.example/x:1@{D}\tdocker-image://m.example/x:1@{D}", "-\t-\tbuiltin",
        f"{D}\to.example/y:1@{D}\tdocker-image://o.example/y:1@{D}", "-\to.example/w:1\to.example/w:1",
    ]  # fmt: skip
    events = [json.loads(line) for line in (tmp_path / "events").read_text().splitlines()]
    assert [(event["level"], event["verdict"]) for event in events] == [
        ("warn", "unverified tag"), ("warn", "alternative"), ("warn", "local"), ("info", "default"),
    ]  # fmt: skip

"""scripts/lib/host/build/build-report.sh: what a build says of itself at its end."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

from harness.machine.run import Result

SCRIPT = """
. "$SEAWALL_LIB/load.sh"; load base attempt verdict ladder host/machine host/registry host/call host/bases host/images
load host/caches host/weave host/builders host/progress host/build
LOG_NAME=t SCRATCH=$1 SEAWALL_RUN=r1 PLAN=gha-full
build_report_begin "$1/out.json"
finding_clear
[ "$2" -eq 0 ] || finding_set http-5xx
LADDER_ATTEMPT=$3 LADDER_TEXT=/dev/null
build_report_write "$2"
build_report_show "$2"
"""
BASE = "base\tr.example.org/a:1\t-\tm.example.org/a\tdocker-image://m.example.org/a\tmirror\n"
CACHES = "gha:main\timport\tlost\t0\t0\nlocal\texport\tused\t2\t10\n"


def test_report_annotations_and_summary_name_class_attempts_and_places(sh: Callable[..., Result], tmp_path: Path):
    """A job on GitHub shows one line per verdict; `1 attempt` has no plural; a success names no class."""
    (tmp_path / "image-plan.tsv").write_text(BASE)
    (tmp_path / "caches.tsv").write_text(CACHES)
    (tmp_path / "weave").mkdir()
    (tmp_path / "weave/chosen").write_text("4\thttp-5xx\t-\t--mount=x\n")
    env = {"GITHUB_ACTIONS": "true", "GITHUB_STEP_SUMMARY": str(tmp_path / "summary")}
    bad, good = [sh(SCRIPT, str(tmp_path), *words, env=env) for words in (("75", "2"), ("0", "1"))]
    assert (bad.rc, good.rc) == (0, 0), repr(bad)
    assert bad.err.splitlines() == [
        "::warning title=docker-build::r.example.org/a:1 comes from docker-image://m.example.org/a (mirror)",
        "::warning title=docker-build::import of the cache gha:main left out (lost)",
        "::error title=docker-build: http-5xx::exit 75 after 2 attempts: "
        "an outage, run again later or name another source",
    ]
    assert "::error" not in good.err
    summary = (tmp_path / "summary").read_text()
    assert "### docker-build: exit 75 after 2 attempts\n" in summary
    assert "### docker-build: exit 0 after 1 attempt\n" in summary
    report = json.loads((tmp_path / "out.json").read_text())
    assert (report["class"], report["builds"], report["plan"]) == ("", 1, "gha-full")
    assert [(cache["cache"], cache["verdict"]) for cache in report["caches"]] == [
        ("gha:main", "lost"),
        ("local", "used"),
    ]
    assert report["woven"] == {"steps": [{"line": 4, "why": "http-5xx"}], "left": ""}

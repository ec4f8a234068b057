"""The reference beside the code says what the code does: commands, settings, exit codes, events, classes, links."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest
from harness.machine.run import clean_environment, run

from .rooms import ORDER

REPOSITORY = Path(__file__).resolve().parents[2]
SCRIPTS = REPOSITORY / "scripts"
REFERENCE = (SCRIPTS / "README.md").read_text()
COMMANDS = sorted([*SCRIPTS.glob("*.sh"), *SCRIPTS.glob("stage/*.sh")])
PAGES = [
    REPOSITORY / name
    for name in subprocess.run(
        ["git", "ls-files", "-co", "--exclude-standard", "--", "*.md"],
        cwd=REPOSITORY, check=True, capture_output=True, text=True,
    ).stdout.splitlines()
]  # fmt: skip


def section(title: str) -> str:
    """The text of one section of the reference."""
    found = re.search(rf"^## {title}\n(.*?)(?=^## |\Z)", REFERENCE, re.MULTILINE | re.DOTALL)
    assert found, title
    return found[1]


def rows(title: str) -> list[list[str]]:
    """The cells of the rows of a section's table, without the code marks."""
    lines = [line for line in section(title).splitlines() if line.startswith("|")]
    return [[cell.strip().replace("`", "") for cell in line.strip("|").split("|")] for line in lines[2:]]


def test_commands_are_those_that_there_are():
    named = re.findall(
        r"`([a-z/-]+\.sh)`", "\n".join(line.split("|")[1] for line in section("Commands").splitlines() if "|" in line)
    )
    assert sorted(named) == sorted(str(path.relative_to(SCRIPTS)) for path in COMMANDS)


def test_settings_and_their_defaults_are_those_of_the_table():
    text = (SCRIPTS / "lib" / "base" / "settings.sh").read_text()
    declared = dict(re.findall(r"^(?:SETTINGS_TABLE=')?(SEAWALL\w*)\|[^|]*\|([^|'\n]*)", text, re.MULTILINE))
    documented = {row[0]: row[2] for row in rows("Settings")}
    assert list(documented) == list(declared)
    said_in_words = {
        "SEAWALL_REGISTRY_MIRRORS",
        "SEAWALL_EVENTS",
        "SEAWALL_STATE",
        "SEAWALL_CA_BUNDLE",
        "SEAWALL_ATTEMPT_TIMEOUT",
    }
    for name in declared.keys() - said_in_words:
        assert documented[name] == (declared[name] or "none"), name


def test_every_setting_is_explained():
    explained = re.findall(r"`(SEAWALL\w*)`", (REPOSITORY / "docs" / "settings.md").read_text())
    assert {row[0] for row in rows("Settings")} <= set(explained)


def test_exit_codes_cover_those_of_the_classes():
    documented = {row[0] for row in rows("Exit codes")}
    table = (SCRIPTS / "lib" / "verdict" / "classes.tsv").read_text().splitlines()
    used = {line.split("\t")[2] for line in table if line and not line.startswith("#")}
    used |= {code for path in SCRIPTS.rglob("*.sh") for code in re.findall(r"\bdie ([0-9]+)", path.read_text())}
    assert used
    # 128+n is one row.
    assert {code for code in used if int(code) <= 128} <= documented


def test_events_are_those_of_the_schema():
    schema = json.loads((SCRIPTS / "events.schema.json").read_text())
    assert {row[0] for row in rows("Events")} == set(schema["properties"]["event"]["enum"])
    calls = re.compile(r"\b(?:events_emit|judge_tell) ([a-z]+) ")
    emitted = {name for path in SCRIPTS.rglob("*.sh") for name in calls.findall(path.read_text())}
    assert emitted == set(schema["properties"]["event"]["enum"])


@pytest.mark.parametrize("command", COMMANDS, ids=lambda path: path.name)
@pytest.mark.parametrize("option", ["-h", "--help"])
def test_help_is_the_header(command, option):
    shown = run([command, option])
    assert (shown.rc, shown.err) == (0, "")
    assert shown.out.startswith(f"{command.name} ")
    assert "Exit codes:" in shown.out


def test_rooms_of_the_table_are_those_of_the_code():
    """CONTRIBUTING.md has one row a room, in the order in which they may call each other, and all in its picture."""
    page = (REPOSITORY / "CONTRIBUTING.md").read_text()
    table, _, rest = page.partition("\n```\n   scripts/*.sh")
    named = re.findall(r"^\| `([a-z/]+)` \|", table, re.MULTILINE)
    assert named == list(ORDER)
    picture = rest.partition("```")[0].split()
    assert {room.rpartition("/")[2] for room in ORDER} <= set(picture)


def test_version_is_that_of_the_file():
    """Each command prints its name and the version, and its help lists the option."""
    version = (REPOSITORY / "VERSION").read_text()
    for path in COMMANDS:
        result = run([path, "--version"], env={"PATH": os.environ["PATH"]})
        assert (result.rc, result.out, result.err) == (0, f"{path.name} {version}", ""), repr(result)
        assert re.search(r"^#   --version +the version$", path.read_text(), re.MULTILINE), path.name


def test_version_is_known_in_a_run_step(tmp_path):
    """A RUN step mounts scripts/ without host/ and without the rest of the repository; --version works there too."""
    shutil.copytree(SCRIPTS / "lib", tmp_path / "lib", ignore=shutil.ignore_patterns("host"))
    shutil.copytree(SCRIPTS / "stage", tmp_path / "stage")
    steps = sorted((tmp_path / "stage").glob("*.sh"))
    assert steps
    for path in steps:
        result = run([path, "--version"], env={})
        assert (result.rc, result.out) == (0, f"{path.name} {(REPOSITORY / 'VERSION').read_text()}"), repr(result)


def test_version_is_a_version_and_the_changelog_knows_it():
    """VERSION is X.Y.Z, and CHANGELOG.md has a dated section of it, the newest one."""
    version = (REPOSITORY / "VERSION").read_text()
    assert re.fullmatch(r"[0-9]+\.[0-9]+\.[0-9]+\n", version)
    sections = re.findall(r"^## (.*)$", (REPOSITORY / "CHANGELOG.md").read_text(), re.MULTILINE)
    assert sections[0] == "[Unreleased]"
    assert re.fullmatch(re.escape(f"[{version.strip()}] - ") + r"\d{4}-\d{2}-\d{2}", sections[1])


# These hand what they are given to pip, apt-get or apk, which know their own options.
PASSES_ON = ("python-packages.sh", "system-packages.sh")


@pytest.mark.parametrize("command", [c for c in COMMANDS if c.name not in PASSES_ON], ids=lambda path: path.name)
def test_unknown_option_is_one_line_and_64(command, tmp_path):
    # What stands before -- is ours, without it all is buildx's.
    words = ["--frobnicate", "--"] if command.name in ("docker-bake.sh", "docker-build.sh") else ["--frobnicate"]
    result = run([command, *words], env=clean_environment(tmp_path))
    assert (result.rc, result.out, result.err.count("\n")) == (64, "", 1), repr(result)
    assert "unknown option --frobnicate" in result.err
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(REPOSITORY)))
def test_links_lead_somewhere(page):
    for target in re.findall(r"\]\((?!https?://|#)([^)#]+)", page.read_text()):
        assert (page.parent / target).exists(), f"{page.name}: {target}"


def test_issue_forms_lead_somewhere():
    """What a reporter is told to run or to read is there."""
    text = "".join(path.read_text() for path in (REPOSITORY / ".github" / "ISSUE_TEMPLATE").glob("*.yml"))
    named = {*re.findall(r"\.\./blob/main/([^)#]+)", text), *re.findall(r"`(scripts/[a-z-]+\.sh)\b", text)}
    assert {"SECURITY.md", "scripts/diagnose.sh"} <= named
    assert [name for name in named if not (REPOSITORY / name).is_file()] == []


def test_every_decision_is_in_the_index():
    decisions = {path.name for path in (REPOSITORY / "docs" / "adr").glob("0*.md")}
    assert decisions == set(re.findall(r"\]\((0[^)]*\.md)\)", (REPOSITORY / "docs" / "adr" / "README.md").read_text()))

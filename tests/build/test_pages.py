"""docs/drop-in.md, caches.md, builders.md, incident.md and the workflow to copy are correct: their commands run."""

from __future__ import annotations

import json
import re
import shlex
from pathlib import Path

import pytest
from harness.builds.builder import config_with_plugin
from harness.builds.cache_build import seen, up
from harness.machine.run import run
from harness.sites.cache_site import Cache, token
from ruamel.yaml import YAML

BLOCK = re.compile(r"```(\w*)\n(.*?)```", re.DOTALL)
SCHEMAS = {"runs-on:": "vendor.github-workflows", "script:": "vendor.gitlab-ci"}
"""The schema of a block by the first of these words in it."""


def blocks(page: Path, language: str) -> list[str]:
    """The text of the page's blocks in this language."""
    return [text for name, text in BLOCK.findall(page.read_text()) if name == language]


def calls(page: Path) -> list[list[str]]:
    """The commands of the page's shell blocks, word by word."""
    return [shlex.split(line) for text in blocks(page, "sh") for line in text.splitlines()]


@pytest.fixture
def drop_in(repo: Path) -> Path:
    return repo / "docs" / "drop-in.md"


@pytest.fixture
def caches(repo: Path) -> Path:
    return repo / "docs" / "caches.md"


@pytest.fixture
def incident(repo: Path) -> Path:
    return repo / "docs" / "incident.md"


@pytest.fixture
def project(context, registry, kit):
    """A project with a copy of the kit; returns its folder."""

    def call(dockerfile: str = "FROM HOST/team/hello:1\nCOPY mark /mark\n") -> Path:
        folder: Path = context(registry().host, dockerfile)
        (folder / "scripts").symlink_to(kit)
        (folder / ".dockerignore").write_text("scripts\n")
        return folder

    return call


def test_both_lines_of_the_diff_build(drop_in, builder, project):
    """The line that docs/drop-in.md replaces and its replacement both build the project."""
    (text,) = blocks(drop_in, "diff")
    old, new = (shlex.split(line[1:]) for line in text.splitlines())
    folder = project()
    try:
        assert run(old, env=builder.env, cwd=folder).rc == 0
        result = run(new, env=builder.env | {"SEAWALL_STATE": str(folder.parent / "state")}, cwd=folder)
        assert result.rc == 0, repr(result)
    finally:
        run(["docker", "image", "rm", "app"], env=builder.env)


def test_shell_commands_of_the_drop_in_page_run(drop_in, builder, project, tmp_path):
    """Each shell command of docs/drop-in.md runs as shown."""
    folder = project()
    config_with_plugin(builder.env, tmp_path / "docker")
    env = builder.env | {"DOCKER_CONFIG": str(tmp_path / "docker"), "SEAWALL_STATE": str(tmp_path / "state")}
    for words in calls(drop_in):
        result = run(words, env=env, cwd=folder)
        assert result.rc == 0, repr(result)


def test_cache_of_the_page_is_filled_and_used(caches, builder, project, exporter):
    """The cache command of docs/caches.md fills a local cache, and the second build imports it."""
    folder = project()
    (words,) = calls(caches)
    env = builder.env | {"SEAWALL_STATE": str(folder.parent / "state")}
    for _ in range(2):
        result = run(words, env=env, cwd=folder)
        assert result.rc == 0, repr(result)
    assert (folder / "cache" / "index.json").exists()
    assert "importing cache manifest from local" in result.err


@pytest.mark.parametrize("handed_on", [True, False], ids=["tokens", "no tokens"])
def test_workflow_to_copy_uses_the_cache(repo, builder, project, exporter, handed_on):
    """The workflow to copy exports to the Actions cache; without its tokens, a warning names the reason."""
    workflow = YAML(typ="safe").load(repo / "examples" / "github-actions.yml")
    _, action, build = workflow["jobs"]["image"]["steps"]
    folder = project()
    env = builder.env | {"SEAWALL_STATE": str(folder.parent / "state")}
    core = "const core = {exportVariable: (name, value) => console.log(`${name}=${value}`)};"
    with up(Cache()) as lab:
        runner = {
            "ACTIONS_RUNTIME_TOKEN": token(),
            "ACTIONS_RESULTS_URL": f"{lab.url}/",
            "ACTIONS_CACHE_SERVICE_V2": "true",
        }
        exported = run(["node", "-e", core + action["with"]["script"]], env=builder.env | runner).out.splitlines()
        assert dict(line.split("=", 1) for line in exported) == runner
        result = run(["sh", "-c", build["run"]], env=env | (runner if handed_on else {}), cwd=folder)
    assert bool(seen(lab, "finalize")) == handed_on, lab.journal.table()
    assert result.rc == 0, repr(result)
    assert ("which a run: step lacks" in result.err) != handed_on, repr(result)


def test_settings_of_the_caches_page_choose_a_plan(caches, builder, project, registry):
    """The settings file of docs/caches.md makes the build use the registry cache alone."""
    folder = project()
    (text,) = blocks(caches, "conf")
    (conf := folder.parent / "my.conf").write_text(text.replace("registry.example.org", registry().host))
    env = builder.env | {"SEAWALL_STATE": str(folder.parent / "state"), "SEAWALL_CONF": str(conf)}
    result = run(["./scripts/docker-build.sh", "."], env=env, cwd=folder)
    assert (result.rc, json.loads((folder.parent / "state" / "report.json").read_text())["plan"]) == (
        0,
        "registry-only",
    )


def test_commands_of_the_builders_page_run(repo, builder, project):
    """Each shell command of docs/builders.md runs as shown, and the diagnosis archive exists afterwards."""
    folder = project()
    env = builder.env | {"SEAWALL_STATE": str(folder.parent / "state")}
    for text in blocks(repo / "docs" / "builders.md", "sh"):
        for line in text.splitlines():
            result = run(["sh", "-c", line], env=env, cwd=folder)
            assert result.rc == 0, repr(result)
    assert (folder / "seawall-diagnosis.tar.gz").exists()


def test_plans_of_the_caches_page_match_the_kit(caches, kit):
    """The table of plans in docs/caches.md has the plans and minutes of the code."""
    table = re.search(r"PLANS_TABLE='([^']*)'", (kit / "lib" / "host" / "caches" / "plans.sh").read_text())
    assert table
    kept = [(row.split("|")[0], int(row.split("|")[2]) // 60) for row in table[1].splitlines()]
    shown = re.findall(r"^\| `([a-z-]+)` \|.*\| (\d+) min \|$", caches.read_text(), re.MULTILINE)
    assert sorted(kept) == sorted((name, int(minutes)) for name, minutes in shown)


def test_workflows_of_the_drop_in_page_are_valid(drop_in, builder, tmp_path):
    """Each CI file of docs/drop-in.md is valid by the schema of its vendor."""
    for number, text in enumerate(blocks(drop_in, "yaml")):
        (file := tmp_path / f"{number}.yml").write_text(text)
        schema = next(name for mark, name in SCHEMAS.items() if mark in text)
        result = run(["check-jsonschema", "--builtin-schema", schema, file], env=builder.env)
        assert result.rc == 0, repr(result)


def test_options_of_the_drop_in_page_match_the_help(drop_in, kit):
    """The table of options in docs/drop-in.md has the options that `-h` prints."""
    rows = set(re.findall(r"^\| `(--[a-z-]+)", drop_in.read_text(), re.MULTILINE))
    shown = set(re.findall(r"^  (--[a-z-]+)", run([kit / "docker-build.sh", "-h"]).out, re.MULTILINE))
    assert rows == shown


def test_exit_codes_of_the_drop_in_page_are_in_the_reference(drop_in, repo):
    """Each exit code of docs/drop-in.md is explained in scripts/README.md."""
    reference = (repo / "scripts" / "README.md").read_text()
    codes = re.findall(r"\| ([0-9or ]+) \|$", drop_in.read_text(), re.MULTILINE)
    assert len(codes) >= 15
    for code in " or ".join(codes).split(" or "):
        assert f"\n| {code.strip()} |" in reference


@pytest.mark.timeout(600)
def test_commands_of_the_incident_page_ship_an_image(incident, builder, project, engine):
    """The commands of docs/incident.md build and list an emergency image while no registry is reachable."""
    folder = project("FROM python:3.13-slim\nCOPY mark /mark\n")
    preflight, emergency, listing = calls(incident)
    # The state folder beside the engine has the bases that the command uses.
    env = engine.env | {"SEAWALL_REGISTRY_MIRRORS": "none"}
    assert run(preflight, env=env, cwd=folder).rc == 75
    try:
        result = run(emergency, env=env, cwd=folder, timeout=400)
        assert result.rc == 0, repr(result)
        assert "app" in run(listing, env=env).out
    finally:
        run(["docker", "image", "rm", "app:emergency"], env=env)

"""GitHub's docker/build-push-action and docker/bake-action through the plugin, as their common library calls buildx."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path

import pytest
from harness.builds.bakery import Bakery
from harness.builds.builder import asked, config_with_plugin
from harness.machine.run import run
from harness.pytest.plugin import REPOSITORY

pytestmark = pytest.mark.long
LIBRARY = "@docker/actions-toolkit@0.101.0"
PROGRAM = REPOSITORY / "fixtures" / "calls" / "actions.mjs"


@pytest.fixture(scope="module")
def library(tmp_path_factory) -> Path:
    """The library, from npm."""
    folder: Path = tmp_path_factory.mktemp("library")
    command = ["npm", "install", "--no-audit", "--no-fund", "--ignore-scripts", "--prefix", folder, LIBRARY]
    # The machine says which registry and which certificates npm uses.
    installed = run(command, timeout=300, env=dict(os.environ))
    assert installed.rc == 0, repr(installed)
    shutil.copy(PROGRAM, folder / PROGRAM.name)
    return folder


@pytest.mark.parametrize("kind", ["build", "bake"])
def test_action_survives_a_dead_registry(builder, registry, library, tmp_path, kind):
    """The command line of the action fails with plain buildx, and builds through the plugin, from the mirror."""
    dead, mirror = registry(manifest="503x*"), registry()
    (folder := tmp_path / "work").mkdir()
    (folder / "mark").write_text("x")
    dockerfile = f"FROM {dead.host}/team/hello:1\nARG X\nENV X=$X\nCOPY mark /mark\n"
    (folder / "Dockerfile").write_text(dockerfile)
    Bakery(builder, folder).write({"app": {"dockerfile-inline": dockerfile}})
    config_with_plugin(builder.env, tmp_path / "docker")
    (temporary := tmp_path / "temporary").mkdir()
    plain = builder.env | {"DOCKER_CONFIG": str(tmp_path / "docker"), "RUNNER_TEMP": str(temporary)}
    plain |= {"GITHUB_REPOSITORY": "a/b", "GITHUB_SERVER_URL": "https://github.invalid", "GITHUB_RUN_ID": "1"}
    shutil.copytree(tmp_path / "docker", tmp_path / "plain", symlinks=True)
    ours = plain | {
        "SEAWALL_STATE": str(tmp_path / "state"), "SEAWALL_CONF": "/dev/null",
        "SEAWALL_REGISTRY_MIRRORS": f"{dead.host}={mirror.host}",
    }  # fmt: skip
    plain["DOCKER_CONFIG"] = str(tmp_path / "plain")
    assert run([builder.kit / "install-plugin.sh"], env=ours).rc == 0
    made = run(["node", library / PROGRAM.name], env=ours, cwd=folder)
    assert made.rc == 0, repr(made)
    calls = json.loads(made.out.splitlines()[-1])
    assert list(calls["definition"]["target"]) == ["app"]
    words = calls[kind]
    assert words[:3] == ["docker", "buildx", kind]
    metadata = Path(words[words.index("--metadata-file") + 1])
    metadata.parent.mkdir(parents=True, exist_ok=True)
    assert run(words, env=plain, cwd=folder).rc == 1
    result = run(words, env=ours, cwd=folder)
    assert asked(mirror, "blob") > 0, mirror.journal.table()
    assert result.rc == 0, repr(result)
    written = json.loads(metadata.read_text())
    assert "buildx.build.ref" in (written if kind == "build" else written["app"])

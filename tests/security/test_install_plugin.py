"""install-plugin.sh finds its own kit however it is called, and refuses a kit that others may change."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from harness.machine.run import Result, clean_environment, run

FAKE_DOCKER = '#!/bin/sh\n[ "$1" != info ] || printf "%s\\n" "$DOCKER_CONFIG/cli-plugins/docker-buildx"\n'


@pytest.fixture
def kit_of_mine(kit: Path, tmp_path: Path) -> Path:
    """A kit in a folder whose name has blanks and a quote."""
    shutil.copytree(kit, copy := tmp_path / "my own 'kit'" / "scripts")
    return copy


@pytest.fixture
def install(kit_of_mine, tmp_path) -> Callable[..., Result]:
    """Calls the command in some folder, with a fake docker."""
    (folder := tmp_path / "bin").mkdir()
    (folder / "docker").write_text(FAKE_DOCKER)
    (folder / "docker").chmod(0o755)
    own = {"PATH": f"{folder}:{os.environ['PATH']}", "DOCKER_CONFIG": str(tmp_path / "docker config")}

    def call(*argv: str | Path, cwd: Path | None = None, **env: str) -> Result:
        return run(argv, env=clean_environment(tmp_path) | own | env, cwd=cwd or tmp_path)

    return call


def installed_kit(tmp_path: Path) -> str:
    """The kit that the plugin runs."""
    text = (tmp_path / "docker config" / "cli-plugins" / "docker-buildx").read_text()
    return run(["sh", "-c", text.split("\n#")[0] + '\nprintf %s "$SEAWALL_KIT"']).out


@pytest.mark.parametrize("cdpath", ["", ".", "..", "/"], ids=["no-cdpath", "here", "above", "root"])
def test_kit_is_found_however_it_is_called(install, kit_of_mine, tmp_path, cdpath):
    """By absolute and relative path, through links and with CDPATH, the plugin gets the same kit."""
    (tmp_path / "link.sh").symlink_to(kit_of_mine / "install-plugin.sh")
    (tmp_path / "linked").symlink_to(kit_of_mine)
    # What CDPATH would find instead.
    (tmp_path / "elsewhere" / "scripts").mkdir(parents=True)
    env = {"CDPATH": cdpath.replace("..", str(tmp_path / "elsewhere"))} if cdpath else {}
    for argv, cwd in (
        ([kit_of_mine / "install-plugin.sh"], tmp_path),
        (["scripts/install-plugin.sh"], kit_of_mine.parent),
        (["sh", "scripts/install-plugin.sh"], kit_of_mine.parent),
        (["sh", "install-plugin.sh"], kit_of_mine),
        (["./link.sh"], tmp_path),
        (["sh", "link.sh"], tmp_path),
        (["linked/install-plugin.sh"], tmp_path),
    ):
        result = install(*argv, cwd=cwd, **env)
        assert (result.rc, result.err) == (
            0, "install-plugin: info: docker build, docker buildx bake and docker compose build now use the kit in"
            f" {kit_of_mine}\n",
        ), repr(result)  # fmt: skip
        assert installed_kit(tmp_path) == str(kit_of_mine)
        (tmp_path / "docker config" / "cli-plugins" / "docker-buildx").unlink()


@pytest.mark.parametrize("which", ["docker-build.sh", "lib", "lib/base/log.sh", "lib/host/plugin/plugin.sh", ".", ".."])
@pytest.mark.parametrize("bits", [0o002, 0o020], ids=["others", "group"])
def test_kit_that_others_may_write_is_refused(install, kit_of_mine, tmp_path, which, bits):
    """A file of the kit, or a folder of it or above it, that others may write ends with code 77 and its name."""
    path = kit_of_mine / which
    path.chmod(path.stat().st_mode | bits)
    result = install(kit_of_mine / "install-plugin.sh")
    assert (result.rc, result.err.count("\n")) == (77, 1), repr(result)
    named = re.search(r"saw (.*): run chmod go-w or chown", result.err)
    assert named, repr(result)
    assert Path(named[1]).resolve() == path.resolve(), repr(result)
    assert not (tmp_path / "docker config").exists()


@pytest.mark.skipif(os.geteuid() != 0, reason="gives files away, which only root may")
def test_kit_of_somebody_else_is_refused_and_roots_is_not(install, kit_of_mine):
    """A kit with a file or parent folder of another user is refused, because that user could change every build."""
    for path in (kit_of_mine / "lib" / "base" / "exit.sh", kit_of_mine.parent):
        os.chown(path, 4321, 4321)
        result = install(kit_of_mine / "install-plugin.sh")
        assert (result.rc, result.err.count("\n")) == (77, 1), repr(result)
        os.chown(path, 0, 0)


def test_kit_with_a_link_in_it_is_refused(install, kit_of_mine, tmp_path):
    """A kit with a link is refused, because the target of the link is not checked."""
    shutil.move(kit_of_mine / "lib" / "base" / "log.sh", tmp_path / "log.sh")
    (kit_of_mine / "lib" / "base" / "log.sh").symlink_to(tmp_path / "log.sh")
    result = install(kit_of_mine / "install-plugin.sh")
    assert (result.rc, result.err.count("\n")) == (77, 1), repr(result)
    assert "wanted a kit without links" in result.err


def test_folder_of_plugins_with_blanks_in_dockers_configuration(install, kit_of_mine, tmp_path):
    """`cliPluginsExtraDirs` with a blank and a star in a name: the real plugin there is found, and only there."""
    assert install(kit_of_mine / "install-plugin.sh").rc == 0
    (folder := tmp_path / "extra * plugins").mkdir()
    (folder / "docker-buildx").write_text('#!/bin/sh\nprintf "real %s\\n" "$*"\n')
    (folder / "docker-buildx").chmod(0o755)
    config = tmp_path / "docker config" / "config.json"
    config.write_text(f'{{\n  "cliPluginsExtraDirs": ["/nonexistent", "{folder}"]\n}}\n')
    plugin = tmp_path / "docker config" / "cli-plugins" / "docker-buildx"
    hide = "for f in /usr/local/lib /usr/local/libexec /usr/lib /usr/libexec; do [ ! -e $f/docker ] || exit 9; done\n"
    if run(["sh", "-c", hide]).rc != 0:
        pytest.skip("wanted a machine without plugins of docker's own, which are found first")
    result = install(plugin, "buildx", "ls")
    assert (result.rc, result.out) == (0, "real buildx ls\n"), repr(result)

"""A hostile `seawall.conf` for every command and for `docker build`; the output of `preflight.sh --settings`.

docker is a fake that records its arguments: nothing here needs an engine.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from harness.machine.run import Result, clean_environment, run

FAKE_DOCKER = """#!/bin/sh
case "$1 ${2:-}" in
	"buildx build") printf '%s\\n' "$*" >>"$CALLS" ;;
	"version "*) echo 28.5.2 ;;
	"buildx version") echo github.com/docker/buildx v0.29.1 ;;
	*) exit 1 ;;
esac
"""
INJECTION = "SEAWALL_SEED=a\nSEAWALL_SEED}*[$(id >&2; touch pwned)]*=x\n"
SED = "SEAWALL.*/touch pwned/e;#=x\n"
COMMANDS = {
    "docker-build.sh": ["."], "docker-bake.sh": [], "preflight.sh": ["."], "emergency-build.sh": ["--", "."],
    "diagnose.sh": [], "clean-caches.sh": ["--yes"], "setup-engine.sh": ["--stop"], "build-base-image.sh": ["static"],
    "fault-lab.sh": ["status"], "test-docker-build.sh": [], "build-lab-image.sh": [], "fault-drill.sh": [],
}  # fmt: skip
"""Every command that loads settings, and a call that gets so far."""


@dataclass(frozen=True)
class Repository:
    """A cloned repository, the kit beside it, and a fake docker."""

    folder: Path
    kit: Path
    env: Mapping[str, str]
    names: list[str] = field(default_factory=list)

    def settings(self, text: str) -> None:
        """Sets the content of its seawall.conf, also for the two commands that read only their own repository."""
        (self.folder / "seawall.conf").write_text(text)
        (self.kit.parent / "seawall.conf").write_text(text)

    def run(self, *argv: str | Path, **env: str) -> Result:
        return run(argv, env=self.env | env, cwd=self.folder, timeout=30)

    def builds(self) -> list[str]:
        """The builds that docker was called for."""
        calls = Path(self.env["CALLS"])
        return calls.read_text().splitlines() if calls.exists() else []

    def is_untouched(self) -> bool:
        """Whether the repository has no new file."""
        folders = (self.folder, self.kit.parent, self.kit.parent.parent)
        return not any((folder / "pwned").exists() for folder in folders)


@pytest.fixture
def repository(kit, tmp_path) -> Repository:
    for name in ("docker", "bin"):
        (tmp_path / name).mkdir()
    shutil.copytree(kit, tmp_path / "kit" / "scripts")
    for name in ("examples/services/services.tsv", "fixtures/lab/Dockerfile", "Dockerfile"):
        (target := tmp_path / "kit" / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(kit.parent / name, target)
    (folder := tmp_path / "clone").mkdir()
    (folder / "Dockerfile").write_text("FROM scratch\n")
    (docker := tmp_path / "bin" / "docker").write_text(FAKE_DOCKER)
    docker.chmod(0o755)
    env = clean_environment(tmp_path) | {
        "PATH": f"{docker.parent}:{os.environ['PATH']}", "CALLS": str(tmp_path / "calls"),
        "DOCKER_CONFIG": str(tmp_path / "docker"),
    }  # fmt: skip
    return Repository(folder, tmp_path / "kit" / "scripts", env)


@pytest.fixture
def plugin(repository) -> Path:
    """The plugin as install-plugin.sh writes it, before a docker-buildx that is the fake."""
    folder = Path(repository.env["DOCKER_CONFIG"]) / "cli-plugins"
    (folder / ".seawall").mkdir(parents=True)
    shutil.copy(repository.env["PATH"].split(":")[0] + "/docker", folder / ".seawall" / "docker-buildx")
    (file := folder / "docker-buildx").write_text(
        f"#!/bin/sh\nSEAWALL_KIT='{repository.kit}'\n{(repository.kit / 'lib/host/plugin/plugin.sh').read_text()}"
    )
    file.chmod(0o755)
    return file


@pytest.mark.parametrize("command", COMMANDS)
def test_key_that_is_a_program_does_not_run(repository, shell, command):
    """Each command in the folder ends with code 78 and one line, and runs nothing of the key."""
    for text, line in ((INJECTION, 2), (SED, 1)):
        repository.settings(text.replace("SEAWALL_SEED=a\n", "SEAWALL_BUDGET=3\n"))
        result = repository.run(*shell.argv, repository.kit / command, *COMMANDS[command])
        assert (result.rc, result.err.count("\n")) == (78, 1), repr(result)
        assert f"./seawall.conf:{line}: wanted SEAWALL_NAME=VALUE" in result.err
        assert repository.is_untouched()
    assert repository.builds() == []


def test_every_command_that_loads_settings_is_tried(kit):
    """The list above has every command that loads settings."""
    assert {path.name for path in kit.glob("*.sh") if "conf_places_load" in path.read_text()} == set(COMMANDS)


@pytest.mark.parametrize(
    "line",
    [
        "SEAWALL_CA_BUNDLE=ca,env=AWS_SECRET_ACCESS_KEY", "SEAWALL_CA_BUNDLE=/etc/shadow",
        "SEAWALL_EVENTS=/root/.bashrc", "SEAWALL_STATE=/var/lib", "SEAWALL=off",
        "SEAWALL_CACHE_REF=r.example.org/app:1",
        "SEAWALL_CACHE_FOLDER=/srv",
        "SEAWALL_BUILDERS=remote", "SEAWALL_LAST_GOOD=/srv", "SEAWALL_HTTPS_EXCEPT=r.example.org",
        "SEAWALL_STRATEGIES=registry-only", "SEAWALL_STEP_SOURCES=all", "SEAWALL_BASE_FALLBACKS=scratch=base:static",
        "SEAWALL_APT_MIRRORS=file:///srv/debian",
    ],
)  # fmt: skip
def test_lawful_setting_of_a_clone_changes_nothing_on_the_host(repository, plugin, line):
    """A setting for trusted places ends a command with code 78; `docker build` does the plain build."""
    repository.settings(f"{line}\n")
    result = repository.run(repository.kit / "docker-build.sh", ".")
    assert (result.rc, result.err.count("\n"), repository.builds()) == (78, 1, []), repr(result)
    assert "set it in the environment" in result.err
    result = repository.run(plugin, "buildx", "build", ".")
    assert (result.rc, result.err.count("\n"), len(repository.builds())) == (0, 1, 1), repr(result)
    assert "docker-build: warn: docker build ignores ./seawall.conf" in result.err


def odd_files(folder: Path) -> dict[str, Callable[[], object]]:
    """Things in place of the settings file, by name."""
    path = folder / "seawall.conf"
    return {
        "injection": lambda: path.write_text(INJECTION),
        "sed": lambda: path.write_text(SED),
        "rubbish": lambda: path.write_bytes(bytes(range(256)) * 10),
        "link": lambda: path.symlink_to("/proc/self/environ"),
        "nowhere": lambda: path.symlink_to("nowhere"),
        "folder": path.mkdir,
        "pipe": lambda: os.mkfifo(path),
        "large": lambda: path.write_bytes(b"#" * 10_000_000),
    }


def test_folder_cannot_stop_a_build_of_docker_itself(repository, plugin):
    """Whatever is in place of the file, `docker build` ends with 0, and one line says that it was not read."""
    ways = odd_files(repository.folder)
    for number, (name, make) in enumerate(ways.items(), 1):
        make()
        result = repository.run(plugin, "buildx", "build", "--tag", name, ".", KEY="s3cr3t")
        assert (result.rc, result.err.count("\n")) == (0, 1), (name, repr(result))
        assert "docker build ignores ./seawall.conf" in result.err
        assert "s3cr3t" not in result.err
        assert (len(repository.builds()), repository.is_untouched()) == (number, True)
        path = repository.folder / "seawall.conf"
        shutil.rmtree(path) if path.is_dir() and not path.is_symlink() else path.unlink()


def test_key_does_not_run_through_docker_itself(repository, plugin, shell):
    """The same in each shell that the plugin may run in."""
    repository.settings(INJECTION)
    result = repository.run(*shell.argv, plugin, "buildx", "build", ".")
    assert (result.rc, result.err.count("\n"), len(repository.builds())) == (0, 1, 1), repr(result)
    assert repository.is_untouched()


def test_users_of_a_named_file_keep_it_through_the_plugin(repository, plugin, tmp_path):
    """The user's SEAWALL_CONF is read, and its errors are code 78; the folder's file is ignored silently."""
    repository.settings(INJECTION)
    (conf := tmp_path / "my.conf").write_text("SEAWALL_HTTPS_ONLY=maybe\n")
    result = repository.run(plugin, "buildx", "build", ".", SEAWALL_CONF=str(conf))
    said = f"{conf}:1: SEAWALL_HTTPS_ONLY: wanted one of on off, saw 'maybe': correct the value"
    assert (result.rc, result.err) == (78, f"docker-build: error: {said}\n")
    conf.write_text("SEAWALL_BUDGET=3\n")
    result = repository.run(plugin, "buildx", "build", ".", SEAWALL_CONF=str(conf))
    assert (result.rc, result.err) == (0, ""), repr(result)


def test_settings_are_shown_with_their_places(repository, tmp_path):
    """Each setting, its value and its place are shown, no password, and neither Dockerfile nor docker is needed."""
    (repository.folder / "Dockerfile").unlink()
    (repository.folder / "seawall.conf").write_text("SEAWALL_BUDGET=3\n")
    (user := tmp_path / ".config" / "seawall" / "seawall.conf").parent.mkdir(parents=True)
    user.write_text("SEAWALL_PYPI_INDEXES=default https://me:p@ss/w0rd@a.example.org/s?sig=s3cr3t\n")
    for path in (user, user.parent, user.parent.parent):
        path.chmod(path.stat().st_mode & ~0o022)
    env = {"SEAWALL_STALL": "4", "SEAWALL_URL_MIRRORS": "https://a/=https://me:w0rd@b/", "PATH": os.environ["PATH"]}
    shown = repository.run(repository.kit / "preflight.sh", "--settings", "--json", **env)
    assert (shown.rc, shown.err) == (0, ""), repr(shown)
    rows = {row["setting"]: (row["place"], row["value"]) for row in map(json.loads, shown.out.splitlines())}
    assert rows["SEAWALL_BUDGET"] == ("folder", "3")
    assert rows["SEAWALL_STALL"] == ("environment", "4")
    assert rows["SEAWALL_SILENCE"] == ("default", "60")
    assert rows["SEAWALL_PYPI_INDEXES"] == ("user", "default https://***@a.example.org/s?***")
    assert rows["SEAWALL_STATE"] == ("default", str(tmp_path / ".local/state/seawall"))
    table = repository.run(repository.kit / "preflight.sh", "--settings", **env)
    assert [line.split()[:2] for line in table.out.splitlines()[1:]] == [[name, rows[name][0]] for name in rows]
    assert not [word for word in ("w0rd", "s3cr3t", "p@ss") if word in shown.out + table.out]
    result = repository.run(repository.kit / "preflight.sh", "--settings", ".")
    assert (result.rc, result.err.count("\n")) == (64, 1), repr(result)

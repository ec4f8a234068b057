"""scripts/diagnose.sh without an engine: an archive all the same, and no secret in it."""

from __future__ import annotations

import tarfile
from pathlib import Path

import pytest
from harness.machine.run import clean_environment, run

SECRETS = {
    "url": ("https://me:hush@proxy.example.org/x", "hush"),
    "header": ("Authorization: Bearer hush.hush", "hush"),
    "json": ('{"token": "hush", "password":"hush"}', "hush"),
    "variable": ("MY_SECRET_KEY=hush", "hush"),
    "web token": ("saw eyJhbGciOi.eyJhYyI6Il.c2lnbmVk there", "eyJhbGciOi"),
    "github": ("ghp_0123456789abcdefghijklmnopqrstuvwxyz", "ghp_0123456789"),
}


@pytest.fixture
def env(tmp_path: Path) -> dict[str, str]:
    """Of a machine without an engine, which has built once."""
    (state := tmp_path / "state").mkdir()
    (state / "events.jsonl").write_text("".join(f"{text}\n" for text, _ in SECRETS.values()))
    return clean_environment(tmp_path) | {
        "SEAWALL_STATE": str(state), "DOCKER_HOST": "unix:///nowhere.sock",
        "SEAWALL_GO_PROXIES": "https://me:hush@go.example.org",
    }  # fmt: skip


def test_archive_has_all_parts_and_no_secret(kit, env, tmp_path):
    result = run([kit / "diagnose.sh", "--output", tmp_path / "bundle.tgz"], env=env, cwd=tmp_path)
    assert (result.rc, result.out) == (0, f"{tmp_path / 'bundle.tgz'}\n"), repr(result)
    with tarfile.open(tmp_path / "bundle.tgz") as archive:
        names = {Path(name).name for name in archive.getnames()}
        texts = {name: archive.extractfile(name) for name in archive.getnames() if "." in name}
        text = "".join(file.read().decode() for file in texts.values() if file)
    parts = ("versions", "settings", "builders", "disk", "daemon", "builds", "goroutines", "events", "report")
    assert {name.split(".")[0] for name in names if "." in name} == set(parts)
    assert f"Seawall {(kit.parent / 'VERSION').read_text()}" in text
    assert "SEAWALL_GO_PROXIES=https://***@go.example.org" in text
    for name, (_, secret) in SECRETS.items():
        assert secret not in text, name


@pytest.mark.parametrize("words", [(), (".",)], ids=["of the folder", "of a call"])
def test_sources_of_a_build_are_asked(kit, env, tmp_path, words):
    (tmp_path / "Dockerfile").write_text("FROM registry.invalid/team/hello:1\n")
    result = run([kit / "diagnose.sh", "--output", "bundle.tgz", "--", *words], env=env, cwd=tmp_path)
    assert result.rc == 0, repr(result)
    with tarfile.open(tmp_path / "bundle.tgz") as archive:
        file = archive.extractfile("seawall-diagnosis/connectivity.txt")
        assert file
        assert "registry.invalid/team/hello:1" in file.read().decode()


@pytest.mark.parametrize(("words", "code"), [(("--output", "/nowhere/at/all.tgz"), 73), (("--what",), 64)])
def test_bad_input_is_one_line(kit, env, tmp_path, words, code):
    result = run([kit / "diagnose.sh", *words], env=env, cwd=tmp_path)
    assert (result.rc, result.out, result.err.count("\n")) == (code, "", 1), repr(result)

"""scripts/diagnose.sh: what a stranger may read of a machine, and nothing that ends or changes anything on it."""

from __future__ import annotations

import json
import subprocess
import tarfile
from pathlib import Path

import pytest
from harness.run import Result, clean_environment, run

from .canaries import SECRET, SECRETS

STRICTER = (
    "NPM_TOKEN\tS3CRET",
    "  DB_PASSWORD     two S3CRET",
    "MY_KEY=S3CRET",
    "password: two S3CRET",
    "db_pass: two S3CRET",
    "api_key = two S3CRET",
    "secret: S3CRET",
    "auth: S3CRET",
    "auth: 'S3CRET'",
    "docker build --build-arg ANY=S3CRET --build-arg 'OTHER=two S3CRET' .",
    'docker build --build-arg "ANY=two S3CRET" --build-arg=ANY=S3CRET .',
    '{"frontend":"x","build-arg:ANY":"two S3CRET"}',
    "curl -u bob:S3CRET https://a.example.org",
    "machine a.example.org login bob password S3CRET",
    "#7 0.2 |1 ANY_TOKEN=S3CRET /bin/sh -c x",
)
"""What may go through a log, where nobody could read the rest without it, and not into a bundle."""

USEFUL = (
    "failed to authorize: failed to fetch anonymous token: unexpected status from GET request: 401 Unauthorized",
    "#5 [2/2] RUN make",
    "Error response from daemon: pull access denied",
)

INSPECTED = """\
Name:\t\tapp
Context:\t.

BUILD ARG\tVALUE
ANY\t\tS3CRET

S3CRET
NPM_TOKEN\tS3CRET

LABEL\tVALUE
x\tS3CRET

Dockerfile:3
--------------------
   3 | >>> COPY nothing-there /
Print build logs: docker buildx history logs abc0
"""

DOCKER = """#!/bin/sh
case "$*" in
    *'history ls --format'*) printf '%s\\n' "$REF" ;;
    *'history inspect --format'*abc0) printf 'ANY\\nNPM_TOKEN\\n' ;;
    *'history inspect abc0') cat "$FAKE/inspected" ;;
    *'history logs abc0') cat "$FAKE/canaries" ;;
    *'history export'*abc0) printf 'a record\\n' >"$5" ;;
    version) [ ! -e "$FAKE/silent" ] ;;
    *) cat "$FAKE/canaries" ;;
esac
"""


@pytest.fixture
def env(tmp_path: Path) -> dict[str, str]:
    """Of a machine where everything that is asked answers with secrets; docker is a fake."""
    (state := tmp_path / "state").mkdir()
    lines = "\n".join([*SECRETS, *STRICTER, *USEFUL]) + "\n"
    (tmp_path / "canaries").write_text(lines)
    (tmp_path / "inspected").write_text(INSPECTED)
    (state / "engine").mkdir()
    (state / "engine" / "log").write_text(lines)
    records = [{"event": "attempt", "source": text, "detail": f"{text} and", "class": "timeout"} for text in SECRETS]
    written = [json.dumps(record, separators=(",", ":")) for record in records]
    (state / "events.jsonl").write_text("".join(f"{line}\n" for line in written))
    (state / "report.json").write_text(written[0] + "\n")
    (tmp_path / "bin").mkdir()
    (docker := tmp_path / "bin" / "docker").write_text(DOCKER)
    docker.chmod(0o755)
    clean = clean_environment(tmp_path)
    return clean | {
        "SEAWALL_STATE": str(state), "FAKE": str(tmp_path), "REF": "abc0", "PATH": f"{docker.parent}:{clean['PATH']}",
        "NPM_TOKEN": "S3CRET", "HTTPS_PROXY": "http://ci:S3CRET@proxy.example.org:1", "SEAWALL_CONF": "/dev/null",
        "SEAWALL_PYPI_INDEXES": "https://ci:pa/S3CRET@pypi.example.org/simple https://a.example.org/0S3CRET0123456789/simple",
        "SEAWALL_URL_MIRRORS": "https://a.example.org/?sig=S3CRET=https://S3CRET@b.example.org/",
        "SEAWALL_SEED": "token=S3CRET",
    }  # fmt: skip


@pytest.fixture
def diagnose(kit: Path, env: dict[str, str], tmp_path: Path):
    """Makes the bundle, gives back the texts of its parts."""

    def call(*words: str) -> tuple[Result, dict[str, str]]:
        result = run([kit / "diagnose.sh", "--output", "bundle.tgz", *words], env=env, cwd=tmp_path)
        assert result.rc == 0, repr(result)
        with tarfile.open(tmp_path / "bundle.tgz") as archive:
            files = {Path(member.name).name: archive.extractfile(member) for member in archive if member.isfile()}
            return result, {name: file.read().decode() for name, file in files.items() if file}

    return call


def test_no_canary_is_in_the_bundle(diagnose):
    """In no shape and from no place: settings, environment, builders, daemon, build record, events."""
    _, parts = diagnose()
    assert [(name, line) for name, text in parts.items() for line in text.splitlines() if SECRET in line] == []
    for line in USEFUL:
        assert line in parts["daemon.txt"], line
    assert (
        "SEAWALL_PYPI_INDEXES=https://***@pypi.example.org/simple https://a.example.org/***/simple"
        in parts["settings.txt"]
    )
    events = [json.loads(line) for line in parts["events.jsonl"].splitlines()]
    assert {event["class"] for event in events} == {"timeout"}
    assert json.loads(parts["report.json"])["event"] == "attempt"


@pytest.mark.parametrize("ref", ["abc0", "default/default/abc0"])
def test_last_build_is_in_the_bundle(diagnose, env, ref):
    """However buildx names the record: what it says of it without values, its log, and on demand the record itself."""
    env["REF"] = ref
    _, parts = diagnose("--record")
    builds = parts["builds.txt"]
    assert "history inspect abc0" in builds
    assert "ANY\nNPM_TOKEN\n" in builds
    assert "COPY nothing-there" in builds
    assert "history logs abc0" in builds
    assert parts["build.dockerbuild"] == "a record\n"


def test_ref_that_is_none_is_not_asked_for(diagnose, env):
    """An odd answer of buildx does not become an argument."""
    env["REF"] = "--help; x"
    _, parts = diagnose()
    assert "history logs" not in parts["builds.txt"]


def test_archive_is_its_owners_alone(diagnose, tmp_path):
    """Not written through a link, and nothing beside it is left."""
    (victim := tmp_path / "victim").write_text("mine")
    (tmp_path / "bundle.tgz").symlink_to(victim)
    diagnose()
    assert victim.read_text() == "mine"
    assert (tmp_path / "bundle.tgz").lstat().st_mode & 0o170777 == 0o100600
    assert list(tmp_path.glob(".seawall*")) == []


def test_stranger_with_the_old_id_is_left_alone(kit, diagnose, env, tmp_path):
    """The engine is gone, its id is now that of a process that a signal would end."""
    (tmp_path / "silent").touch()
    script = '. "$1/host/engine/private.sh"; private_set_paths; printf "%s\\n" "$ENGINE_RUN"'
    folder = Path(run(["sh", "-c", script, "x", kit / "lib"], env=env).out.strip())
    folder.mkdir(mode=0o700)
    stranger = subprocess.Popen(["sleep", "60"])
    try:
        (folder / "pid").write_text(f"{stranger.pid}\n")
        _, parts = diagnose()
        assert parts["goroutines.txt"] == ""
        assert stranger.poll() is None
    finally:
        stranger.kill()
        stranger.wait()
        (folder / "pid").unlink()
        folder.rmdir()

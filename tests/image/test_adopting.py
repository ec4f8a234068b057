"""The Dockerfiles of docs/adopting.md build, whichever way the kit comes in, and it leaves nothing of itself."""

from __future__ import annotations

import re
import shutil
import tarfile
from pathlib import Path

import pytest
from harness.machine.run import run

BLOCK = re.compile(r"<!-- build: (\w+) -->\n```dockerfile\n(.*?)```", re.DOTALL)
KIT_IMAGE = "registry.example.org/seawall-kit"
CERTIFICATES = Path("/etc/ssl/certs/ca-certificates.crt")
PAGE = (Path(__file__).parents[2] / "docs" / "adopting.md").read_text()


def test_kit_image_holds_the_kit_and_nothing_of_the_host(kit_image, kit):
    assert {path.name for path in kit_image.iterdir()} == {"lib", "stage"}
    assert not (kit_image / "lib" / "host").exists()
    assert {path.name for path in (kit_image / "stage").iterdir()} == {path.name for path in (kit / "stage").iterdir()}


@pytest.mark.parametrize(
    "dockerfile", [text for _, text in BLOCK.findall(PAGE)], ids=[how for how, _ in BLOCK.findall(PAGE)]
)
def test_dockerfile_of_the_page_builds(engine, base, kit_image, tmp_path, dockerfile):
    assert shutil.copytree(kit_image, tmp_path / "context" / "seawall")
    (tmp_path / "context" / "Dockerfile").write_text(dockerfile)
    (tmp_path / "settings").write_text("SEAWALL_BUDGET=5\n")
    words: list[str | Path] = ["docker", "buildx", "build", "--no-cache", "--progress", "plain"]
    words += ["--build-context", base, "--build-context", f"{KIT_IMAGE}={kit_image}"]
    words += ["--secret", f"id=seawall.conf,src={tmp_path / 'settings'}"]
    words += ["--secret", f"id=seawall.ca,src={CERTIFICATES}"] if CERTIFICATES.exists() else []
    words += ["--output", f"type=tar,dest={tmp_path / 'image.tar'}", tmp_path / "context"]
    result = run(words, env=engine.env, timeout=300)
    assert result.rc == 0, repr(result)
    assert '"event":"attempt","level":"info","upstream":"pypi"' in result.err
    with tarfile.open(tmp_path / "image.tar") as image:
        names = {name.removeprefix("./").rstrip("/") for name in image.getnames()}
    assert "app/idna/__init__.py" in names
    assert {name for name in names if "seawall" in name} == set()

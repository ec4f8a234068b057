"""The unit tests of the modules in the images they are for: one whose only shell is dash, one with nothing but busybox.

bats itself runs on this machine; each snippet of a test runs in the image, as its own shell finds it.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from harness.run import clean_environment, run

UNIT = Path(__file__).resolve().parents[1] / "unit"
FILES = [path.name for path in sorted(UNIT.glob("*.bats")) if "lib/host/" not in path.read_text()]
"""What runs inside a RUN step."""
LONG = ("watch.bats", "ladder.bats")
"""Those that wait much."""
ONLY_DASH = "FROM python:3.13-trixie\nRUN rm /bin/bash /usr/bin/*perl* && test ! -e /usr/bin/bash\n"
# $1: the image's folder, $2: the repository, $3: the test's own folder; they are the same inside.
INSIDE = """
image=$1
for folder in /proc /dev "$2" "$3"; do mkdir -p "$image$folder" && mount --rbind "$folder" "$image$folder"; done
shift 3 && exec "$@"
"""
ENTER = """#!/bin/bash
exec chroot "{image}" sh -c 'cd "$0" && exec sh "$@"' "$PWD" "$@"
"""


@pytest.fixture(scope="module")
def only_dash(engine, base, tmp_path_factory) -> Path:
    """Debian's python image without bash."""
    folder = tmp_path_factory.mktemp("dash")
    (folder / "Dockerfile").write_text(ONLY_DASH)
    words = ["docker", "buildx", "build", "--build-context", base, "--output", f"type=local,dest={folder / 'image'}"]
    result = run([*words, folder], env=engine.env, timeout=300)
    assert result.rc == 0, repr(result)
    return folder / "image"


@pytest.fixture(scope="module")
def only_busybox(tmp_path_factory) -> Path:
    """Its applets, its libraries and nothing else."""
    image = tmp_path_factory.mktemp("busybox") / "image"
    busybox, cksum = shutil.which("busybox"), shutil.which("cksum")
    assert busybox
    assert cksum
    # Debian's busybox has no cksum; that of Alpine and of the busybox image has.
    said = subprocess.run(["ldd", busybox, cksum], capture_output=True, text=True, check=False).stdout
    libraries = {word for word in said.split() if word.startswith("/") and not word.endswith(":")}
    for path in [busybox, cksum, *libraries]:
        target = image / path.removeprefix("/")
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(path, target)
    for folder in ("bin", "tmp", "etc"):
        (image / folder).mkdir(exist_ok=True)
    applets = subprocess.run([busybox, "--list"], capture_output=True, text=True, check=True).stdout.split()
    for applet in applets:
        (image / "bin" / applet).symlink_to(busybox)
    return image


@pytest.fixture(scope="module", params=["only dash", "only busybox"])
def image(request: pytest.FixtureRequest) -> Path:
    """The root file system of each image in turn."""
    return request.getfixturevalue(request.param.replace(" ", "_"))


@pytest.mark.parametrize("name", [pytest.param(name, marks=[pytest.mark.long] * (name in LONG)) for name in FILES])
def test_unit_tests_pass_in_the_image(image: Path, repo: Path, kit: Path, tmp_path: Path, name: str):
    enter = tmp_path / "enter"
    enter.write_text(ENTER.format(image=image))
    enter.chmod(0o755)
    env = clean_environment(tmp_path) | {
        "TEST_SHELL": str(enter),
        "LIB": str(kit / "lib"),
        "SEAWALL_LIB": str(kit / "lib"),
        "PYTHON": sys.executable,
        "TMPDIR": str(tmp_path),
    }
    words = ["unshare", "--mount", "sh", "-ec", INSIDE, "sh", image, repo, tmp_path, "bats", UNIT / name]
    result = run(words, env=env, timeout=280)
    assert result.rc == 0, repr(result)
    assert "\nok 1 " in result.out

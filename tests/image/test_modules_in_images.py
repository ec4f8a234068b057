"""The unit tests of modules for RUN steps, in two minimal images: dash as the only shell, and busybox alone.

bats runs on this machine; each snippet of a test runs in the image, with the shell and the tools of the image.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from harness.machine.run import Result, clean_environment, run

KIT = Path(__file__).resolve().parents[1] / "kit"
FILES = [str(path.relative_to(KIT)) for path in sorted(KIT.rglob("*.bats")) if not path.is_relative_to(KIT / "host")]
"""The tests of the modules that run inside a RUN step."""
AT_ONCE = 3
"""More than the machine has cores, because the tests spend much of their time waiting."""
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
    """An image with busybox, its applets and its libraries."""
    image = tmp_path_factory.mktemp("busybox") / "image"
    busybox, cksum = shutil.which("busybox"), shutil.which("cksum")
    assert busybox
    assert cksum
    # Debian's busybox has no cksum; those of Alpine and of the busybox image do.
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


@pytest.fixture(scope="module", params=[pytest.param("only dash", marks=pytest.mark.long), "only busybox"])
def image(request: pytest.FixtureRequest) -> Path:
    """The root file system of each image in turn."""
    return request.getfixturevalue(request.param.replace(" ", "_"))


@pytest.fixture(scope="module")
def results(image: Path, repo: Path, kit: Path, tmp_path_factory) -> dict[str, Result]:
    """The result of each test file in the image."""

    def in_image(name: str) -> Result:
        folder = tmp_path_factory.mktemp(Path(name).stem)
        enter = folder / "enter"
        enter.write_text(ENTER.format(image=image))
        enter.chmod(0o755)
        env = clean_environment(folder) | {
            "TEST_SHELL": str(enter),
            "LIB": str(kit / "lib"),
            "SEAWALL_LIB": str(kit / "lib"),
            "PYTHON": sys.executable,
            "TMPDIR": str(folder),
        }
        words = ["unshare", "--mount", "sh", "-ec", INSIDE, "sh", image, repo, folder, "bats", KIT / name]
        return run(words, env=env, timeout=280)

    with ThreadPoolExecutor(AT_ONCE) as pool:
        return dict(zip(FILES, pool.map(in_image, FILES), strict=True))


@pytest.mark.long
@pytest.mark.parametrize("name", FILES)
def test_unit_tests_pass_in_the_image(results: dict[str, Result], name: str):
    """The unit tests of a module pass with the shell and the tools of a minimal image."""
    assert results[name].rc == 0, repr(results[name])
    assert "\nok 1 " in results[name].out

"""scripts/lib/host/machine/platform.sh: this machine's platform, and names as buildx and BuildKit read them.

platforms.tsv records the answers of their library, made by fixtures/platforms on an amd64 machine; the long test asks
it again.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path

import pytest
from harness.machine.run import Result, run

TABLE = Path(__file__).parent / "platforms.tsv"
PROGRAM = Path(__file__).resolve().parents[4] / "fixtures" / "platforms"
PLATFORMS = {
    "x86_64": "linux/amd64",
    "aarch64": "linux/arm64",
    "arm64": "linux/arm64",
    "armv7l": "linux/arm/v7",
    "armv8l": "linux/arm/v7",
    "armv6l": "linux/arm/v6",
    "i686": "linux/386",
    "loongarch64": "linux/loong64",
    "ppc64le": "linux/ppc64le",
    "riscv64": "linux/riscv64",
}
SCRIPT = """
. "$SEAWALL_LIB/load.sh"; load base attempt host/machine
uname() { printf '%s\\n' "$KERNEL"; }
for KERNEL in "$@"; do platform_own; done
"""
READ = """
. "$SEAWALL_LIB/load.sh"; load base attempt host/machine
while IFS= read -r name; do
	if platform_read "$name" linux/amd64; then
		printf '%s\\t%s\\t%s\\t%s\\t%s\\t%s\\n' "$name" "$PLATFORM_NAME" "$PLATFORM_OS" "$PLATFORM_OSVERSION" \\
			"$PLATFORM_ARCH" "$PLATFORM_VARIANT"
	else
		printf '%s\\tinvalid\\n' "$name"
	fi
done <"$1"
"""


def test_kernel_names_become_platforms(sh):
    """A build without --platform is compared with the platform that BuildKit itself would report for the machine."""
    assert sh(SCRIPT, *PLATFORMS).out.splitlines() == list(PLATFORMS.values())


@pytest.mark.every_shell
def test_platforms_are_read_as_the_library_reads_them(sh: Callable[..., Result], tmp_path: Path):
    """--platform linux/aarch64 sets the same TARGETARCH for the kit as for BuildKit; both refuse the same words."""
    rows = TABLE.read_text().splitlines()
    assert sum("invalid" in row for row in rows) > 20 < len(rows) - 50
    (tmp_path / "names").write_text("".join(row.partition("\t")[0] + "\n" for row in rows))
    assert sh(READ, str(tmp_path / "names")).out.splitlines() == rows


def generated(chance: random.Random) -> str:
    """A random name, mostly almost valid. Without `.` and `..`: the library cleans them, the kit refuses them."""
    words = (
        "linux windows darwin macos freebsd amd64 x86_64 arm64 aarch64 arm armhf armel 386 i386 s390x v7 v8 7 8 v1 x"
    )
    parts = [
        *words.upper().split()[:3],
        *words.split(),
        *words.split(),
        "windows(10.0+b+a)",
        "linux(1)",
        "",
        "a_b",
        "*",
    ]
    return "/".join(chance.choices(parts, k=chance.choice((1, 1, 2, 2, 2, 3, 3, 3, 4))))


@pytest.mark.long
@pytest.mark.timeout(900)
def test_record_is_what_the_library_says(sh: Callable[..., Result], tmp_path: Path):
    """The table has the answers of the library, and the kit agrees with it on thousands of random names."""
    built = run(["go", "build", "-o", tmp_path / "names-of-platforms", "."], cwd=PROGRAM, timeout=600)
    assert built.rc == 0, built.err
    chance = random.Random(17)  # noqa: S311 # names, not secrets
    names = [row.partition("\t")[0] for row in TABLE.read_text().splitlines()]
    everything = "".join(f"{name}\n" for name in [*names, *(generated(chance) for _ in range(4000))])
    said = run([tmp_path / "names-of-platforms"], stdin=everything, env={"GOARCH": "amd64"}).out.splitlines()
    assert said[: len(names)] == TABLE.read_text().splitlines()
    (tmp_path / "names").write_text(everything)
    assert sh(READ, str(tmp_path / "names")).out.splitlines() == said

"""scripts/lib/host/machine/platform.sh: this machine's platform in BuildKit's words, by what a fake uname prints."""

from __future__ import annotations

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


def test_kernel_names_become_platforms(sh):
    """A build without --platform is compared with the platform that BuildKit itself would report for the machine."""
    assert sh(SCRIPT, *PLATFORMS).out.splitlines() == list(PLATFORMS.values())

"""scripts/lib/host/engine/network.sh: a private engine takes a free address range. `ip` is a fake."""

from __future__ import annotations

import pytest

SCRIPT = """
. "$SEAWALL_LIB/load.sh"; load base attempt host/machine host/bases host/engine
ip() { printf '%s\\n' "$ROUTES"; }
PRIVATE_ID=$1
network__find_block || printf 'none\\n'
"""
ALL = "\n".join(f"10.213.{block}.0/19 dev sw0" for block in range(0, 256, 32))


@pytest.mark.parametrize(
    ("identity", "routes", "block"),
    [
        ("00000", "default via 192.0.2.1", "0"),
        ("00001", "", "32"),
        ("00001", "10.213.33.0/24 dev x", "64"),
        ("00001", "10.213.63.0/24 dev x\n10.213.64.0/20 dev y", "96"),
        ("00007", "10.213.224.0/19 dev x", "0"),
        ("0000f", "unreachable 10.213.0.0/24\n10.213.224.1 dev y", "32"),
        ("00000", ALL, "none"),
    ],
    ids=["all-free", "starts-by-id", "taken", "two-taken", "wraps-around", "single-addresses", "all-taken"],
)
def test_first_free_block_is_taken(sh, identity, routes, block):
    """No route of this machine leads into the range that the engine gets."""
    assert sh(SCRIPT, identity, env={"ROUTES": routes}).out == f"{block}\n"

"""scripts/lib/base/sizes.sh: bytes and ages as people write them."""

from __future__ import annotations

import pytest

READ = '. "$SEAWALL_LIB/load.sh"; load base; "$@" || echo no'
SIZES = {
    "10GB": "10000000000", "512MB": "512000000", "1.5GiB": "1610612736", "4.1kB": "4100", "12K": "12000", "7B": "7",
    "0": "0", "301.61kB": "301610", "": "no", "GB": "no", "-1GB": "no", "1 GB": "no", "1GBB": "no", "0x10": "no",
}  # fmt: skip
AGES = {
    "90": "90",
    "30s": "30",
    "30m": "1800",
    "24h": "86400",
    "7d": "604800",
    "": "no",
    "d": "no",
    "-1d": "no",
    "1w": "no",
}


@pytest.mark.parametrize("text", SIZES)
def test_size_is_read(sh, text):
    assert sh(READ, "sizes_read", text).out == f"{SIZES[text]}\n"


@pytest.mark.parametrize("text", AGES)
def test_age_is_read(sh, text):
    assert sh(READ, "sizes_read_age", text).out == f"{AGES[text]}\n"


@pytest.mark.parametrize(
    ("size", "shown"),
    [("0", "0 B"), ("999", "999 B"), ("1000", "1.0 kB"), ("512000000", "512 MB"), ("4200000000", "4.2 GB")],
)
def test_size_is_shown(sh, size, shown):
    assert sh(READ, "sizes_show", size).out == f"{shown}\n"

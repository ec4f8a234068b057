"""scripts/lib/base/handed.sh: values that the host passes to a RUN step. Trust: tests/security/test_step_sources.py."""

from __future__ import annotations

import pytest

LOAD = '. "$SEAWALL_LIB/load.sh"; load base; HANDED_FILE=$1\n'
LINES = """SEAWALL_BUDGET=3
#seawall folder SEAWALL_PYPI_INDEXES
#seawall mark 00ff
#seawall proxy HTTPS_PROXY=http://p.example.org:1
#seawall proxy NO_PROXY=a b
#seawall proxy LD_PRELOAD=/x
#seawall later whatever"""


@pytest.fixture
def secret(tmp_path):
    path = tmp_path / "secret"
    path.write_text(LINES)
    return str(path)


def test_values_of_the_host_reach_the_step(sh, secret):
    """The mark, the proxies and the settings from the build folder are read; no other variable can be set."""
    script = """handed_use_mark; handed_use_proxies
    printf '%s|' "$EVENTS_NONCE" "$HTTPS_PROXY" "$NO_PROXY" "${LD_PRELOAD-}"
    for name in SEAWALL_PYPI_INDEXES SEAWALL_BUDGET; do
        if handed_from_folder "$name"; then echo yes; else echo no; fi
    done"""
    assert sh(LOAD + script, secret).out == "00ff|http://p.example.org:1|a b||yes\nno\n"


def test_proxy_of_the_step_wins(sh, secret):
    """A step that sets https_proxy itself keeps it, and gets no second one in capitals."""
    script = 'https_proxy=own; handed_use_proxies; printf "%s|" "$https_proxy" "${HTTPS_PROXY-}" "$NO_PROXY"'
    assert sh(LOAD + script, secret).out == "own||a b|"


@pytest.mark.parametrize("mark", ["", "x y", "00FF", "$(id)"])
def test_only_hexadecimal_digits_are_a_mark(sh, tmp_path, mark):
    """A damaged mark, or no secret at all, is the same as no mark."""
    (tmp_path / "secret").write_text(f"#seawall mark {mark}\n")
    script = 'handed_use_mark; printf "<%s>" "$EVENTS_NONCE"; HANDED_FILE=/nonexistent; handed_values mark'
    assert sh(LOAD + script, str(tmp_path / "secret")).out == "<>"

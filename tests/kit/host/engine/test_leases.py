"""scripts/lib/host/engine/leases.sh: a lease ends with its process or when it is dropped."""

from __future__ import annotations

SCRIPT = """
. "$SEAWALL_LIB/load.sh"; load base attempt host/machine host/bases host/engine
held() { if leases_are_held here; then printf 'held\\n'; else printf 'free\\n'; fi; }
held
leases_take here manual
leases_take here "$$"
leases_drop here manual
held
printf '1\\n' >"here/$$"
held
leases_take here manual
held
leases_drop here manual
leases_drop here manual
held
"""


def test_leases_end(sh, tmp_path):
    """The engine runs for a living process and for a word; not for a reused process id, and not after the last drop."""
    result = sh(SCRIPT, cwd=tmp_path)
    assert (result.rc, result.out.split()) == (0, ["free", "held", "free", "held", "free"]), repr(result)
    assert list((tmp_path / "here").iterdir()) == []

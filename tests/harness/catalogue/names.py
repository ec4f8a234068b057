"""D: faults of a resolver."""

from __future__ import annotations

from harness.catalogue.case import Case

DEAD_ADDRESS, DEAD_ADDRESS_6 = "127.0.1.9", "::1"
"""Addresses whose ports 80 and 443 drop each SYN; ::1 is the only IPv6 address of a loopback interface."""
RESOLVERS = ("127.0.0.53", "127.0.0.54")
ONE = f"nameserver {RESOLVERS[0]}\noptions timeout:1 attempts:1\n"
TWO = f"nameserver {RESOLVERS[0]}\nnameserver {RESOLVERS[1]}\noptions attempts:1\n"
SEARCH = f"nameserver {RESOLVERS[0]}\nsearch a.lab.test b.lab.test\noptions ndots:5\n"
MIRRORED = {"curl-mirror": "whole", "go-pipe": "whole", "go-comma": "refused"}


def _case(id_: str, says: str, names: str, expect: dict[str, str], resolv_conf: str = ONE, **more: object) -> Case:
    return Case(id_, says, "ok", "whole", expect, names=names, resolv_conf=resolv_conf, **more)  # type: ignore[arg-type] # fields of Case by name


CASES = (
    _case("D1", "no such name, a mirror is there", "nxdomain x*", MIRRORED),
    _case("D2", "the resolver fails four times", "servfail x4", {"curl": "whole"}),
    _case("D3", "a resolver is silent, another is there", "silent x*", {"curl": "whole"}, TWO),
    _case("D4", "an IPv6 address that leads nowhere comes first", f"address(is={DEAD_ADDRESS_6})", {"curl": "whole"},
          naive="curl-6"),
    _case("D5", "a stale address that leads nowhere", f"address(is={DEAD_ADDRESS})x*", {"curl-mirror": "whole"}),
    _case("D6", "no address in the answer, a mirror is there", "empty x*", MIRRORED),
    _case("D7", "answer cut, TCP refused, a mirror is there", "truncated x*", {"curl-mirror": "whole"},
          tcp_names=False),
    _case("D8", "slow answers for each of two search domains", "delay(s=1.5)x*", {"curl-absolute": "whole"}, SEARCH),
    _case("D10", "good and bad in turns", "nxdomain -> ok -> servfail x2 -> ok", {"curl": "whole"}),
)  # fmt: skip

"""T: faults of a TCP connection."""

from __future__ import annotations

from harness.catalogue.builders import ADD_REFUSED, ADD_WHOLE, BOTH, BUILDKIT
from harness.catalogue.case import Case, retried

MIRRORED = {"curl-mirror": "whole", "go-pipe": "whole", "go-comma": "refused"}

CASES = (
    Case("T1", "connection refused, a mirror is there", "ok", "whole", MIRRORED, address="refused"),
    Case("T2", "nobody answers the SYN, a mirror is there", "ok", "whole", {"curl-mirror": "whole"},
         address="black hole"),
    retried("T3", "reset before the status line", "rst", go=("whole", 2), pip=("whole", 2),
         builders=BOTH | ADD_REFUSED),
    retried("T4", "reset after byte N of the body", "rst@4096", go=("refused", 1), builders=BUILDKIT | ADD_REFUSED),
    retried("T5", "close after byte N of the body", "fin@4096", go=("refused", 1), builders=BOTH | ADD_REFUSED),
    retried("T6", "close before any byte", "fin", go=("whole", 2), pip=("whole", 2), builders=BOTH | ADD_REFUSED),
    retried("T7", "silence after byte N", "stall@4096"),
    retried("T8", "one byte a second", "rate(bps=1)"),
    retried("T9", "sixteen kilobytes a second", "rate(bps=16000)x*", 1, pip=("whole", 1), go=("whole", 1),
         builders=BOTH | ADD_WHOLE),
    retried("T10", "four seconds of latency", "delay(s=4)", builders=BOTH | ADD_WHOLE),
    Case("T13", "an idle connection is dropped and used again", "stall", "whole", {"curl-twice": "whole"},
         naive="curl-twice-naive", reused=True, requests={"curl-twice": 3}),
    Case("T15", "one connection at a time", "ok", "whole", {"curl-twice": "whole"}, naive="curl-parallel-naive",
         connections=1),
)  # fmt: skip

"""P: what an index or a package can be."""

from __future__ import annotations

from harness.catalogue.case import Case

CASES = (
    Case("P11", "module archive cut", "fin@100x*", "refused", {"go": "refused"}, "zip", "curl-no-length",
         requests={"go": 1}),
    Case("P13", "go.mod is a page of HTML", "htmlx*", "refused", {"go": "fooled"}, "mod"),
    Case("P14", "the first of two Go proxies answers 503", "503x*", "whole",
         {"go-pipe": "whole", "go-comma": "refused"}, ".*"),
    Case("P15", "index is down", "503x*", "refused", {"pip": "refused"}, "index"),
    Case("P16", "wheel does not match its hash", "flip@700x*", "refused", {"pip": "refused"}),
    Case("P17", "the index claims a type that it does not have", "type(as=application/json)x*", "refused",
         {"pip": "refused"}, "index"),
    Case("P18", "file of a release is gone", "404x*", "refused", {"pip": "refused"}, requests={"pip": 1}),
)  # fmt: skip

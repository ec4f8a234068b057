"""P: faults of an index, a package, an image or a repository."""

from __future__ import annotations

from harness.catalogue.builders import BOTH, NEITHER
from harness.catalogue.case import Case

CLIENTS = ("crane", "crane-digest", "skopeo", "skopeo-digest")
REFUSED = dict.fromkeys(CLIENTS, "refused")
PYTHON = {"pip": "refused", "uv": "refused"}
APT = {"apt-get": "refused"}
APK = {"apk": "refused"}

IMAGES = (
    Case("P1", "manifest does not match its digest", "flip@10x*", "refused",
         REFUSED | {"crane": "whole", "skopeo": "whole"}, "manifest", builders=NEITHER),
    Case("P2", "layer with a flipped bit", "flip@5000x*", "refused",
         REFUSED | {"crane": "fooled", "crane-digest": "fooled"}, builders=NEITHER),
    Case("P4", "the tag moves while it is used", "ok", "whole", {"crane-digest": "whole", "skopeo-digest": "whole"},
         site="moving tag", naive="crane-twice", builders=BOTH),
    Case("P5", "index without our platform", "ok", "refused", {"crane": "refused", "skopeo": "refused"},
         site="other platform", naive="curl-layer", builders=NEITHER),
    Case("P6", "unknown media type", "ok", "refused", {"crane": "whole", "skopeo": "refused"},
         site="unknown media type", naive="curl-layer", builders=NEITHER),
    Case("P7", "Docker-Content-Digest is wrong", f"header(name=Docker-Content-Digest; is=sha256:{64 * '0'})x*",
         "whole", dict.fromkeys(CLIENTS, "whole"), "manifest", naive="curl-header", builders=NEITHER),
    Case("P10", "manifest is there, a layer is not", "404x*", "refused", REFUSED, builders=NEITHER),
)  # fmt: skip

GO = (
    Case("P11", "module archive cut", "fin@100x*", "refused", {"go": "refused"}, "zip", "curl-no-length",
         requests={"go": 1}),
    Case("P12", "checksum database is down", "503x*", "refused", {"go-sums": "refused"}, "sum", "go"),
    Case("P12", "checksum database disagrees", "ok", "refused", {"go-sums": "refused"}, naive="go", site="wrong sums"),
    Case("P13", "go.mod is a page of HTML", "htmlx*", "refused", {"go": "fooled", "go-sums": "refused"}, "mod"),
    Case("P14", "the first of two Go proxies answers 503", "503x*", "whole",
         {"go-pipe": "whole", "go-comma": "refused"}, ".*"),
)  # fmt: skip

PYPI = (
    Case("P15", "index is down", "503x*", "refused", PYTHON, "index"),
    Case("P16", "wheel does not match its hash", "flip@700x*", "refused", PYTHON),
    Case("P17", "the index claims a type that it does not have", "type(as=application/json)x*", "refused",
         PYTHON, "index"),
    Case("P18", "file of a release is gone", "404x*", "refused", PYTHON, requests={"pip": 1}),
)  # fmt: skip

DEBIAN = (
    Case("P20", "package does not match its hash", "flip@100x*", "refused", APT),
    Case("P21", "the archive's key has expired", "ok", "refused", APT, site="expired key", vouched=False,
         naive="apt-get-insecure"),
    Case("P22", "signed with a key that nobody knows", "ok", "refused", APT, site="unknown key", vouched=False,
         naive="apt-get-insecure"),
    Case("P22", "not signed", "ok", "refused", APT, site="unsigned", vouched=False, naive="apt-get-insecure"),
    Case("P23", "suite has moved", "404x*", "refused", APT, "release"),
    Case("P24", "Valid-Until has passed", "ok", "refused", APT, site="too old", vouched=False,
         naive="apt-get-any-date"),
    Case("P24", "Date is in the future", "ok", "refused", APT, site="from the future", vouched=False,
         naive="apt-get-any-date"),
    Case("B6", "apt-get update ends with 0 although no index came", "ok", "refused", APT, address="refused",
         naive="apt-get-update"),
    Case("P25", "version is gone from the pool", "404x*", "refused", APT),
)  # fmt: skip

ALPINE = (
    Case("P26", "index answers 503", "503x*", "refused", APK, "index", requests={"apk": 1},
         last_words=r"temporary error(.|\n)*no such package"),
    Case("P26", "index is a page of HTML", "htmlx*", "refused", APK, "index"),
    Case("P27", "package cut", "fin@300x*", "refused", APK, naive="curl-no-length", requests={"apk": 1}),
    Case("P27", "package with a flipped bit", "flip@700x*", "refused", APK, requests={"apk": 1}),
    Case("P27", "signed with a key that nobody knows", "ok", "refused", APK, site="unknown key", vouched=False,
         naive="apk-untrusted", last_words="UNTRUSTED signature"),
    Case("P27", "not signed", "ok", "refused", APK, site="unsigned", vouched=False, naive="apk-untrusted",
         last_words="UNTRUSTED signature"),
)  # fmt: skip

NODE = (
    Case("P28", "tarball fails its integrity", "flip@100", "whole", {"npm": "whole"}, requests={"npm": 2}),
    Case("P28", "tarball fails its integrity each time", "flip@100x*", "refused", {"npm": "refused"}),
    Case("P29", "package is unpublished", "404x*", "refused", {"npm": "refused"}, "packument"),
)  # fmt: skip

GIT = (
    Case("P30", "a generated archive has another checksum", "ok", "whole", {"git": "whole", "archive": "refused"},
         site="other gzip", naive="archive"),
    Case("P31", "the git host answers 429 twice", "429x2", "whole", {"archive": "whole", "git": "refused"}),
)  # fmt: skip

CASES = (*IMAGES, *GO, *PYPI, *DEBIAN, *ALPINE, *NODE, *GIT)

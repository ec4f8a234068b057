"""H: faults of HTTP answers."""

from __future__ import annotations

from harness.catalogue.builders import ADD_FOOLED, ADD_REFUSED, ADD_WHOLE, BOTH, BUILDKIT, NEITHER
from harness.catalogue.case import Case, retried

CASES = (
    retried("H1", "503 twice, no hint", "503x2", 3, go=("refused", 1), builders=BUILDKIT | ADD_REFUSED),
    retried("H2", "503 and Retry-After", "503(retry-after=1)", go=("refused", 1), builders=BOTH | ADD_REFUSED),
    retried("H3", "429 and Retry-After in seconds", "429(retry-after=1)", go=("refused", 1),
         builders=BOTH | ADD_REFUSED),
    retried("H3", "429 and Retry-After of zero", "429(retry-after=0)", builders=BOTH | ADD_REFUSED),
    retried("H3", "429 and Retry-After that is no number", "429(retry-after=soon)", builders=BOTH | ADD_REFUSED),
    retried("H4", "429 without a hint", "429", go=("refused", 1), builders=BOTH | ADD_REFUSED),
    retried("H5", "500, 502, 504", "500 -> 502 -> 504", 4, go=("refused", 1), builders=BUILDKIT | ADD_REFUSED),
    retried("H6", "403 out of the blue", "403(body=html)", go=("refused", 1), builders=NEITHER | ADD_REFUSED),
    Case("H7", "the token service is down", "503x*", "refused", {"crane": "refused", "skopeo": "refused"}, "token",
         site="wants a token", naive="curl-layer", builders=NEITHER),
    Case("H7", "401 whatever the token", "401x*", "refused", {"crane": "refused", "skopeo": "refused"}, "manifest",
         builders=NEITHER),
    retried("H9", "gone, there, gone again", "410 -> ok -> 410", go=("refused", 1), builders=NEITHER | ADD_REFUSED),
    Case("H10", "200 with a page of HTML instead of the wheel", "htmlx*", "refused", {"pip": "refused"}),
    Case("H10", "200 with a page of HTML instead of the module", "htmlx*", "refused", {"go": "refused"}, "zip"),
    Case("H10", "200 with a page of HTML, no digest to tell", "htmlx*", "refused", {"curl": "fooled"},
         builders=NEITHER | ADD_FOOLED),
    Case("H11", "redirect to itself", "redirectx*", "refused", {"curl": "refused"}, builders=NEITHER | ADD_REFUSED),
    Case("H11", "redirect to a dead host", "redirect(to=dead)x*", "refused", {"curl": "refused"},
         builders=NEITHER | ADD_REFUSED),
    retried("H13", "Content-Length too large", "length(by=7)", go=("refused", 1), builders=BOTH | ADD_REFUSED),
    Case("H13", "Content-Length too small", "length(by=-7)x*", "refused", {"curl": "fooled"},
         builders=NEITHER | ADD_FOOLED),
    Case("H14", "no length, closed too early", "no-length+fin@4096x*", "refused",
         {"curl": "fooled", "curl-digest": "refused", "pip": "refused", "go": "refused"}, naive="curl",
         builders=BUILDKIT | ADD_FOOLED),
    retried("H15", "broken chunk framing", "bad-chunks", go=("refused", 1), builders=NEITHER | ADD_REFUSED),
    retried("H16", "gzip that is none", "encoding", 1, "curl-compressed", go=("refused", 1),
         builders=NEITHER | ADD_REFUSED),
    Case("H18", "the object changes while a download is resumed", "changed+rst@4096", "whole", {"curl": "whole"},
         naive="wget", builders=NEITHER | ADD_REFUSED),
    retried("H20", "a header of a megabyte", "huge-head", go=("whole", 1), builders=BOTH | ADD_WHOLE),
    retried("H20", "a head of one byte a second", "slow-head(bps=1)"),
    Case("H24", "an old object from an edge cache", "changed+stale(age=86400)x*", "refused",
         {"curl": "fooled", "curl-digest": "refused", "pip": "refused", "go": "refused"}, naive="curl",
         builders=NEITHER | ADD_FOOLED),
    Case("H25", "the first three requests are good, then 429", "ok x3 -> 429(retry-after=600)x*", "whole",
         {"curl-twice": "whole"}, naive="curl-four-times", spares=True),
)  # fmt: skip

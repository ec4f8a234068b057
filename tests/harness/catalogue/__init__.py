"""The faults of the catalogue by id, and the cases that prove them."""

from __future__ import annotations

from harness.catalogue import host, http, names, packages, tcp, tls
from harness.catalogue.case import Case

CASES: tuple[Case, ...] = (*names.CASES, *tcp.CASES, *tls.CASES, *http.CASES, *packages.CASES, *host.CASES)

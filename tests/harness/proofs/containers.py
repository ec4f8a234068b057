"""The lab in containers, as `docker compose up` starts it: the URLs of its upstreams, and their journal."""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from harness.builds.engine import Engine
from harness.catalogue.case import Case
from harness.proofs.testbed import Testbed
from harness.sites.samples import sample_of
from harness.wire.journal import Entry, Journal
from harness.wire.server import Running
from harness.wire.tls import Authority


@dataclass(frozen=True)
class Containers:
    """A running lab: each upstream's URL, and the prefix of commands that run in its closed network."""

    engine: Engine
    compose: tuple[str, ...]
    urls: dict[str, str]
    enter: tuple[str, ...]

    def id_of(self, service: str) -> str:
        """The id of a service's container."""
        return self.engine.check_docker(*self.compose, "ps", "--quiet", service)

    def address_of(self, service: str) -> str:
        """The address of a service in the closed network."""
        form = "{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}"
        return self.engine.check_docker("inspect", "--format", form, self.id_of(service))

    def entries(self) -> list[Entry]:
        """All entries of the lab's journal."""
        said = self.engine.check_docker(*self.compose, "exec", "-T", "lab", "lab", "journal", "--json")
        return [Entry(**json.loads(line)) for line in said.splitlines()]

    @contextmanager
    def testbed(self, case: Case, kind: str, _: Authority, __: Path, *, faulty: bool) -> Iterator[Testbed]:
        """A testbed for one client, like testbed.in_cell; the fault is part of the URL."""
        chosen = sample_of(kind)
        schedule = ",".join(step.strip() for step in case.schedule.split("->")).replace(" ", "") if faulty else "ok"
        wanted = case.path_class or chosen.path_class
        # Counters of its own, because the lab runs on from case to case.
        aim = f"/f/{'' if wanted == '.*' else f'{wanted}:'}{schedule}~{secrets.token_hex(4)}"
        begun, journal = len(self.entries()), Journal()
        lab = Running(self.urls[kind] + quote(aim, safe="/:|~*()="), 0, journal, self.enter)
        testbed = Testbed(lab, Journal(), chosen)
        yield testbed
        for entry in self.entries()[begun:]:
            journal.add(entry)


def can_be_aimed(case: Case) -> bool:
    """Whether all faults of a case are in the answers of one host, so that a URL can describe them."""
    elsewhere = (case.names, case.address, case.certificate, case.site, case.under, case.hello_resets, case.connections)
    return not any(elsewhere) and not case.reused and "/" not in case.schedule

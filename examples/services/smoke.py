#!/usr/bin/env python3
"""Send requests to running services, and check the replies.

Usage: smoke.py [--deadline SECONDS] SERVICE=HOST:PORT ...

Waits for /healthz of every service, then runs the checks of the table below. Prints one line per check,
separated by tabs: ok|FAIL, service, check, milliseconds, detail. Exits 0 (all good), 1, 64 (bad arguments).
"""

import argparse
import http.client
import json
import re
import socket
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

COUNTER = r'^conductor_intents_handled_total\{result="ok"\} ([0-9.e+]+)$'
INTENT = {"kind": "scale", "target": "smoke", "replicas": 3}
PAUSE = 0.1  # seconds between two polls
REQUEST = 5.0  # seconds for one request; a healthy service needs milliseconds
REASONS: dict[type[Exception], str] = {
    socket.gaierror: "host not resolvable",
    ConnectionRefusedError: "connection refused",
    TimeoutError: f"no answer within {REQUEST:.0f} s",
}


@dataclass(frozen=True)
class Check:
    """One request, and the status and a regex of its correct reply."""

    service: str
    name: str
    path: str
    body: object = None  # sent as JSON by POST, if there is one
    status: int = 200
    text: str = ""


METRICS = Check("conductor-loop", "metrics", "/metrics", text=COUNTER)
ACCEPTS = Check("intent-ingest", "accepts-valid", "/intents", INTENT, 202, r'^\{"id":"[0-9a-f-]{36}"\}$')
CHECKS = (
    METRICS, ACCEPTS,
    Check("intent-ingest", "refuses-invalid", "/intents", {**INTENT, "replicas": 101}, 400,
          r'"errors":\[\{"at":"/replicas","message":"[^"]*100'),
    Check("rag-api", "finds", "/v1/search?q=thundering+herd", text=r'"results":\[{"id":"backoff-and-jitter"'),
    Check("rag-api", "search-refuses-empty", "/v1/search?q=", status=422),
    Check("rag-api", "answer", "/v1/answer", {"question": "What spreads out a thundering herd?"}, 200,
          r'"answer":"[^"]*Jitter[^"]*","sources":\[{"id":"backoff-and-jitter"'),
)  # fmt: skip
SERVICES = sorted({check.service for check in CHECKS})


class WrongError(Exception):
    """A wrong reply, or none; the text says what was wanted and what was seen."""


def ask(address: str, check: Check) -> str:
    """Send the request of a check and give the text of the correct reply, else WrongError."""
    host, _, port = address.rpartition(":")
    connection = http.client.HTTPConnection(host, int(port), timeout=REQUEST)
    body = None if check.body is None else json.dumps(check.body)
    try:
        connection.request("POST" if body else "GET", check.path, body, {"Content-Type": "application/json"})
        response = connection.getresponse()
        text = response.read().decode()
    except (OSError, http.client.HTTPException, ValueError, OverflowError) as error:
        raise WrongError(f"{REASONS.get(type(error), repr(error))}: {address}") from error
    finally:
        connection.close()
    if response.status != check.status or not re.search(check.text, text, re.MULTILINE):
        raise WrongError(f"wanted {check.status} {check.text!r}, got {response.status} {text[:200]!r}")
    return text


def until(deadline: float, look: Callable[[], object]) -> None:
    """Call look until it raises no WrongError, or the deadline (monotonic seconds) has passed; at least once."""
    while True:
        try:
            look()
            return
        except WrongError:
            if time.monotonic() + PAUSE > deadline:
                raise
        time.sleep(PAUSE)


def handled(conductor: str, ingest: str, deadline: float) -> None:
    """conductor-loop counts an intent that intent-ingest accepts: once, as ok."""

    def count() -> float:
        return max(float(number) for number in re.findall(COUNTER, ask(conductor, METRICS), re.MULTILINE))

    def look() -> None:
        if (now := count()) != wanted:
            raise WrongError(f"wanted {wanted:.0f} handled intents, got {now:.0f}")

    wanted = count() + 1
    ask(ingest, ACCEPTS)
    until(deadline, look)
    look()  # again, to notice an intent that is handled twice


def report(service: str, name: str, run: Callable[..., object], *args: object) -> bool:
    start, result, detail = time.monotonic(), "ok", "as wanted"
    try:
        run(*args)
    except WrongError as wrong:
        result, detail = "FAIL", " ".join(str(wrong).split())
    print(result, service, name, round((time.monotonic() - start) * 1000), detail, sep="\t", flush=True)
    return result == "ok"


def arguments() -> tuple[dict[str, str], float]:
    parser = argparse.ArgumentParser(allow_abbrev=False)
    parser.error = lambda message: parser.exit(64, f"smoke.py: {message}\n")  # type: ignore[method-assign]
    parser.add_argument("--deadline", type=float, default=30, metavar="SECONDS")
    parser.add_argument("services", nargs="+", metavar="SERVICE=HOST:PORT")
    given = parser.parse_args()
    pairs = [re.fullmatch(rf"({'|'.join(SERVICES)})=(\S+:\d{{1,5}})", text) for text in given.services]
    services = {pair[1]: pair[2] for pair in pairs if pair}
    if len(services) != len(pairs) or not 0 < given.deadline < 86400:
        parser.error(f"wanted SECONDS above 0 and SERVICE=HOST:PORT, each service once of {SERVICES}")
    return services, given.deadline


def main() -> int:
    services, seconds = arguments()
    deadline = time.monotonic() + seconds

    def healthy(service: str) -> bool:
        check = Check(service, "healthz", "/healthz", text=r"\Aok\Z")
        return report(service, check.name, until, deadline, lambda: ask(services[service], check))

    with ThreadPoolExecutor() as pool:  # concurrently: a service that never answers must not use up the others' time
        good = [*pool.map(healthy, services)]
    conductor, ingest = services.get("conductor-loop"), services.get("intent-ingest")
    if conductor and ingest:  # before the other checks, whose intents would count too
        good.append(report("conductor-loop", "handles-ingested", handled, conductor, ingest, deadline))
    for check in (check for check in CHECKS if check.service in services):
        good.append(report(check.service, check.name, ask, services[check.service], check))
    return 0 if all(good) else 1


if __name__ == "__main__":
    sys.exit(main())

"""The lab as a program: `python -m harness.lab up|status|journal|down`, called by scripts/fault-lab.sh.

Exit codes: 0 done, 1 no lab runs, 64 wrong call or scenario, 71 this machine lacks something (a free port).
"""

from __future__ import annotations

import argparse
import json
import os
import select
import signal
import subprocess
import sys
import threading
from contextlib import ExitStack
from dataclasses import asdict
from itertools import repeat
from pathlib import Path
from typing import Any, NoReturn

from harness.journal import Entry, Journal
from harness.server import Running, serve
from harness.topology import KINDS, Plan, ScenarioError, build, check, load

START_LIMIT_S = 20
STOP_LIMIT_S = 10
RED, GREEN, PLAIN = "\033[31m", "\033[32m", "\033[0m"


def die(code: int, text: str) -> NoReturn:
    """One message, then the exit code."""
    print(f"fault-lab: error: {text}", file=sys.stderr)
    sys.exit(code)


def running(state: Path) -> dict[str, Any] | None:
    """What the lab of this folder wrote about itself, None where none runs."""
    try:
        found: dict[str, Any] = json.loads((state / "status.json").read_text())
        command = Path(f"/proc/{found['pid']}/cmdline").read_bytes()
    except (OSError, ValueError):
        return None
    return found if b"harness.lab" in command else None


def up(options: argparse.Namespace) -> None:
    """Starts the lab in a session of its own and shows where it listens."""
    if found := running(options.state):
        die(
            64,
            f"wanted no lab in {options.state}, process {found['pid']} runs one: end it with `down`, then call again",
        )
    if len(options.upstream) != len(options.fault):
        die(64, f"wanted an --upstream for each --fault, saw {len(options.upstream)} and {len(options.fault)}")
    try:
        plans = load(find_scenario(options)) if options.scenario else []
        plans += check(map(Plan, options.upstream, repeat(".*"), options.fault), "--fault")
    except ScenarioError as error:
        die(64, str(error))
    options.state.mkdir(parents=True, exist_ok=True)
    (options.state / "journal.jsonl").write_text("")
    reader, writer = os.pipe()
    words = ["--state", str(options.state), "serve", str(writer), str(options.port), options.seed]
    with (options.state / "log").open("w") as log:
        child = subprocess.Popen(
            [sys.executable, "-m", "harness.lab", *words, json.dumps([asdict(plan) for plan in plans])],
            stdin=subprocess.DEVNULL, stdout=log, stderr=log, pass_fds=(writer,), start_new_session=True,
        )  # fmt: skip
    os.close(writer)
    ready, _, _ = select.select([reader], [], [], START_LIMIT_S)
    answer = os.read(reader, 1 << 16).decode() if ready else ""
    if not answer.startswith("{"):
        child.kill()
        child.wait()
        die(71, answer or f"wanted the lab to answer within {START_LIMIT_S} s, it did not: see {options.state / 'log'}")
    show(json.loads(answer))


def find_scenario(options: argparse.Namespace) -> Path:
    """A file, or the name of one that ships."""
    shipped = Path(__file__).resolve().parents[2] / "fixtures/scenarios"
    file = Path(options.scenario)
    if file.is_file() or "/" in options.scenario:
        return file
    if (named := shipped / f"{options.scenario}.toml").is_file():
        return named
    names = " ".join(sorted(path.stem for path in shipped.glob("*.toml")))
    raise ScenarioError(f"--scenario: wanted a file or one of {names}, saw {options.scenario!r}")


def serve_until_told(options: argparse.Namespace) -> None:
    """The lab itself: serves every upstream until TERM or INT."""
    told = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, lambda *_: told.set())
    plans = [Plan(**plan) for plan in json.loads(options.plans)]
    journal = Journal(options.state / "journal.jsonl")
    status = options.state / "status.json"
    with ExitStack() as stack, os.fdopen(options.ready, "w") as ready:
        stack.callback(journal.close)
        rows = []
        for index, upstream in enumerate(build(plans, options.seed)):
            port = options.port + index if options.port else 0
            try:
                lab: Running = stack.enter_context(serve(upstream, port=port, journal=journal))
            except OSError as error:
                ready.write(f"wanted port {port} of 127.0.0.1, could not have it: {error.strerror}")
                return
            rows.append({"name": upstream.name, "url": lab.url, "faults": [
                f"{plan.path_class}: {plan.schedule}" for plan in plans if plan.upstream == upstream.name
            ]})  # fmt: skip
        text = json.dumps({"pid": os.getpid(), "seed": options.seed, "upstreams": rows})
        stack.callback(status.unlink, missing_ok=True)
        status.write_text(text)
        ready.write(text)
        ready.close()
        told.wait()


def show(found: dict[str, Any]) -> None:
    """Where the lab listens, what misbehaves, and what to try."""
    print(f"{'upstream':10}{'address':26}faults (path class: schedule), seed {found['seed']}")
    for row in found["upstreams"]:
        print(f"{row['name']:10}{row['url']:26}{'; '.join(row['faults']) or 'none'}")
    print("\ntry, and watch with `fault-lab.sh journal --follow`:")
    for row in found["upstreams"]:
        print(f"  {KINDS[row['name']].example.format(url=row['url'], host=row['url'].partition('//')[2])}")


def status(options: argparse.Namespace) -> None:
    """Shows the lab that runs; 1 where none does."""
    found = running(options.state)
    if not found:
        die(1, f"no lab runs in {options.state}: start one with `up`")
    show(found)


def journal(options: argparse.Namespace) -> None:
    """Prints the journal, with --follow until the lab ends."""
    file = options.state / "journal.jsonl"
    found = running(options.state)
    if not file.is_file():
        die(1, f"no journal in {options.state}: start a lab with `up`")
    words = ["tail", "-n", "+1", *(["-f", f"--pid={found['pid']}"] if options.follow and found else []), str(file)]
    colour = sys.stdout.isatty() and not os.environ.get("NO_COLOR")
    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True) as tail:
        try:
            for line in tail.stdout or ():
                entry = Entry(**json.loads(line))
                paint = (GREEN if entry.fault == "ok" else RED) if colour else ""
                print(f"{paint}{entry}{PLAIN if paint else ''}", flush=True)
        except (KeyboardInterrupt, BrokenPipeError):
            tail.terminate()


def down(options: argparse.Namespace) -> None:
    """Ends the lab that runs; no lab is no error."""
    found = running(options.state)
    if not found:
        print("no lab runs", file=sys.stderr)
        return
    handle = os.pidfd_open(found["pid"])
    os.kill(found["pid"], signal.SIGTERM)
    if not select.select([handle], [], [], STOP_LIMIT_S)[0]:
        os.kill(found["pid"], signal.SIGKILL)
        (options.state / "status.json").unlink(missing_ok=True)


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        die(64, f"{message}: see --help")


def main(words: list[str]) -> None:
    """Reads the command line and does what it says."""
    parser = _Parser(prog="fault-lab.sh", description="A registry of faults to play with, on loopback.")
    parser.add_argument("--state", type=Path, required=True, help=argparse.SUPPRESS)
    commands = parser.add_subparsers(required=True, metavar="up|status|journal|down", parser_class=_Parser)
    start = commands.add_parser("up", help="start the upstreams")
    start.add_argument("--scenario", help="a scenario file, or the name of one that ships")
    start.add_argument("--upstream", action="append", default=[], help="the upstream of the next --fault")
    start.add_argument("--fault", action="append", default=[], help="its schedule, such as '503x2 -> rst@4096 -> ok'")
    start.add_argument("--seed", default="0", help="what shares such as 503%%30 are drawn from (default: 0)")
    start.add_argument("--port", type=int, default=0, help="the first of the ports to listen on (default: free ones)")
    start.set_defaults(do=up)
    commands.add_parser("status", help="where the upstreams listen").set_defaults(do=status)
    show_journal = commands.add_parser("journal", help="each request that arrived")
    show_journal.add_argument("--follow", action="store_true", help="until the lab ends")
    show_journal.set_defaults(do=journal)
    commands.add_parser("down", help="end them").set_defaults(do=down)
    inside = commands.add_parser("serve")
    for name, kind in (("ready", int), ("port", int), ("seed", str), ("plans", str)):
        inside.add_argument(name, type=kind)
    inside.set_defaults(do=serve_until_told)
    options = parser.parse_args(words)
    options.do(options)


if __name__ == "__main__":
    main(sys.argv[1:])

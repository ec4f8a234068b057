"""The lab as a program: `python -m harness.lab up|run|status|journal|down`, called by scripts/fault-lab.sh.

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
from collections.abc import Iterator
from contextlib import ExitStack
from itertools import repeat
from pathlib import Path
from typing import Any, NoReturn

from harness.lab.topology import Lab, Plan, ScenarioError, load
from harness.machine.networks import ForeignAddressError, closed_networks, own_address
from harness.wire.journal import Entry, Journal
from harness.wire.server import serve

START_LIMIT_S = 20
STOP_LIMIT_S = 10
SAYS = "fault-lab: error: "
RED, GREEN, PLAIN = "\033[31m", "\033[32m", "\033[0m"


def die(code: int, text: str) -> NoReturn:
    """Prints one message and exits with the code."""
    print(f"{SAYS}{text}", file=sys.stderr)
    sys.exit(code)


def running(state: Path) -> dict[str, Any] | None:
    """The state file of the lab in this folder; None if no lab runs."""
    try:
        found: dict[str, Any] = json.loads((state / "status.json").read_text())
        command = Path(f"/proc/{found['pid']}/cmdline").read_bytes()
    except (OSError, ValueError):
        return None
    return found if b"harness.lab" in command else None


def up(options: argparse.Namespace) -> None:
    """Starts the lab in the background, in a session of its own, and prints its URLs."""
    if found := running(options.state):
        die(
            64,
            f"wanted no lab in {options.state}, process {found['pid']} runs one: end it with `down`, then call again",
        )
    read_plans(options)
    options.state.mkdir(parents=True, exist_ok=True)
    reader, writer = os.pipe()
    # The same arguments, in the background.
    words = [sys.executable, "-m", "harness.lab", "--state", str(options.state), "run", *options.words[1:]]
    log = options.state / "log"
    with log.open("w") as file:
        child = subprocess.Popen(
            [*words, "--ready", str(writer)],
            stdin=subprocess.DEVNULL, stdout=file, stderr=file, pass_fds=(writer,), start_new_session=True,
        )  # fmt: skip
    os.close(writer)
    ready, _, _ = select.select([reader], [], [], START_LIMIT_S)
    answer = os.read(reader, 1 << 16).decode() if ready else ""
    if not answer:
        child.kill()
        code = child.wait()
        said = log.read_text().removeprefix(SAYS).strip()
        die(
            code if code > 0 else 71,
            said or f"wanted the lab to answer within {START_LIMIT_S} s, it did not",
        )
    show(json.loads(answer))


def read_plans(options: argparse.Namespace) -> tuple[Lab, list[Plan]]:
    """The lab and its faults by the options; exits with 64 if they are invalid."""
    if len(options.upstream) != len(options.fault):
        die(64, f"wanted an --upstream for each --fault, saw {len(options.upstream)} and {len(options.fault)}")
    folder = options.state / "recordings"
    recordings = {name: (folder / name, source) for name, source in pairs_of("--record", options.record).items()}
    recordings |= {name: (folder / name, "") for name in options.replay}
    lab = Lab(pairs_of("--relay", options.relay), closed_networks() if options.closed else (), recordings)
    try:
        plans = lab.check(load(find_scenario(options)), options.scenario) if options.scenario else []
        return lab, plans + lab.check(map(Plan, options.upstream, repeat(".*"), options.fault), "--fault")
    except ScenarioError as error:
        die(64, str(error))


def pairs_of(option: str, words: list[str]) -> dict[str, str]:
    """The values of an option of the form UPSTREAM=URL; exits with 64 for another form."""
    if wrong := [word for word in words if "=" not in word]:
        die(64, f"{option}: wanted UPSTREAM=URL, saw {wrong[0]!r}")
    return dict(word.split("=", 1) for word in words)


def find_scenario(options: argparse.Namespace) -> Path:
    """The path of a scenario: a file, or the name of a shipped one."""
    shipped = Path(__file__).resolve().parents[3] / "fixtures/scenarios"
    file = Path(options.scenario)
    if file.is_file() or "/" in options.scenario:
        return file
    if (named := shipped / f"{options.scenario}.toml").is_file():
        return named
    names = " ".join(sorted(path.stem for path in shipped.glob("*.toml")))
    raise ScenarioError(f"--scenario: wanted a file or one of {names}, saw {options.scenario!r}")


def run(options: argparse.Namespace) -> None:
    """Runs the lab in the foreground: serves every upstream until TERM, INT or HUP."""
    told = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, lambda *_: told.set())
    lab, plans = read_plans(options)
    options.state.mkdir(parents=True, exist_ok=True)
    (options.state / "journal.jsonl").write_text("")
    place = f"closed:{own_address()}" if options.closed else "loopback"
    journal, file = Journal(options.state / "journal.jsonl", place), options.state / "status.json"
    with ExitStack() as stack:
        stack.callback(journal.close)
        rows = list(serve_all(stack, options, lab, plans, journal))
        text = json.dumps({"pid": os.getpid(), "seed": options.seed, "upstreams": rows})
        stack.callback(file.unlink, missing_ok=True)
        file.write_text(text)
        if options.ready >= 0:
            with os.fdopen(options.ready, "w") as ready:
                ready.write(text)
        else:
            show(json.loads(text))
        told.wait()


def serve_all(
    stack: ExitStack, options: argparse.Namespace, lab: Lab, plans: list[Plan], journal: Journal
) -> Iterator[dict[str, Any]]:
    """Starts each upstream; yields its name, URL and faults."""
    address = own_address() if options.closed else "127.0.0.1"
    for index, upstream in enumerate(lab.upstreams(plans, options.seed)):
        port = options.port + index if options.port else 0
        try:
            at = stack.enter_context(serve(upstream, address=address, allowed=lab.allowed, port=port, journal=journal))
        except ForeignAddressError as error:
            die(64, f"--closed: {error}: a way leads out of this network")
        except OSError as error:
            die(71, f"wanted port {port} of {address}, could not have it: {error.strerror}")
        faults = [str(plan) for plan in plans if plan.upstream == upstream.name]
        example = lab.kinds[upstream.name].example.format(url=at.url, host=at.host)
        yield {"name": upstream.name, "url": at.url, "faults": faults, "example": example}


def show(found: dict[str, Any]) -> None:
    """Prints the lab's URLs, its faults, and commands to try."""
    print(f"{'upstream':15}{'address':26}faults (path class: schedule), seed {found['seed']}")
    for row in found["upstreams"]:
        print(f"{row['name']:15}{row['url']:26}{'; '.join(row['faults']) or 'none'}")
    print("\ntry, and watch with `fault-lab.sh journal --follow`:")
    for row in found["upstreams"]:
        print(f"  {row['example']}")
    sys.stdout.flush()


def status(options: argparse.Namespace) -> None:
    """Prints the running lab; exits with 1 if none runs."""
    found = running(options.state)
    if not found:
        die(1, f"no lab runs in {options.state}: start one with `up`")
    show(found)


def journal(options: argparse.Namespace) -> None:
    """Prints the journal; with --follow until the lab ends."""
    file = options.state / "journal.jsonl"
    found = running(options.state)
    if not file.is_file():
        die(1, f"no journal in {options.state}: start a lab with `up`")
    words = ["tail", "-n", "+1", *(["-f", f"--pid={found['pid']}"] if options.follow and found else []), str(file)]
    colour = sys.stdout.isatty() and not os.environ.get("NO_COLOR")
    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True) as tail:
        try:
            for line in tail.stdout or ():
                if options.json:
                    print(line, end="", flush=True)
                    continue
                entry = Entry(**json.loads(line))
                paint = (GREEN if entry.fault == "ok" else RED) if colour else ""
                print(f"{paint}{entry}{PLAIN if paint else ''}", flush=True)
        except (KeyboardInterrupt, BrokenPipeError):
            tail.terminate()


def down(options: argparse.Namespace) -> None:
    """Stops the running lab; no error if none runs."""
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
    """Parses the command line and runs the command."""
    parser = _Parser(prog="fault-lab.sh", description="Faulty upstreams to try clients with, on loopback.")
    parser.add_argument("--state", type=Path, required=True, help=argparse.SUPPRESS)
    commands = parser.add_subparsers(required=True, metavar="up|status|journal|down", parser_class=_Parser)
    for name, do, text in (("up", up, "start the upstreams"), ("run", run, "the same, in the foreground")):
        start = commands.add_parser(name, help=text)
        start.add_argument("--scenario", help="a scenario file, or the name of a shipped one")
        start.add_argument("--upstream", action="append", default=[], help="the upstream of the next --fault")
        start.add_argument("--fault", action="append", default=[], help="its schedule, such as '503x2 -> rst@4096'")
        start.add_argument("--seed", default="0", help="the seed of shares such as 503%%30 (default: 0)")
        start.add_argument("--port", type=int, default=0, help="the first of the ports to listen on (default: free)")
        start.add_argument("--relay", action="append", default=[], help="UPSTREAM=URL: a real server, behind faults")
        start.add_argument("--record", action="append", default=[], help="UPSTREAM=default|URL: record real packages")
        start.add_argument("--replay", action="append", default=[], help="UPSTREAM: serve a recording")
        start.add_argument("--closed", action="store_true", help="listen on this host's address in a closed network")
        start.add_argument("--ready", type=int, default=-1, help=argparse.SUPPRESS)
        start.set_defaults(do=do)
    commands.add_parser("status", help="print the addresses of the upstreams").set_defaults(do=status)
    show_journal = commands.add_parser("journal", help="print each request that arrived")
    show_journal.add_argument("--follow", action="store_true", help="until the lab ends")
    show_journal.add_argument("--json", action="store_true", help="one JSON object per line")
    show_journal.set_defaults(do=journal)
    commands.add_parser("down", help="stop the upstreams").set_defaults(do=down)
    options = parser.parse_args(words, argparse.Namespace(words=words[2:]))
    options.do(options)


if __name__ == "__main__":
    main(sys.argv[1:])

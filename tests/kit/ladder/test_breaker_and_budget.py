"""A writer that is killed at any moment leaves files that can be read: the breaker's memory, the budget, the events."""

from __future__ import annotations

import json
import random
import signal
import subprocess
import time
from pathlib import Path

from harness.machine.run import clean_environment

LIB = Path(__file__).resolve().parents[3] / "scripts" / "lib"
MOMENTS = 200
WRITE = """
. "$LIB/load.sh"; load base verdict ladder
LOG_NAME=writer SEAWALL_DEADLINE=60
budget_begin
breaker_begin
while :; do
    breaker_note pypi https://a.example.org fail http-5xx
    events_emit wait info wait_s: 1 detail "a \\"quoted\\" text"
    budget_spend || :
done
"""
READ = """
. "$LIB/load.sh"; load base verdict ladder
LOG_NAME=reader
breaker_begin
breaker_ask pypi https://a.example.org
printf '%s' "$BREAKER"
"""


def test_files_stay_readable(tmp_path: Path):
    env = clean_environment(tmp_path) | {
        "LIB": str(LIB), "SEAWALL_LIB": str(LIB), "STATE": str(tmp_path / "state"), "SCRATCH": str(tmp_path),
        "SEAWALL_EVENTS": str(tmp_path / "events.jsonl"), "SEAWALL_RUN": "r1", "SEAWALL_BUDGET": "5",
    }  # fmt: skip
    draw = random.Random(1)  # noqa: S311 # moments, not secrets
    for _ in range(MOMENTS):
        with subprocess.Popen(
            ["dash", "-euc", WRITE], env=env, stderr=subprocess.DEVNULL, start_new_session=True
        ) as writer:
            time.sleep(draw.uniform(0.005, 0.1))  # a moment, not a wait
            writer.send_signal(signal.SIGKILL)
    lines = (tmp_path / "events.jsonl").read_text().splitlines()
    assert len(lines) > MOMENTS / 4
    assert {json.loads(line)["event"] for line in lines} == {"wait"}
    done = subprocess.run(["dash", "-euc", READ], env=env, capture_output=True, text=True, check=True)
    assert (done.stdout, done.stderr) == ("open", "")
    assert (tmp_path / "state" / "budget" / "r1").read_text().endswith("\n")

"""scripts/lib/host/progress/engine-io.sh: how much an engine has to move to count as active."""

from __future__ import annotations

import pytest

PRELUDE = """
. "$SEAWALL_LIB/load.sh"
load base attempt verdict ladder host/machine host/registry host/call host/bases host/images host/caches host/engine
load host/builders host/progress
SEAWALL_MIN_SPEED=1024
"""
IDLE = (1024 + 6144) * 2


@pytest.mark.parametrize(
    ("read", "received", "builds", "moved"),
    [
        (IDLE, IDLE, 1, "no"),
        (IDLE + 1, IDLE, 1, "no"),
        (IDLE, IDLE + 1, 1, "no"),
        (IDLE + 1, IDLE + 1, 1, "yes"),
        (IDLE + 1, IDLE + 1, 2, "no"),
        (-5, IDLE + 1, 1, "yes"),
    ],
    ids=["idle", "reads-a-file", "another-download", "layer", "two-idle-builds", "counter-wraps"],
)
def test_download_shows_in_both_counters(sh, read, received, builds, moved):
    """A layer that comes slowly is no stall; another process's download or another idle build does not hide one."""
    script = """ENGINE_IO_READ=$((1000 + $1)) ENGINE_IO_RECEIVED=$((50 + $2))
if engine_io_has_moved 1000 50 2 "$3"; then echo yes; else echo no; fi"""
    assert sh(PRELUDE + script, str(read), str(received), str(builds)).out == f"{moved}\n"


def test_silence_ends_with_output_bytes_or_cpu(sh, tmp_path):
    """A RUN step that prints nothing but computes or downloads is healthy; only the time since all three counts."""
    script = """
engine_io_sample() { ENGINE_IO_READ=$BYTES ENGINE_IO_WRITTEN=0; }
engine_io_sample_cpu() { ENGINE_IO_CPU=$CPU; }
clock_uptime() { printf '%s\\n' "$NOW"; }
look() { NOW=$1 CPU=$2 BYTES=$3; engine_io_silence_look out; printf '%s ' "$SILENCE_SECONDS"; }
: >out
engine_io_silence_begin
look 10 0 0; look 14 0 0; look 15 "$ENGINE_IO_BUSY" 0; look 17 "$ENGINE_IO_BUSY" 0
look 18 "$ENGINE_IO_BUSY" 20000; look 19 "$ENGINE_IO_BUSY" 20001
echo line >out
look 30 "$ENGINE_IO_BUSY" 20001; look 33 "$ENGINE_IO_BUSY" 20001
"""
    assert sh(PRELUDE + script, cwd=tmp_path).out.split() == ["0", "4", "0", "2", "0", "1", "0", "3"]

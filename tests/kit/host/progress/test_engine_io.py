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
look() { NOW=$1 CPU=$2 BYTES=$3; silence_look out busy 0; printf '%s ' "$SILENCE_SECONDS"; }
: >out
silence_begin
look 10 0 0; look 14 0 0; look 15 "$ENGINE_IO_BUSY" 0; look 17 "$ENGINE_IO_BUSY" 0
look 18 "$ENGINE_IO_BUSY" 20000; look 19 "$ENGINE_IO_BUSY" 20001
echo line >out
look 30 "$ENGINE_IO_BUSY" 20001; look 33 "$ENGINE_IO_BUSY" 20001
"""
    assert sh(PRELUDE + script, cwd=tmp_path).out.split() == ["0", "4", "0", "2", "0", "1", "0", "3"]


@pytest.mark.parametrize(("limit", "ended"), [("8", "310"), ("60", "")], ids=["another-place", "the-last-place"])
def test_traffic_of_other_builds_does_not_hide_a_stall_for_ever(sh, tmp_path, limit, ended):
    """On a busy engine a layer without progress is given up after five minutes, if another place has the image."""
    script = """
SCRATCH=. SEAWALL_SILENCE=60 STALL_FOLDER=. STALL_SEEN='' NOW=10 PROCESS_NOTE='' STALL_BEGUN=0
process_note() { :; }
engine_io_sample() { ENGINE_IO_READ=$((NOW * 100000)) ENGINE_IO_RECEIVED=$((NOW * 100000)); }
clock_uptime() { printf '%s\\n' "$NOW"; }
while [ "$NOW" -lt 400 ] && [ ! -e stalled ]; do
	stall__look 'pull|[1/2] FROM image| sha256:11=0B' "$1"
	[ ! -e stalled ] || printf '%s' "$NOW"
	NOW=$((NOW + 5))
done
"""
    assert sh(PRELUDE + script, limit, cwd=tmp_path).out == ended


def test_traffic_of_another_engine_does_not_hide_a_stall(sh, tmp_path):
    """If several engines run, only the one that has the socket of the builder counts."""
    script = """
builder_socket() { printf '/run/docker.sock\\n'; }
builder_socket_inodes() { printf '17\\n18\\n'; }
mkdir -p a/fd b/fd c/fd
ln -s 'socket:[16]' a/fd/3 && ln -s 'socket:[18]' b/fd/3 && ln -s 'socket:[180]' c/fd/4
ENGINE_IO_PROCESSES=' a b c'
engine_io__keep_own
printf '%s' "$ENGINE_IO_PROCESSES"
"""
    assert sh(PRELUDE + script, cwd=tmp_path).out == " b"

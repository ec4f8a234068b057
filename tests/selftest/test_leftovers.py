"""What counts as left behind: nothing that belongs to a process or an engine that runs."""

from __future__ import annotations

import os
import subprocess

import pytest
from harness.machine.leftovers import of_another

NAMES = {
    "scratch folder": "file /dev/shm/seawall.{pid}.123456",
    "image": "image sha256:00 seawall-{pid}/rag-api:latest",
    "lab": "container 00 seawall-lab-{pid}-client-1",
}


@pytest.mark.parametrize("name", NAMES)
def test_what_belongs_to_a_running_process_is_not_left_behind(name):
    """Another worker's main job keeps its scratch folder for minutes."""
    with subprocess.Popen(["true"]) as ended:
        pass
    assert of_another(NAMES[name].format(pid=os.getpid()))
    assert not of_another(NAMES[name].format(pid=ended.pid))

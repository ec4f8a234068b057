"""scripts/lib/host/progress/pip-retry.awk: whether pip repeats requests or waits, from BuildKit's plain progress."""

from __future__ import annotations

import pytest

STEP = "#6 [3/4] RUN pip install --no-cache-dir -r requirements.txt"
RETRY = "#6 {} WARNING: Retrying (Retry(total={}, connect=None)) after connection broken by '{}': /simple/six/"
REFUSED = "NewConnectionError('[Errno 111] Connection refused')"
SILENT = "ReadTimeoutError(\"HTTPSConnectionPool(host='index.test', port=443): Read timed out. (read timeout=15)\")"
CASES = {
    "no step": (["#2 [internal] load metadata for host/image"], ""),
    "another step": (["#6 [3/4] RUN make"], ""),
    "pip begins": ([STEP], "waits"),
    "pip by its path begins": (["#6 [3/4] RUN --mount=type=cache,target=/x /venv/bin/pip install six"], "waits"),
    "pip of python begins": (["#6 [app 3/4] RUN python3 -m pip --quiet install six"], "waits"),
    "pip of a trigger begins": (["#6 [stage-1 3/4] ONBUILD RUN pip install six"], "waits"),
    "pip as an exec form begins": (
        ['#6 [3/4] RUN --network=default ["python3", "-m", "pip",  "install", "six"]'],
        "waits",
    ),
    "a shell as an exec form may wait": (['#6 [3/4] RUN ["sh", "-c", "./wait; pip install six"]'], ""),
    "another command may wait before pip": (["#6 [3/4] RUN ./wait && pip install six"], ""),
    "pip after another command": (["#6 [3/4] RUN ./wait && pip install six", "#6 2.0 Collecting six"], "waits"),
    "another command after pip": ([STEP, "#6 2.0 Collecting six", "#6 9.0 running 12 tests"], ""),
    "uv has limits of its own": (["#6 [3/4] RUN uv pip install six"], ""),
    "one retry": ([STEP, RETRY.format("0.9", 4, REFUSED)], "waits"),
    "two retries": ([STEP, RETRY.format("0.9", 4, REFUSED), RETRY.format("1.9", 3, REFUSED)], "repeats Retrying"),
    "one timeout": ([STEP, RETRY.format("15.9", 4, SILENT)], "repeats Retrying"),
    "a server of the step itself": (
        [STEP, *(RETRY.format("0.9", 4, "refused: http://127.0.0.1:80") for _ in "123")],
        "waits",
    ),
    "done": ([STEP, *(RETRY.format("0.9", number, REFUSED) for number in (4, 3)), "#6 DONE 9.0s"], ""),
    "failed": ([STEP, *(RETRY.format("0.9", number, REFUSED) for number in (4, 3)), "#6 ERROR: process"], ""),
}


@pytest.mark.parametrize("awk", ["mawk", "busybox"])
@pytest.mark.parametrize("name", CASES)
def test_what_pip_does(read_progress, name: str, awk: str):
    """A build whose index is down or silent is known by its second retry; a healthy one never is."""
    lines, wanted = CASES[name]
    result = read_progress(awk, "pip-retry.awk", lines)
    assert (result.rc, result.out[:16].strip()) == (0, wanted), repr(result)

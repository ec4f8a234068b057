"""scripts/lib/host/progress/stall.awk: when a build does nothing but fetch images, from BuildKit's plain progress."""

from __future__ import annotations

import pytest

FROM = "#5 [1/2] FROM host/image@sha256:1"
CASES = {
    "nothing": ([], "busy"),
    "metadata": (["#2 [internal] load metadata for host/image"], "pull|[internal] load metadata for host/image|"),
    "metadata is there": (["#2 [internal] load metadata for host/image", "#2 DONE 0.1s"], "busy"),
    "frontend": (
        ["#0 building with default", "#2 resolve image config for docker-image://host/frontend:1"],
        "pull|resolve image config for docker-image://host/frontend:1|",
    ),
    "layer of a frontend": (
        ["#3 docker-image://host/frontend:1@sha256:1", "#3 sha256:ab 0B / 9B 0.2s"],
        "pull|docker-image://host/frontend:1@sha256:1| sha256:ab=0B",
    ),
    "layer": ([FROM, "#5 sha256:ab 1.05MB / 30MB 0.2s"], "pull|[1/2] FROM host/image@sha256:1| sha256:ab=1.05MB"),
    "layer that is done": ([FROM, "#5 sha256:ab 30MB / 30MB 3s done"], "pull|[1/2] FROM host/image@sha256:1|"),
    "layer that is unpacked": ([FROM, "#5 extracting sha256:ab 3.1s"], "busy"),
    "unpacked": ([FROM, "#5 extracting sha256:ab 3.1s done"], "pull|[1/2] FROM host/image@sha256:1|"),
    "step beside it": ([FROM, "#6 [a 1/1] RUN make"], "busy"),
    "step beside it is done": ([FROM, "#6 [a 1/1] RUN make", "#6 DONE 9.0s"], "pull|[1/2] FROM host/image@sha256:1|"),
    "context that stands for an image": (["#2 [context a:1] b:1"], "pull|[context a:1] b:1|"),
    "list of a cache": (["#3 importing cache manifest from gha:1"], "cache|importing cache manifest from gha:1|"),
    "list of a cache is there": (["#3 importing cache manifest from gha:1", "#3 DONE 0.1s"], "busy"),
    "list of a cache beside a base": (
        [FROM, "#3 importing cache manifest from a:1"],
        "cache|[1/2] FROM host/image@sha256:1|importing cache manifest from a:1|",
    ),
    "layer of a step that is spared": (
        ["#7 [2/2] COPY a /a", "#7 CACHED", "#7 [2/2] COPY a /a", "#7 sha256:ab 0B / 114B 0.2s"],
        "cache|[2/2] COPY a /a| sha256:ab=0B",
    ),
    "layer of a step that is spared is there": (
        ["#7 [2/2] COPY a /a", "#7 CACHED", "#7 sha256:ab 0B / 9B 0.2s", "#7 sha256:ab 9B / 9B 0.2s done"],
        "busy",
    ),
    "layer under a step": (
        ["#7 [2/2] COPY a /a", "#7 sha256:ab 0B / 114B 0.2s"],
        "cache|[2/2] COPY a /a| sha256:ab=0B",
    ),
    "layer of a base that was known": (
        [FROM, "#5 CACHED", "#5 sha256:ab 0B / 9B 0.2s"],
        "pull|[1/2] FROM host/image@sha256:1| sha256:ab=0B",
    ),
    "step that runs": (["#6 [a 1/1] RUN make"], "run|RUN make"),
    "steps that run": (
        ["#6 [a 1/1] RUN make", "#7 [x b 2/3] ONBUILD RUN --mount=type=cache,target=/c test | cat |"],
        {"run|RUN make|RUN --mount=type=cache,target=/c test ", "run|RUN --mount=type=cache,target=/c test |RUN make"},
    ),
    "exec form": (['#6 [a 1/1] RUN --network=none ["pip", "install","x"]'], "run|RUN --network=none pip install x"),
    "step that runs beside one that was spared": (
        ["#6 [a 1/1] RUN make", "#7 [b 2/3] RUN x", "#7 CACHED"],
        "run|RUN make",
    ),
    "step that runs beside a download": (["#6 [a 1/1] RUN make", "#7 https://host/RUN file"], "busy"),
    "step that runs beside a copy": (["#6 [a 1/1] RUN make", "#7 [b 2/3] COPY RUN /"], "busy"),
    "step that runs beside an export": (["#6 [a 1/1] RUN make", "#6 DONE 1s", "#8 exporting to image"], "busy"),
    "context that comes": (["#4 [internal] load build context"], "busy"),
}


@pytest.mark.parametrize("awk", ["mawk", "busybox"])
@pytest.mark.parametrize("name", CASES)
def test_state_of_a_build(read_progress, name: str, awk: str):
    lines, wanted = CASES[name]
    result = read_progress(awk, "stall.awk", lines)
    assert result.out.removesuffix("\n") in ({wanted} if isinstance(wanted, str) else wanted), repr(result)

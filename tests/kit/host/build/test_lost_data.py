"""scripts/lib/host/build/lost-data.awk: which records of the builder's cache need an image whose layers are lost."""

from __future__ import annotations

from pathlib import Path

import pytest
from harness.machine.run import run

A, B = "sha256:" + "a" * 64, "sha256:" + "b" * 64
PROGRESS = f"""\
#5 [one 1/2] FROM r.example/x:1@{A}
#6 [linux/amd64 two 1/3] FROM r.example/y:1@{B}
#7 [one 2/2] RUN echo "[one 1/2] FROM z@{B}"
"""
RECORDS = {
    "base": ("", f"pulled from r.example/x:1@{A}"), "other": ("", f"pulled from m.example/y@{B}"),
    "step": ("base", "[one 2/2] RUN make"), "last": ("step", "[one 3/3] COPY mark /"), "of": ("other", "[two 2/3]"),
    "alone": ("", f"pulled from r.example/x:1@{A[:-1]}0"), "child": ("alone", f"mount / from exec {A}"),
}  # fmt: skip
STAGES = {
    " > [one 2/2] RUN make:": ["base", "step", "last"],
    " > [linux/amd64 two 2/3] RUN make:": ["other", "of"],
    " > [three 2/3] RUN make:": ["base", "other", "step", "last", "of"],
    "ERROR: failed to solve": ["base", "other", "step", "last", "of"],
}


def record(name: str, parent: str, description: str) -> str:
    """A record as `docker buildx du --verbose` prints it."""
    parents = f"Parents:\n - {parent}\n" if parent else ""
    return f"ID:\t{name}\n{parents}Mutable:\tfalse\nDescription:\t{description}\nType:\tregular\n\n"


@pytest.mark.parametrize("words", STAGES, ids=["stage", "platform", "stage without an image", "no stage"])
def test_records_on_the_image_of_the_failed_stage_are_dropped(kit: Path, tmp_path: Path, words: str):
    """Records of other images stay, unless the text names no stage of an image."""
    records = "".join(record(name, *fields) for name, fields in RECORDS.items())
    for name, text in (("text", words), ("progress", PROGRESS), ("records", records)):
        (tmp_path / name).write_text(f"{text}\n")
    program = kit / "lib/host/build/lost-data.awk"
    files = [word for name in ("text", "progress", "records") for word in (f"what={name}", name)]
    for awk in (["awk"], ["busybox", "awk"]):
        result = run([*awk, "-f", program, *files], cwd=tmp_path)
        assert result.out.split() == STAGES[words], repr(result)

"""Woven steps that look for their tools: `command -v`, a login shell, an exec form without a shell; wrong settings."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from harness.builds.builder import Builder
from harness.builds.woven import HEAD, KIT_PROGRAMS, kit_with_double, new_context
from harness.machine.programs import copy_with_libraries
from harness.wire.loopback import named, upstream

NOWHERE = ("--network", "host", "--allow", "network.host", "--provenance=false", "--output", "type=cacheonly")
FETCH = "wget -q -O /file URL/file"


@pytest.fixture
def woven(builder: Builder, tmp_path: Path) -> Builder:
    """Builds by the kit with the double."""
    return replace(builder, kit=kit_with_double(builder.kit, tmp_path / "kit"))


@pytest.fixture
def folder(tmp_path: Path) -> Callable[[str], Path]:
    """Writes a context with busybox and a Dockerfile of these lines, which no engine has seen."""
    return new_context(tmp_path / "context", KIT_PROGRAMS)


def attempts(builder: Builder) -> list[object]:
    """The class of each attempt."""
    return [event["class"] for event in builder.events("attempt") if event["upstream"] == "builder"]


@pytest.mark.long
def test_login_shell_finds_the_tools_of_the_kit(woven, folder):
    """`bash -l`, whose profile sets another PATH: BASH_ENV puts the kit's folder in front again."""
    with upstream({"/file": b"content"}, "503x1 -> ok") as lab:
        context = folder(f"{HEAD}RUN bash -lc '{FETCH.replace('URL', lab.url)}'\n")
        copy_with_libraries(shutil.which("bash") or "", context / "root", "bin/bash")
        (context / "root/etc").mkdir(exist_ok=True)
        (context / "root/etc/profile").write_text("PATH=/bin\n")
        result = woven.ours(*NOWHERE, context)
    assert (result.rc, attempts(woven)) == (0, ["http-5xx", ""]), repr(result)
    assert "test double: wget" in result.err, repr(result)


@pytest.mark.long
def test_exec_form_is_woven_where_the_image_of_its_stage_has_a_shell(woven, folder, tmp_path):
    """The builder says whether the image has /bin/sh: no step of the Dockerfile is in shell form."""
    layout = tmp_path / "layout"
    made = woven.plain("--output", f"type=oci,tar=false,dest={layout}", folder("FROM scratch\nCOPY root /\n"))
    assert made.rc == 0, repr(made)
    with upstream({"/file": b"content"}, "503x1 -> ok") as lab:
        step = '["wget", "-q", "-O", "/file", "URL/file"]'.replace("URL", lab.url)
        context = folder(f"FROM base\nRUN {step}\n")
        result = woven.ours(*NOWHERE, "--build-context", f"base=oci-layout://{layout}", context)
    assert (result.rc, attempts(woven)) == (0, ["http-5xx", ""]), repr(result)
    assert "test double: wget" in result.err, repr(result)


MISSING = {
    "named in the step": "command -v curl || wget -q -O /file URL/file",
    "in a script behind another tool": "wget -q -O /file URL/file && sh /later",
    "in a script": "sh /script",
}
LATER = "! command -v curl && ! command -v npm\n"
SCRIPT = "if command -v curl; then curl -f -o /file URL/file; else wget -q -O /file URL/file; fi\n"


@pytest.mark.parametrize(
    "step", [pytest.param(name, marks=[] if name == "named in the step" else [pytest.mark.long]) for name in MISSING]
)
def test_tool_that_the_image_lacks_is_not_there_for_a_woven_step(builder, folder, step):
    """`command -v curl` in an image without curl: as in the plain step. A script gets a plain attempt in the end."""
    with upstream({"/file": b"content"}, "503x1 -> ok") as lab:
        context = folder(f"{HEAD}RUN {MISSING[step].replace('URL', named(lab))}\nRUN ls /file\n")
        (context / "root/later").write_text(LATER)
        (context / "root/script").write_text(SCRIPT.replace("URL", named(lab)))
        result = builder.ours(*NOWHERE, context)
    assert (result.rc, attempts(builder)[0]) == (0, "http-5xx"), repr(result)
    assert ("called a tool that its image does not have" in result.err) == (step == "in a script"), repr(result)


@pytest.mark.long
def test_user_without_rights_leaves_out_missing_tools_too(builder, folder):
    """The folder of the trampolines is open to the user of the step."""
    with upstream({"/file": b"content"}, "503x1 -> ok") as lab:
        step = f"wget -q -O /tmp/file {named(lab)}/file && sh /later"
        context = folder(f"{HEAD}USER 1000\nRUN {step}\n")
        (context / "root/later").write_text(LATER)
        (context / "root/tmp").mkdir()
        (context / "root/tmp").chmod(0o1777)
        (context / "root/etc").mkdir(exist_ok=True)
        (context / "root/etc/passwd").write_text("user:x:1000:1000::/tmp:/bin/sh\n")
        (context / "root/etc/group").write_text("user:x:1000:\n")
        result = builder.ours(*NOWHERE, context)
    assert (result.rc, attempts(builder)) == (0, ["http-5xx", ""]), repr(result)


@pytest.mark.parametrize(
    "setting", [{"SEAWALL_WEAVE": "maybe"}, {"SEAWALL_WEAVE_TOOLS": "make ../x"}, {"SEAWALL_WEAVE_TOOLS": "sh"}]
)
def test_wrong_value_is_one_line_and_no_build(woven, tmp_path, setting):
    """78 before anything is built: the line names the setting, the value and the right values."""
    result = woven.ours(tmp_path, **setting)
    assert (result.rc, result.err.count("\n")) == (78, 1), repr(result)
    (name,), (value,) = setting, setting.values()
    assert name in result.err
    assert value in result.err

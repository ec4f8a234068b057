"""Forms of a Dockerfile that are easy to misread: plain fails with the registry, the kit takes the mirror's image."""

from __future__ import annotations

from secrets import token_hex

import pytest
from _pytest.mark import ParameterSet
from harness.builds.builder import asked
from harness.sites.artifacts import Image, noise

HELLO = "HOST/team/hello:1"
COPY = "COPY mark /mark\n"
VERSION = "ARG V=1.22.3\nARG T=v1\n"
HEREDOC = "FROM HOST/team/hello:1 AS a\n{}FROM HOST/team/tool:1\n" + COPY
FORMS = {
    "longest end": VERSION + "FROM HOST/team/hello:${V%%.*}\n" + COPY,
    "shortest beginning through another argument": VERSION + "ARG TAG=${T#v}\nFROM HOST/team/hello:$TAG\n" + COPY,
    "all matches": "ARG V=.1.\nFROM HOST/team/hello:${V//./}\n" + COPY,
    "first match by an argument": "ARG V=x1\nARG P=x\nFROM HOST/team/hello:${V/$P/}\n" + COPY,
    "pattern with a class": "ARG V=a1\nFROM HOST/team/hello:${V#?}\n" + COPY,
    "default of a pattern": "ARG T=v1\nFROM HOST/team/hello:${NONE:-${T#v}}\n" + COPY,
    "alternative": "ARG T=v1\nFROM HOST/team/hello:${T:+1}\n" + COPY,
    "heredoc with an escaped word": HEREDOC.format("COPY <<\\EOF /f\nFROM x\nEOF\n"),
    "heredoc with an escape in the word": HEREDOC.format("COPY <<E\\OF /f\nFROM $x\nEOF\n"),
    "heredoc with a quoted word": HEREDOC.format('COPY <<-"E F" /f\n\tx\n\tE F\n'),
    "two heredocs": HEREDOC.format("COPY <<A <<\\B /d/\nB\nA\nA\nB\n"),
    "heredoc with a file descriptor": HEREDOC.format("COPY 0<<'EOF' /f\nFROM x\nEOF\n"),
    "quoted copy": f'FROM scratch\nCOPY --from="{HELLO}" /noise /noise\n',
    "copy in single quotes": f"FROM scratch\nCOPY --from='{HELLO}' /noise /noise\n",
    "copy in JSON": f'FROM scratch\nCOPY --chown=0 --from={HELLO} ["/noise", "/noise"]\n',
    "quoted base": f'FROM "{HELLO}"\n' + COPY,
    "backtick": f"# escape=`\nFROM `\n# comment\n\n  {HELLO} `\n  AS x\n" + COPY,
    "backtick behind an unknown directive": f"# what=ever\n# escape=`\nFROM \\\n{HELLO}\n" + COPY,
    "escape in capitals": f"#ESCAPE = `\nFROM `\n{HELLO}\n" + COPY,
    "byte order mark": f"\ufeffFROM {HELLO}\n" + COPY,
    "windows line ends": f"FROM \\\r\n{HELLO}\r\nCOPY mark /mark\r\n",
    "trigger": f"FROM scratch AS a\nONBUILD COPY --from={HELLO} /noise /noise\nFROM a\n" + COPY,
    "mount": f"FROM {HELLO} AS a\nFROM scratch\nCOPY --from=a /noise /noise\n",
    "comments in a continued line": f"FROM \\\n# one\n\n  # two\n{HELLO}\n" + COPY,
}
DEFAULT = {
    "longest end", "shortest beginning through another argument", "all matches", "heredoc with an escaped word",
    "heredoc with an escape in the word", "quoted copy", "backtick", "backtick behind an unknown directive",
}  # fmt: skip


def rows(table: dict[str, object], default: set[str]) -> list[ParameterSet]:
    """The names of a table as parameters; those that are not of the default run are long."""
    return [pytest.param(name, marks=[] if name in default else [pytest.mark.long]) for name in table]


@pytest.mark.parametrize("form", rows(FORMS, DEFAULT))
def test_mirror_serves_and_rules_hold(builder, registry, context, base, form):
    """The plain build fails; the kit builds from the mirror; https-only refuses the image before any request."""
    base.site.add_image("team/tool", "1", Image(noise(1000, token_hex(8))))
    own, mirror = registry(manifest="503x*"), registry()
    folder = context(own.host, FORMS[form])
    refused = builder.ours("--https-only", "--", folder)
    assert list(own.journal) == [], own.journal.table()
    assert (refused.rc, refused.err.count("\n")) == (77, 1), repr(refused)
    plain = builder.plain(folder)
    result = builder.ours(folder, SEAWALL_REGISTRY_MIRRORS=f"{own.host}={mirror.host}")
    assert plain.rc == 1, repr(plain)
    assert asked(mirror, "blob") > 0, f"{result!r}\n{mirror.journal.table()}"
    assert (result.rc, len(builder.events("attempt"))) == (0, 1), repr(result)


HUB = {
    "docker.io": "FROM docker.io/NAME\n",
    "index.docker.io": "FROM index.docker.io/NAME\n",
    "short": "FROM NAME\n",
    "copy": "FROM scratch\nCOPY --from=docker.io/NAME:latest /noise /noise\n",
    "in full": "FROM docker.io/library/NAME\n",
    "in full, by the old name": "FROM index.docker.io/library/NAME:latest AS x\n",
    "by the name of its server": "FROM registry-1.docker.io/library/NAME\n",
    "argument": "ARG R=docker.io\nFROM ${R}/NAME\n",
    "digest": "FROM docker.io/NAME@DIGEST\n",
    "tag and digest": "FROM docker.io/NAME:any@DIGEST\n",
}


@pytest.mark.parametrize("spelled", rows(HUB, {"docker.io", "index.docker.io", "copy"}))
def test_mirror_of_the_hub_serves_every_spelling(builder, registry, context, base, spelled):
    """The Hub does not answer: its mirror is asked for `library/NAME`, however the Dockerfile spells the name."""
    name, mirror = f"hello-{token_hex(4)}", registry()
    base.site.tags[f"library/{name}"] = {"latest": base.digest}
    text = HUB[spelled].replace("NAME", name).replace("DIGEST", base.digest)
    folder = context("", text + COPY)
    plain = builder.plain(folder)
    result = builder.ours(folder, SEAWALL_REGISTRY_MIRRORS=f"docker.io={mirror.host}")
    assert asked(mirror, "blob") > 0, f"{result!r}\n{mirror.journal.table()}"
    paths = {entry.path.partition("/manifests/")[0] for entry in mirror.journal if entry.path_class == "manifest"}
    assert paths == {f"/v2/library/{name}"}, mirror.journal.table()
    assert (plain.rc, result.rc) == (1, 0), repr(result)


SHADOWS = {
    "its own": "FROM NAME AS NAME\nCOPY mark /one\nFROM NAME\nCOPY mark /two\n",
    "in full": "FROM docker.io/library/NAME:latest AS NAME\nCOPY mark /one\nFROM NAME\nCOPY mark /two\n",
    "copied from": "FROM NAME AS NAME\nCOPY mark /one\nFROM scratch\nCOPY --from=NAME /one /one\nCOPY mark /two\n",
    "of a later stage": (
        "FROM NAME AS a\nCOPY mark /one\nFROM scratch AS NAME\nCOPY --from=a /one /one\nFROM NAME\nCOPY mark /two\n"
    ),
    "in capitals": "FROM NAME AS STAGE\nCOPY mark /one\nFROM stage\nCOPY mark /two\n",
}


@pytest.mark.parametrize("stage", rows(SHADOWS, {"its own", "copied from"}))
@pytest.mark.parametrize("rule", ["none", pytest.param("lock", marks=pytest.mark.long)])
def test_stage_with_the_name_of_its_image_stays_a_stage(builder, registry, context, base, tmp_path, stage, rule):
    """The mirror serves the image, and `FROM node AS node` keeps the files of the stage."""
    name, mirror, out = f"hello-{token_hex(4)}", registry(), tmp_path / "out"
    base.site.tags[f"library/{name}"] = {"latest": base.digest}
    text = SHADOWS[stage].replace("STAGE", name.upper()).replace("stage", name).replace("NAME", name)
    (tmp_path / "lock").write_text(f"{name} {base.digest}\n")
    lock = {"SEAWALL_IMAGE_LOCK": str(tmp_path / "lock")} if rule == "lock" else {}
    words = ("--output", f"type=local,dest={out}", context("", text))
    plain = builder.plain(*words)
    result = builder.ours(*words, SEAWALL_REGISTRY_MIRRORS=f"docker.io={mirror.host}", **lock)
    assert asked(mirror, "blob") > 0, f"{result!r}\n{mirror.journal.table()}"
    assert (plain.rc, result.rc, len(builder.events("attempt"))) == (1, 0, 1), repr(result)
    assert sorted(file.name for file in out.iterdir() if file.name != "noise") == ["one", "two"]


OLD = {
    "line": "# syntax=HOST/team/old:1\nFROM HOST/team/hello:1\n",
    "line with options": "# syntax=HOST/team/old:1 a=b c\nFROM HOST/team/hello:1\n",
    "line of another language": "// syntax=HOST/team/old:1 a\nFROM HOST/team/hello:1\n",
}


@pytest.mark.parametrize("spelled", rows(OLD, {"line with options"}))
def test_frontend_that_knows_no_named_contexts_gets_none(builder, registry, context, base, spelled):
    """An old frontend (docker/dockerfile:1.2) builds on the mirror's image: its error is that of the plain build."""
    base.site.add_image("team/old", "1", Image(noise(1000, token_hex(8))))
    own, mirror, healthy = registry(manifest="503x*"), registry(), registry()
    plain = builder.plain(context(healthy.host, OLD[spelled]))
    folder = context(own.host, OLD[spelled])
    result = builder.ours("--attempts", "1", "--", folder, SEAWALL_REGISTRY_MIRRORS=f"{own.host}={mirror.host}")
    ends = [
        next(line for line in said.err.splitlines() if line.startswith("ERROR: ")).replace(host, "HOST")
        for said, host in ((plain, healthy.host), (result, mirror.host))
    ]
    assert asked(mirror, "blob") > 0, mirror.journal.table()
    assert ends[0] == ends[1], f"{plain!r}\n{result!r}"


SYNTAX = {
    "line of an interpreter": "#!/usr/bin/env build\n# syntax=docker/dockerfile:1\n",
    "byte order mark": "\ufeff# syntax=docker/dockerfile:1\n",
    "before the escape character": "# syntax=docker/dockerfile:1\n# escape=`\n",
    "other directives": "# escape=\\\n# check=skip=all\n# syntax=docker/dockerfile:1\n",
    "all of it": "\ufeff#!/bin/x\n#  Syntax = docker.io/docker/dockerfile:1.4 \n",
    "with an option": "#syntax=docker.io/docker/dockerfile:1.3 x=y\n",
    "windows line ends": "# escape=`\r\n# SYNTAX=docker/dockerfile:1\r\n",
}


@pytest.mark.parametrize(
    "spelled", rows(SYNTAX, {"line of an interpreter", "byte order mark", "before the escape character"})
)
def test_unavailable_frontend_is_seen_in_every_spelling(builder, registry, context, tmp_path, spelled):
    """The frontend cannot be fetched, so plain fails; the kit builds with the frontend of the builder."""
    own = registry()
    escape = "`" if "escape=`" in SYNTAX[spelled] else "\\"
    text = f"FROM {escape}\n{HELLO}\n{COPY}COPY <<E /page\n# syntax=page\nE\n"
    folder, out = context(own.host, SYNTAX[spelled] + text), tmp_path / "out"
    plain, result = builder.plain(folder), builder.ours("--output", f"type=local,dest={out}", folder)
    assert asked(own, "blob") > 0, f"{result!r}\n{own.journal.table()}"
    assert (plain.rc, result.rc) == (1, 0), f"{plain!r}\n{result!r}"
    assert "using the frontend that is built into the builder" in result.err
    assert (out / "page").read_text() == "# syntax=page\n"


NAMED = {
    "two slashes": "// syntax=HOST/team/hello:1\n",
    "two slashes with blanks": "//\tSyntax\t=\tHOST/team/hello:1\n",
    "two slashes behind the line of an interpreter": "#!/bin/x\n//syntax = HOST/team/hello:1\n",
}


@pytest.mark.parametrize("spelled", rows(NAMED, {"two slashes"}))
def test_frontend_of_another_language_comes_from_the_mirror(builder, registry, context, spelled):
    """The first line names a frontend in a form for other languages than Dockerfiles: the mirror serves it."""
    own, mirror = registry(manifest="503x*"), registry()
    folder = context(own.host, NAMED[spelled] + "FROM scratch\n")
    plain = builder.plain(folder)
    builder.ours("--attempts", "1", "--", folder, SEAWALL_REGISTRY_MIRRORS=f"{own.host}={mirror.host}")
    assert asked(mirror, "blob") > 0, mirror.journal.table()
    assert "503" in plain.err, repr(plain)


def test_built_in_frontend_is_not_named_where_it_cannot_read_the_file(builder, registry, context):
    """The line `// syntax=` is none of a Dockerfile: the kit does not claim that the built-in frontend helps."""
    folder = context(registry().host, f"// syntax=docker/dockerfile:1\nFROM {HELLO}\n")
    result = builder.ours("--attempts", "1", "--", folder)
    assert "built into the builder" not in result.err
    assert (result.rc, len(builder.events("attempt"))) == (75, 1), repr(result)


LARGE = {
    "label of 600 kB": f"FROM {HELLO}\nLABEL a=" + "x" * 600_000 + "\n",
    "argument that doubles": "ARG A=xxxxxxxx\n" + "ARG A=$A$A\n" * 14 + f"FROM {HELLO}\n",
    "forty defaults": f"ARG B=HOST/team/hello\nFROM {'${N:-' * 40}$B:1{'}' * 40}\n",
    "comment of 600 kB": "# " + "x" * 600_000 + f"\nFROM {HELLO}\n",
    "many stages": "FROM scratch AS s0\n" + "".join(f"FROM s{n} AS s{n + 1}\n" for n in range(800)) + f"FROM {HELLO}\n",
    "many arguments": "".join(f"ARG A{n}=$A{n - 1}x\n" for n in range(1, 800)) + f"FROM {HELLO}\n",
}
READING_COSTS_S = 3
"""Far more than reading a large file takes; a reader without bounds would take minutes."""


@pytest.mark.parametrize("large", rows(LARGE, {"label of 600 kB", "argument that doubles", "forty defaults"}))
def test_large_dockerfile_builds_as_fast_as_plainly(builder, registry, context, large):
    """A file that is slow to expand, or has a very long line, ends as with plain buildx, and hardly later."""
    folder = context(registry().host, LARGE[large] + COPY)
    plain, result = builder.plain(folder), builder.ours(folder)
    assert plain.rc == result.rc, f"{plain!r}\n{result!r}"
    assert result.seconds - plain.seconds < READING_COSTS_S + plain.seconds, (plain.seconds, result.seconds)

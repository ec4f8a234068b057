"""scripts/lib/verdict/classify.sh: the tables are sound, and each shell reads a failure the same way."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest
from harness.machine.corpus import CLASSIFY_EACH, messages, write_messages

ROOT = Path(__file__).resolve().parents[3]
LIB = ROOT / "scripts" / "lib"
MESSAGES = messages("messages.jsonl")
CLASSES = [
    "timeout",
    "connection-refused",
    "connection-reset",
    "dns",
    "tls",
    "proxy",
    "http-5xx",
    "http-4xx-other",
    "rate-limited",
    "auth",
    "not-found",
    "html-instead-of-json",
    "truncated",
    "integrity",
    "cache-import",
    "cache-export",
    "push",
    "disk-full",
    "out-of-memory",
    "daemon-unavailable",
    "daemon-crashed",
    "builder-boot",
    "unsupported-feature",
    "dockerfile-syntax",
    "build-command-failed",
    "dependency-resolution",
    "clock-skew",
    "platform-mismatch",
    "cancelled",
    "lock-contention",
    "other",
]
VERDICTS = {"again", "elsewhere", "degrade", "stop"}
EXIT_CODES = {1, 65, 69, 71, 73, 75, 77, 78, 130}
UPSTREAMS = {
    "registry",
    "go-proxy",
    "pypi",
    "apt",
    "apk",
    "npm",
    "git",
    "url",
    "gha-cache",
    "registry-cache",
    "daemon",
    "builder",
    "local",
    "dockerfile",
    "none",
    "cargo",
    "gem",
    "maven",
    "nuget",
}
SECTIONS = ["causes", "consequences", "endings", "upstreams"]
SOURCE = '. "$LIB/load.sh"; load base verdict; SEAWALL_LIB=$LIB\n'
FAILURE = "configuration is wrong\nmake: *** [Makefile:3: all] Error 2"
FAILURE_RESULT = "build-command-failed\tstop\tdockerfile\tpermanent\n"


def table(name: str) -> list[list[str]]:
    """The rows of a table, without comments and section lines."""
    lines = (LIB / "verdict" / name).read_text(encoding="ascii").splitlines()
    return [line.split("\t") for line in lines if not re.match(r"#|\[[a-z]+\]$", line)]


def expected(message: dict) -> str:
    lasting = "transient" if message["transient"] else "permanent"
    return "\t".join([message["class"], message["verdict"], message["upstream"], lasting])


def classify(sh, folder: Path, text: str, tool: str = "", exit_code: str = "") -> str:
    """What classify_file prints for `text`."""
    file = folder / "text"
    file.write_text(text, encoding="utf-8")
    result = sh(SOURCE + 'classify_file "$1" "$2" "$3"', str(file), tool, exit_code)
    assert (result.rc, result.err) == (0, ""), result
    return result.out


def test_class_table_is_total():
    rows = table("classes.tsv")
    assert (LIB / "verdict" / "classes.tsv").read_text().startswith("# class\tverdict\texit-code\ttransient\n")
    assert [row[0] for row in rows] == CLASSES
    for name, verdict, exit_code, lasting in rows:
        assert verdict in VERDICTS, name
        assert int(exit_code) in EXIT_CODES, name
        assert lasting in {"transient", "permanent"}, name


def test_outage_code_means_transient():
    for name, _, exit_code, lasting in table("classes.tsv"):
        assert exit_code != "75" or lasting == "transient", name


@pytest.mark.parametrize("row", table("rules.tsv"), ids=lambda row: row[0][:40])
def test_rule_is_well_formed(row):
    pattern, tool, name, upstream, lasting, reason, source, _ = row
    # The text is in lower case. Backslash letters, braces and [:names:] differ between awks.
    assert not re.search(r"[A-Z{}]|\\[a-z]|\[:[a-z]", pattern)
    assert re.fullmatch("-|[a-z-]+", tool)
    assert name in CLASSES or name == "-"
    assert upstream in UPSTREAMS or upstream == "-"
    assert lasting in {"-", "transient", "permanent", "stop"}
    assert reason
    assert source == "documented" or source.startswith("https://")


def test_sections_stand_in_order():
    assert re.findall(r"^\[([a-z]+)\]$", (LIB / "verdict" / "rules.tsv").read_text(), re.M) == SECTIONS


def test_only_upstream_rows_lack_a_class():
    rules, upstreams = (LIB / "verdict" / "rules.tsv").read_text().split("\n[upstreams]\n")
    assert not re.search(r"^[^#\n]*\t[^\t]*\t-\t[^\t]*\t[^\t]*\t[^\t]*\t[^\t]*\t[^\t\n]*$", rules, re.M)
    assert {line.split("\t")[2] for line in upstreams.splitlines()} == {"-"}


def test_every_pattern_compiles():
    bad = []
    for pattern, *_ in table("rules.tsv"):
        if subprocess.run(["grep", "-E", "-e", pattern, "/dev/null"], check=False).returncode != 1:
            bad.append(pattern)
    assert bad == []


def test_no_pattern_fits_every_text():
    """A rule with an empty alternative would take everything below it."""
    rules = (LIB / "verdict" / "rules.tsv").read_text().split("\n[upstreams]\n")[0].splitlines()
    patterns = [line.split("\t")[0] for line in rules if "\t" in line and not line.startswith("#")]
    fits = [p for p in patterns if subprocess.run(["grep", "-qE", "-e", p], input=b"\n", check=False).returncode == 0]
    assert fits == []


def test_every_class_has_a_message():
    assert {message["class"] for message in MESSAGES} == set(CLASSES)


def test_messages_are_classified(sh, tmp_path):
    write_messages(tmp_path, MESSAGES)
    result = sh(SOURCE + CLASSIFY_EACH, str(tmp_path))
    assert (result.rc, result.err) == (0, "")
    seen = list(zip(result.out.splitlines(), (m["text"] for m in MESSAGES), strict=True))
    assert seen == [(expected(m), m["text"]) for m in MESSAGES]


def test_wrong_bytes_and_refusals_are_never_tried_again():
    delicate = [m for m in MESSAGES if m["class"] == "integrity" or (m["class"] == "auth" and not m["transient"])]
    assert delicate
    assert all(m["verdict"] != "again" for m in delicate)


def test_no_rule_makes_a_delicate_class_try_again(sh):
    """Whatever a rule says about the future, the same source is not asked again for the same bytes or login."""
    verdicts = {row[0]: row[1] for row in table("classes.tsv")}
    assert (verdicts["integrity"], verdicts["auth"]) == ("elsewhere", "stop")
    lasting = sorted({(row[2], row[4]) for row in table("rules.tsv") if row[2] in {"auth", "integrity"}})
    assert ("auth", "transient") in lasting
    calls = "\n".join(f"classify__report {name} registry {word}" for name, word in lasting)
    seen = sh(SOURCE + calls).out.splitlines()
    assert {line.split("\t")[1] for line in seen} == {"elsewhere", "stop"}


ENDED = "did not complete successfully: exit code"
DECOYS = {
    "echoed recipe": f'ERROR: process "/bin/sh -c echo 503 Service Unavailable" {ENDED}: 2',
    "echoed heredoc": f'ERROR: failed to solve: process "/bin/sh -c set -e\necho i/o timeout\n" {ENDED}: 2',
    "classic recipe": "The command '/bin/sh -c x || echo connection refused' returned a non-zero code: 2",
    "old buildkit recipe": "executor failed running [/bin/sh -c echo no such host]: exit code: 2",
    "step header": '#12 [builder 3/4] RUN echo "connection reset by peer"',
    "step summary": " > [builder 3/4] RUN wget x || echo i/o timeout:",
    "terminal step": " => ERROR [builder 3/4] RUN wget x || echo i/o timeout",
    "classic step": "Step 3/9 : RUN echo toomanyrequests",
    "excerpt": "  12 | >>> RUN echo no space left on device",
    "shell trace": "+ echo unexpected EOF",
    "progress": "#12 4.1 Downloading timeout-decorator-0.5.0.tar.gz (4.8 kB)",
    "overcome apt warning": "W: Failed to fetch http://a.example/dists/x/InRelease  Connection timed out",
    "overcome pip warning": "WARNING: Retrying after connection broken by 'ReadTimeoutError(timed out)'",
    "test that expects a status": "AssertionError: expected 200 but got 503",
    "time limit of a test": "Error: Timeout of 2000ms exceeded. For async tests and hooks, ensure done() is called",
    "count of tests": "== 12 passed, 503 failed in 2.1s ==",
    "position in a source": "main.go:503:12: undefined: http.Get",
    "word in a word": "FileNotFoundError: [Errno 2] No such file or directory: 'CodePipeline.yml'",
    "size": "wrote 502 bytes to https://a.example/x",
    "name of a source file": "    at /app/src/network/connection-reset.js:502:13",
    "name of a source file, with a type": "src/proxyerror.ts(503,12): unused",
    "constant": "http.go:500:1: exported const StatusTooManyRequests should have a comment",
    "key of a configuration": 'unknown key "connect_timeout"',
    "tag like a status": "loaded acme/timeouts:503 not found in cache",
    "name of an archive": "using /v1/connection-timeout-503.tar.gz",
    "missing cache": "#9 importing cache manifest from ghcr.io/a/b:c\n#9 ERROR: ghcr.io/a/b:c: not found",
}


@pytest.mark.parametrize("decoy", DECOYS.values(), ids=DECOYS.keys())
def test_decoy_does_not_flip(sh, tmp_path, decoy):
    assert classify(sh, tmp_path, f"{decoy}\n{FAILURE}\n") == FAILURE_RESULT
    assert classify(sh, tmp_path, f"{FAILURE}\n{decoy}\n") == FAILURE_RESULT


@pytest.mark.parametrize("text", ["", "\n", "never seen before\n", "\u2502 \u00e9\u0000 \x1b[31m?\n"])
def test_unknown_is_permanent(sh, tmp_path, text):
    assert classify(sh, tmp_path, text) == "other\tstop\tnone\tpermanent\n"


def test_image_without_awk_says_so(kit, tmp_path):
    """Without awk a failure counts as permanent, and one line says why."""
    tools = tmp_path / "bin"
    tools.mkdir()
    for name in ("tail", "tr", "readlink", "sed", "date", "cat"):
        (tools / name).symlink_to(shutil.which(name))
    result = subprocess.run(
        [shutil.which("sh"), kit / "classify.sh"], input="curl: (28) timed out\n", env={"PATH": str(tools)},
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert result.stdout == "other\tstop\tnone\tpermanent\n"
    assert result.stderr.startswith("classify: warn: wanted awk to classify the failure, found none")
    assert result.stderr.count("\n") == 1


def test_colours_do_not_hide_a_cause(sh, tmp_path):
    text = "\x1b[31mE: \x1b[0mcurl: (28) Operation timed out\r\n"
    assert classify(sh, tmp_path, text, "curl") == "timeout\telsewhere\turl\ttransient\n"


@pytest.mark.parametrize(
    ("code", "name", "lasting"),
    [
        ("75", "timeout", "transient"),
        ("65", "integrity", "permanent"),
        ("69", "not-found", "permanent"),
        ("73", "disk-full", "permanent"),
        ("77", "auth", "permanent"),
        ("137", "out-of-memory", "permanent"),
    ],
)
def test_exit_code_tells_where_the_text_does_not(sh, tmp_path, code, name, lasting):
    text = f'ERROR: failed to solve: process "/bin/sh -c x" {ENDED}: {code}\n'
    for seen in (classify(sh, tmp_path, text), classify(sh, tmp_path, "silence\n", exit_code=code)):
        assert (seen.split("\t")[0], seen.rstrip("\n").split("\t")[3]) == (name, lasting)


def test_cause_in_the_text_beats_the_exit_code(sh, tmp_path):
    text = (
        "E: Failed to fetch http://deb.debian.example/x.deb  502  Bad Gateway [IP: 192.0.2.1 80]\n"
        f'ERROR: failed to solve: process "/bin/sh -c x" {ENDED}: 75\n'
    )
    assert classify(sh, tmp_path, text, "apt", "1") == "http-5xx\telsewhere\tapt\ttransient\n"


def test_warning_explains_what_follows_from_it(sh, tmp_path):
    follow = "E: Unable to locate package git\n"
    warning = "W: Failed to fetch http://a.example/dists/x  Temporary failure resolving 'a.example'\n"
    assert classify(sh, tmp_path, follow, "apt").startswith("dependency-resolution\tstop\t")
    assert classify(sh, tmp_path, warning + follow, "apt").startswith("dns\telsewhere\t")


def test_interleaved_steps_keep_their_phase(sh, tmp_path):
    text = (
        "#7 importing cache manifest from ghcr.io/a/b:cache\n"
        "#8 [builder 2/2] RUN make\n"
        "#7 ERROR: failed to do request: dial tcp 192.0.2.1:443: i/o timeout\n"
    )
    assert classify(sh, tmp_path, text) == "cache-import\tdegrade\tregistry-cache\ttransient\n"


def test_lookups_read_the_class_table(sh):
    look = 'classify_look_up {} || echo none; echo "$CLASS_VERDICT $CLASS_CODE $CLASS_LASTING"\n'
    result = sh(SOURCE + "".join(look.format(name) for name in ("integrity", "cache-export", "nonsense", "other")))
    assert result.out == "elsewhere 65 permanent\ndegrade 75 transient\nnone\n  \nstop 1 permanent\n"

"""scripts/fault-lab.sh: a user starts upstreams, sees requests arrive and stops them; the guide's commands work."""

from __future__ import annotations

import os
import re
import socket
import sys
from pathlib import Path

import pytest
from harness.lab.topology import Lab, load
from harness.machine.lean_python import lean_bin
from harness.machine.run import Result, clean_environment, run
from harness.proofs.clients import pip_environment
from harness.sites.samples import RELEASE, sample_of
from harness.sites.site import Upstream
from harness.wire.loopback import upstream
from harness.wire.server import serve


@pytest.fixture
def lab(kit, tmp_path):
    """Calls the command with a state folder of this test; everything that it started is stopped afterwards."""

    def call(*words: str, **more: str) -> Result:
        env = clean_environment(tmp_path) | {"SEAWALL_STATE": str(tmp_path / "state")} | more
        result = run([kit / "fault-lab.sh", *words], env=env, cwd=tmp_path)
        # A new .venv would replace the one in which these tests run.
        assert "making .venv" not in result.err
        return result

    yield call
    # A lab that was started has its folder; without one, `down` has nothing to end.
    if (tmp_path / "state" / "lab").exists():
        assert call("down").rc == 0
    assert left_over(tmp_path) == []


def left_over(state: Path) -> list[str]:
    """Processes whose arguments still have the state folder of this test."""
    found = []
    for file in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            if str(state).encode() in file.read_bytes():
                found.append(str(file))
        except OSError:
            continue
    return found


def urls(result: Result) -> dict[str, str]:
    """The address of each upstream, from the table."""
    return dict(re.findall(r"^([\w-]+) +(http://\S+)", result.out, re.MULTILINE))


def test_journal_shows_each_request_with_its_fault(lab):
    """A user who starts a faulty upstream sees each request with its fault, status and bytes."""
    started = lab("up", "--upstream", "files", "--fault", "503x2 -> rst@3")
    assert started.rc == 0, repr(started)
    got = [run(["curl", "-sS", urls(started)["files"] + "/hello.txt"]) for _ in range(4)]
    assert [result.out for result in got] == ["", "", "hel", "hello\n"]
    lines = lab("journal").out.splitlines()
    assert [line.split()[-5:] for line in lines] == [
        ["503", "503", "0", "B", "done"], ["503", "503", "0", "B", "done"],
        ["rst@3", "200", "3", "B", "rst"], ["ok", "200", "6", "B", "done"],
    ]  # fmt: skip


def test_status_prints_the_addresses_until_down_ends_the_lab(lab, tmp_path):
    """`status` prints the addresses; after `down` nothing runs, and a second `down` is fine."""
    started = lab("up")
    assert urls(lab("status")) == urls(started)
    assert lab("down").rc == 0
    assert (lab("status").rc, lab("down").rc) == (1, 0)
    assert run(["curl", "-sS", urls(started)["files"]]).rc == 7
    assert left_over(tmp_path) == []


def test_journal_is_followed_until_the_lab_ends(lab, kit, tmp_path):
    """`journal --follow` prints requests as they arrive and ends with the lab."""
    started = lab("up")
    run(["curl", "-sS", urls(started)["files"] + "/hello.txt"])
    script = '"$1" journal --follow & "$1" down; wait'
    env = clean_environment(tmp_path) | {"SEAWALL_STATE": str(tmp_path / "state")}
    followed = run(["sh", "-c", script, "sh", kit / "fault-lab.sh"], env=env, timeout=30)
    assert followed.out.count("/hello.txt") == 1, repr(followed)


def download(home: Path, index: str) -> Result:
    """Downloads the package from this index with pip."""
    words = ["-m", "pip", "download", "-q", "--disable-pip-version-check", "--dest", str(home)]
    index_url = ["--index-url", f"{index}/simple/"]
    return run([lean_bin() / "python3", *words, "--retries", "1", *index_url, RELEASE.name], env=pip_environment(home))


def test_recorded_packages_are_served_without_their_source(lab, tmp_path):
    """Packages that were recorded once are served with faults after their source is gone."""
    pypi = sample_of("pypi")
    with serve(Upstream("pypi", pypi.site, pypi.classes)) as source:
        filling = lab("up", "--record", f"pypi={source.url}/simple/")
        first = download(tmp_path / "first", urls(filling)["recorded-pypi"])
    assert first.rc == 0, repr(first)
    asked = len(source.journal)
    missing = run(["curl", "-sS", urls(filling)["recorded-pypi"] + "/simple/another/"])
    assert "the source did not answer" in missing.out, "it is down, and that is not kept"
    lab("down")

    replayed = lab("up", "--replay", "pypi", "--upstream", "recorded-pypi", "--fault", "503")
    second = download(tmp_path / "second", urls(replayed)["recorded-pypi"])
    assert second.rc == 0, repr(second)
    assert (tmp_path / "second" / RELEASE.file).read_bytes() == RELEASE.wheel
    assert len(source.journal) == asked > 0
    lines = lab("journal").out.splitlines()
    index = [line.split()[-4] for line in lines if " index " in line]
    assert index[:2] == ["503", "200"], lines
    gone = run(
        ["curl", "-sS", "-o", "/dev/null", "-w", "%{http_code}", urls(replayed)["recorded-pypi"] + "/simple/another/"]
    )
    assert gone.out == "504"


BAD = {
    "nothing": ([], 64, "wanted up, status, journal or down"),
    "unknown command": (["jump"], 64, "jump"),
    "unknown upstream": (
        ["up", "--upstream", "moon", "--fault", "503"],
        64,
        "wanted an upstream of files go pypi registry",
    ),
    "broken schedule": (["up", "--upstream", "go", "--fault", "503x2 -> rats"], 64, "at character 10"),
    "relay without a URL": (["up", "--relay", "go"], 64, "wanted UPSTREAM=URL, saw 'go'"),
    "relay of an unknown kind": (["up", "--relay", "moon=http://127.0.0.1:1"], 64, "wanted an upstream of files"),
    "relay to another machine": (["up", "--relay", "go=http://192.0.2.1"], 64, "wanted an address of loopback"),
    "relay to no web server": (["up", "--relay", "go=ftp://127.0.0.1"], 64, "wanted http://HOST:PORT"),
    "record without a source": (["up", "--record", "go"], 64, "--record: wanted UPSTREAM=URL, saw 'go'"),
    "record of what takes more than GET": (["up", "--record", "registry=default"], 64, "wanted one of files go pypi"),
    "record without a default": (["up", "--record", "files=default"], 64, "wanted files=URL"),
    "record of no web server": (["up", "--record", "go=ftp://x"], 64, "wanted go=default or go=http(s)://"),
    "replay of an unknown kind": (["up", "--replay", "../pypi"], 64, "--replay: wanted one of files go pypi"),
    "replay of nothing": (["up", "--replay", "pypi"], 64, "wanted a recording, saw none"),
    "fault alone": (["up", "--fault", "503"], 64, "wanted an --upstream for each --fault, saw 0 and 1"),
    "unknown scenario": (
        ["up", "--scenario", "moon"],
        64,
        "wanted a file or one of actions-cache-azure-busy alpine-index-temporary-error",
    ),
    "absent file": (["up", "--scenario", "./moon.toml"], 64, "could not read it"),
}


@pytest.mark.parametrize(("words", "code", "says"), BAD.values(), ids=BAD.keys())
def test_bad_input_is_one_message_and_starts_nothing(lab, tmp_path, words, code, says):
    """A wrong option or value ends with its code and one message, and no lab is started."""
    result = lab(*words)
    assert (result.rc, result.out) == (code, ""), repr(result)
    assert says in result.err
    assert result.err.count("fault-lab: error: ") == 1
    assert not (tmp_path / "state" / "lab" / "status.json").exists()


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("faults = 1\n", "wanted title, source and fault, saw faults"),
        ("title = ", "wanted TOML"),
        ('title = "a"\n', "wanted at least one fault"),
        ('[[fault]]\nupstream = "go"\n', "wanted upstream, schedule"),
        ('[[fault]]\nid = "H99"\nupstream = "go"\nschedule = "503"\n', "wanted an id of the catalogue"),
        ('[[fault]]\nupstream = "moon"\nschedule = "503"\n', "wanted an upstream of"),
        ('[[fault]]\nupstream = "go"\nclass = "moon"\nschedule = "503"\n', "wanted a path class of sum list info"),
    ],
)
def test_malformed_scenario_is_named(lab, tmp_path, text, says):
    """A malformed scenario ends with code 64, the name of its file and what was wanted."""
    (tmp_path / "broken.toml").write_text(text)
    result = lab("up", "--scenario", str(tmp_path / "broken.toml"))
    assert result.rc == 64, repr(result)
    assert says in result.err
    assert "broken.toml" in result.err


def test_taken_port_is_71_and_leaves_nothing(lab, tmp_path):
    """A port in use ends with code 71 and one line, without leftovers."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        result = lab("up", "--port", str(taken.getsockname()[1]))
    assert (result.rc, result.err.count("\n")) == (71, 1), repr(result)
    assert "wanted port" in result.err
    assert left_over(tmp_path) == []


def test_second_lab_is_refused_while_the_first_runs(lab):
    """While a lab runs, a second `up` with other options ends with code 64."""
    lab("up")
    result = lab("up", "--upstream", "go", "--fault", "503")
    assert (result.rc, result.err.count("\n")) == (64, 1), repr(result)
    assert "end it with `down`" in result.err


def test_shipped_scenarios_can_be_read_and_name_their_source(repo):
    """Each scenario of the repository is valid and links to the incident that it imitates."""
    files = sorted((repo / "fixtures/scenarios").glob("*.toml"))
    assert len(files) >= 2
    for file in files:
        assert all(plan.id for plan in Lab().check(load(file), file.name))
        assert re.search(r'^source = "https://', file.read_text(), re.MULTILINE), file


def test_relay_adds_faults_to_a_real_server(lab):
    """A relay serves the content of a real server, with the faults of the schedule."""
    with upstream({"/real": b"from the real one\n"}) as real:
        started = lab("up", "--relay", f"files={real.url}", "--upstream", "real-files", "--fault", "503")
        got = [run(["curl", "-sS", urls(started)["real-files"] + "/real"]) for _ in range(2)]
        _, head = (run(["curl", "-sSI", urls(started)["real-files"] + "/real"]) for _ in range(2))
    gone = run(["curl", "-sS", urls(started)["real-files"] + "/real"])
    assert [result.out for result in got] == ["", "from the real one\n"]
    assert "Content-Length: 18" in head.out, repr(head)
    assert real.paths == ["/real"] * 4, "the real server is asked, whatever becomes of its answer"
    assert "did not answer" in gone.out, repr(gone)


def test_scenario_hurts_a_client(lab, tmp_path):
    """A shipped scenario makes plain `go mod download` fail."""
    started = lab("up", "--scenario", "go-proxy-resets")
    env = clean_environment(tmp_path) | {"GOPROXY": urls(started)["go"], "GOSUMDB": "off", "GOTOOLCHAIN": "local"}
    hurt = run(
        ["go", "mod", "download", "example.org/hello@v1.0.0"], env=env | {"GOFLAGS": "-modcacherw"}, cwd=tmp_path
    )
    assert hurt.rc == 1, repr(hurt)
    assert "rst" in lab("journal").out


@pytest.fixture
def guide(lab, repo, tmp_path):
    """Runs the blocks of the guide that begin with a mark; returns the result and the guide's text."""

    def call(mark: str) -> tuple[Result, str]:
        text = (repo / "docs/fault-lab.md").read_text()
        blocks = re.findall(rf"```{mark}\n(.*?)```", text, re.DOTALL)
        env = clean_environment(tmp_path) | {
            "SEAWALL_STATE": str(tmp_path / "state"),
            "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
            "PIP_CONFIG_FILE": "/dev/null",
            "PIP_FIND_LINKS": "",
            "TMPDIR": str(tmp_path),
        }
        result = run(["sh", "-eu", "-c", "\n".join(blocks)], env=env, cwd=repo, timeout=120)
        assert result.rc == 0, repr(result)
        return result, text

    return call


def test_guide_does_what_it_says(guide, tmp_path):
    """The commands of docs/fault-lab.md run and print the output that the page shows."""
    result, text = guide("sh")
    for line in re.findall(r"^ +[0-9.]+  (\S+ .*)$", text, re.MULTILINE):
        assert line in result.out, f"the guide shows {line!r}\n{result!r}"
    assert left_over(tmp_path) == []


@pytest.mark.long
def test_guide_records_real_packages_and_serves_them_with_faults(guide):
    """The part of docs/fault-lab.md on recording works with a real index."""
    result, _ = guide("sh recorded")
    index = [line.split()[-4] for line in result.out.splitlines() if re.search(r" /simple/iniconfig/ +index ", line)]
    assert index == ["503", "503", "200"], repr(result)

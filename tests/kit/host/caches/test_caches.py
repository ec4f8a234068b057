"""scripts/lib/host/caches/caches.sh and what it stands on, with the lab's caches: which are used, and in what words."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from harness.builds.cache_build import up
from harness.machine.run import Result
from harness.sites.cache_site import Cache, Entry, token
from harness.wire.loopback import refusing

ROOMS = "base attempt verdict ladder host/machine host/registry host/call host/bases host/images host/caches"
PRELUDE = (
    f'. "$SEAWALL_LIB/load.sh"; load {ROOMS}\n'
    """LOG_NAME=t
view_find() { VIEW=ours; }
state_use "$STATE_FOLDER" ""
arguments_read "$@"
caches_ask
caches_settle
eval "set -- $CACHES_WORDS"; [ $# -eq 0 ] || printf '%s\\n' "$@"
"""
)
VERSION = "693bb7016429d80366022f036f84856888c9f13e00145f5f6f4dce303a38d6f2"
"""SHA-256 of what go-actions-cache calls itself."""


@pytest.fixture
def decide(sh: Callable[..., Result], tmp_path: Path) -> Callable[..., Result]:
    """What becomes of the arguments of a build."""
    (tmp_path / "scratch").mkdir()

    def call(*words: str, more: str = "", **settings: str) -> Result:
        env = {
            "SCRATCH": str(tmp_path / "scratch"), "STATE_FOLDER": str(tmp_path / "state"),
            "SEAWALL_REGISTRY_MIRRORS": "", "SEAWALL_EVENTS": "/dev/null",
            "SEAWALL_STRATEGIES": "", "SEAWALL_CACHE_REF": "", "SEAWALL_CACHE_FOLDER": "",
        }  # fmt: skip
        return sh(PRELUDE + more, *words, env=env | settings)

    return call


def holding(**more: str) -> Cache:
    """A cache with an index of the usual scope."""
    site = Cache(**more)  # type: ignore[arg-type]
    site.blobs.content["1"] = b"index"
    site.entries.append(Entry("refs/heads/main", "index-buildkit-1-0123abcd#1", VERSION, "1", done=True))
    return site


ILL = {
    "503": ("503(body=twirp)x*", "http-5xx"),
    "429": ("429x*", "rate-limited"),
    "400 and a page": ("400(body=html)x*", "http-4xx-other"),
    "200 and a page": ("htmlx*", "html-instead-of-json"),
    "reset": ("rstx*", "connection-reset"),
    "silent": ("stall x*", "timeout"),
}


@pytest.mark.parametrize("case", ILL)
def test_actions_cache_that_is_ill_is_left_out_after_one_request(decide, case):
    schedule, name = ILL[case]
    with up(holding(), schedule, "lookup") as lab:
        result = decide("--cache-from", f"type=gha,url_v2={lab.url}/,token={token()}")
        assert (result.rc, result.out) == (0, ""), repr(result)
        assert f"cache gha: import dropped: {name}, " in result.err
        assert len([entry for entry in lab.journal if entry.path_class == "lookup"]) == 1


def test_actions_cache_that_nobody_serves_is_left_out(decide):
    with refusing() as url:
        result = decide("--cache-to", f"type=gha,url_v2={url}/,token={token()}")
    assert (result.rc, result.out) == (0, "")
    assert "export dropped: connection-refused" in result.err


@pytest.mark.parametrize("site", [Cache(), holding()], ids=["empty", "with an index"])
def test_good_actions_cache_is_used(decide, site):
    with up(site) as lab:
        spec = f"type=gha,url_v2={lab.url}/,token={token()}"
        result = decide("--cache-from", spec, "--cache-to", f"{spec},mode=max")
        methods = [(entry.method, entry.status) for entry in lab.journal]
    assert result.out.splitlines() == [
        "--cache-from", spec, "--cache-to", f"{spec},mode=max,ignore-error=true,timeout=2m",
    ]  # fmt: skip
    assert result.err == ""
    assert ("GET", 200) in methods or not site.entries


@pytest.mark.parametrize("fault", ["stall x*", "503(body=azure)x*"])
def test_signed_url_that_is_dead_is_never_entered(decide, fault):
    with up(holding(), fault, "blob") as lab:
        spec = f"type=gha,url_v2={lab.url}/,token={token()}"
        result = decide("--cache-from", spec)
    assert (result.rc, result.out) == (0, ""), repr(result)
    assert "the signed URL at 127.0.0.1:" in result.err


def test_token_is_not_sent_to_where_blobs_are(decide):
    with up(holding()) as blobs, up(holding(downloads=blobs.url)) as lab:
        spec = f"type=gha,url_v2={lab.url}/,token={token()}"
        assert decide("--cache-from", spec).out.splitlines() == ["--cache-from", spec]
        assert [entry.path_class for entry in blobs.journal] == ["blob"]
        assert not any("authorization" in entry.headers for entry in blobs.journal)
        assert all("authorization" in entry.headers for entry in lab.journal)


TOKENS = {
    "none in shape": ("x", "malformed"),
    "too old": (token(expires=-1), "expired"),
    "no claims": ("a.b.c", "malformed"),
}


@pytest.mark.parametrize("case", TOKENS)
def test_token_that_cannot_be_used_costs_no_request(decide, case):
    bearer, says = TOKENS[case]
    with up(Cache()) as lab:
        spec = f"type=gha,url_v2={lab.url}/,token={bearer}"
        result = decide("--cache-from", spec, "--cache-to", spec)
        assert (result.rc, result.out, len(lab.journal)) == (0, "", 0), repr(result)
    assert result.err.count(says) == 2


def test_token_of_a_fork_imports_and_exports_nothing(decide):
    with up(holding()) as lab:
        spec = f"type=gha,url_v2={lab.url}/,token={token(write=False)}"
        result = decide("--cache-from", spec, "--cache-to", spec)
    assert result.out.splitlines() == ["--cache-from", spec]
    assert "export dropped: auth, the token may only read" in result.err


def test_first_version_is_said_to_be_retired(decide):
    with up(Cache()) as lab:
        result = decide("--cache-to", f"type=gha,version=1,url={lab.url}/,token={token()}")
    assert result.out == ""
    assert "the first version of the service is retired" in result.err


def test_without_a_token_one_line_says_how_to_get_it(decide):
    result = decide("--cache-from", "type=gha", "--cache-to", "type=gha,mode=max")
    assert (result.rc, result.out) == (0, "")
    assert "wanted ACTIONS_RUNTIME_TOKEN and ACTIONS_RESULTS_URL" in result.err


def test_environment_of_a_workflow_counts(decide):
    with up(holding()) as lab:
        known = {"ACTIONS_RESULTS_URL": f"{lab.url}/", "ACTIONS_RUNTIME_TOKEN": token()}
        result = decide("--cache-from", "type=gha,scope=other", ACTIONS_CACHE_SERVICE_V2="True", **known)
        assert [entry.status for entry in lab.journal] == [200]
    assert result.out.splitlines() == ["--cache-from", "type=gha,scope=other"]


def test_other_kinds_are_kept(decide, tmp_path):
    folder = f"type=local,dest={tmp_path}/out"
    kept = ["type=inline", folder, "type=s3,ignore-error=false"]
    exports = [word for spec in kept for word in ("--cache-to", spec)]
    result = decide(*exports, "--cache-from", 'type=local,"src=a,b"')
    kept[1] += ",ignore-error=true"
    assert result.out.splitlines()[1::2] == [*kept, 'type=local,"src=a,b"']


def test_folder_that_cannot_be_made_is_left_out(decide, tmp_path):
    (tmp_path / "file").touch()
    result = decide("--cache-to", f"type=local,dest={tmp_path}/file/out")
    assert (result.rc, result.out) == (0, "")
    assert "cache local: export dropped: cache-export, " in result.err, repr(result)


def test_names_of_images_may_be_several_and_nothing_is_nothing(decide):
    with refusing() as url:
        host = url.removeprefix("http://")
        result = decide("--cache-from", f"{host}/a:1,{host}/b:2", "--cache-from", "", "--cache-to", "Type=inline")
    assert result.rc == 0, repr(result)
    assert [line.split()[2] for line in result.err.splitlines()] == ["cache", "cache"]
    assert f"cache {host}/a:1: import dropped" in result.err
    assert f"cache {host}/b:2: import dropped" in result.err
    assert result.out.splitlines() == ["--cache-to", "Type=inline"]


def test_secret_of_a_value_is_never_printed(decide):
    result = decide("--cache-to", "type=s3,secret_access_key=hush,,token=hush")
    assert (result.rc, "hush" in result.err) == (64, False), repr(result)


BAD = ["type=registry", "type=registry,mode=max", "type=gha,,mode=max", "mode=max", "type=local"]


@pytest.mark.parametrize("spec", BAD)
def test_what_cannot_be_meant_is_a_wrong_call(decide, spec):
    result = decide("--cache-to", spec)
    assert result.rc == 64, repr(result)
    assert result.err.startswith("t: error: --cache-to: wanted ")
    assert result.err.count("\n") == 1


LOSE = """
aftermath_blame "$BLAMED" || echo nobody
eval "set -- $CACHES_WORDS"; [ $# -eq 0 ] || printf '%s\\n' "$@"
"""


@pytest.mark.parametrize(
    ("words", "left"),
    [
        ("failed to copy: GET HOST/blobs/1: 404", ["--cache-from", "type=local,src=here"]),
        ("failed to copy: GET http://elsewhere/blobs/1: 404", []),
        ("failed to copy: HOST: process x did not complete successfully", None),
        ("not found", None),
    ],
)
def test_cache_of_a_lost_layer_is_left_out_the_named_one_first(decide, tmp_path, words, left):
    with up(holding()) as lab:
        (tmp_path / "blamed").write_text(words.replace("HOST", lab.url) + "\n")
        specs = [f"type=gha,url_v2={lab.url}/,token={token()}", "type=local,src=here"]
        given = [word for spec in specs for word in ("--cache-from", spec)]
        result = decide(*given, more=LOSE, BLAMED=str(tmp_path / "blamed"))
    after = result.out.splitlines()[len(given) :]
    assert after == (["nobody", *given] if left is None else left), repr(result)


REGISTRY = "type=registry,ref=REF"
PLANS = {
    "all well": ("gha-full gha-only registry-only no-cache", "", "", "gha-full", ["type=gha", REGISTRY]),
    "service ill": ("gha-full gha-only registry-only no-cache", "503x*", "", "registry-only", [REGISTRY]),
    "registry ill": ("gha-full gha-only registry-only no-cache", "", "503x*", "gha-only", ["type=gha"]),
    "all ill": ("gha-full gha-only registry-only no-cache", "503x*", "503x*", "no-cache", []),
    "one left of the only plan": ("gha-full", "503x*", "", "gha-full", [REGISTRY]),
    "another order": ("registry-only gha-full", "", "", "registry-only", [REGISTRY]),
    "none wanted": ("no-cache gha-full", "", "", "no-cache", []),
    "none named": ("", "", "", "gha-full", ["type=gha", REGISTRY]),
}


@pytest.mark.parametrize("case", PLANS)
def test_first_plan_that_can_be_read_is_taken(decide, case):
    named, service, manifest, plan, imports = PLANS[case]
    with up(holding(), service or "ok", "lookup") as lab, up(Cache(), manifest or "404x*") as registry:
        ref = f"{registry.host}/team/cache:1"
        known = {"ACTIONS_RESULTS_URL": f"{lab.url}/", "ACTIONS_RUNTIME_TOKEN": token(), "SEAWALL_CACHE_REF": ref}
        result = decide(".", more=TELL, SEAWALL_STRATEGIES=named, ACTIONS_CACHE_SERVICE_V2="True", **known)
    *words, told = result.out.splitlines()
    assert told == f"plan {plan} for {LIMITS[plan]} s", repr(result)
    read = [value for flag, value in zip(words[::2], words[1::2], strict=True) if flag == "--cache-from"]
    assert read == [spec.replace("REF", ref) for spec in imports]
    assert words.count("--cache-to") == len(read)


TELL = """
echo "plan $PLAN for $PLAN_LIMIT s"
"""
LIMITS = {"gha-full": 2400, "gha-only": 1800, "registry-only": 1800, "no-cache": 900}


def test_caches_of_the_call_are_the_plan(decide):
    result = decide("--cache-to", "type=inline", more=TELL, SEAWALL_STRATEGIES="no-cache")
    assert result.out.splitlines() == ["--cache-to", "type=inline", "plan own for 2400 s"]


def test_nothing_named_is_no_plan(decide):
    assert decide(".", more=TELL).out == "plan  for 2400 s\n"


def test_folder_is_read_once_it_was_written(decide, tmp_path):
    spec = f"type=local,dest={tmp_path}/cache,mode=max,ignore-error=true"
    known = {"SEAWALL_STRATEGIES": "local no-cache", "SEAWALL_CACHE_FOLDER": f"{tmp_path}/cache"}
    assert decide(".", **known).out.splitlines() == ["--cache-to", spec]
    (tmp_path / "cache" / "index.json").touch()
    words = ["--cache-from", f"type=local,src={tmp_path}/cache", "--cache-to", spec]
    assert decide(".", **known).out.splitlines() == words


@pytest.mark.parametrize(("plan", "setting"), [("registry-only", "REF"), ("inline", "REF"), ("local", "FOLDER")])
def test_plan_without_its_setting_is_a_wrong_setting(decide, plan, setting):
    result = decide(".", SEAWALL_STRATEGIES=plan)
    assert (result.rc, result.out) == (78, ""), repr(result)
    assert result.err.startswith(f"t: error: SEAWALL_STRATEGIES: {plan} wants SEAWALL_CACHE_{setting}, saw none")
    assert result.err.count("\n") == 1

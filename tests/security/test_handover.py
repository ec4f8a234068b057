"""Data that a build hands to RUN steps: only what they mount, without logins, and only certificates of a bundle."""

from __future__ import annotations

import csv
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from harness.machine.run import Result, clean_environment, run

CANARY = "S3CRET"
HAND = """
. "$LIB/load.sh"
load base attempt verdict ladder host/machine host/registry
load host/call host/bases host/images host/caches host/weave host/builders host/progress host/build
LOG_NAME=x SCRATCH=$1
shift
settings_load /nonexistent
arguments_read "$@"
handover_begin
handover_renew 1000 9
printf '%s' "$SEAWALL_STEP_CONF" >"$SCRATCH/handed"
eval "set -- $HANDOVER_WORDS"
{ [ $# -eq 0 ] || printf '%s\\n' "$@"; } >"$SCRATCH/secrets"
"""
BOTH = "secret\tseawall.conf\nsecret\tseawall.ca\n"


@pytest.fixture
def hand(tmp_path: Path, kit: Path) -> Callable[..., Result]:
    """Hands over with these arguments of buildx; the steps mount `mounted`, and the scratch folder is `folder`."""

    def call(
        *words: str,
        mounted: str = BOTH,
        folder: str = "scratch",
        shell: Sequence[str] = ("dash",),
        before: str = "",
        **settings: str,
    ) -> Result:
        scratch = tmp_path / folder
        scratch.mkdir(exist_ok=True)
        (scratch / "sources").write_text(mounted)
        env = clean_environment(tmp_path) | {"LIB": str(kit / "lib"), "SEAWALL_LIB": str(kit / "lib")} | settings
        script = HAND.replace("handover_begin", f"{before}handover_begin")
        return run([*shell, "-c", f"set -euf\n{script}", "x", scratch, *words], env=env, cwd=tmp_path)

    return call


def handed(folder: Path) -> list[str]:
    """The lines of the settings that the steps get."""
    return (folder / "scratch" / "handed").read_text().splitlines()


def secrets(folder: Path, scratch: str = "scratch") -> dict[str, dict[str, str]]:
    """The secrets that buildx gets: their ids and fields, as buildx parses them."""
    words = (folder / scratch / "secrets").read_text().splitlines()
    assert words[::2] == ["--secret"] * (len(words) // 2)
    fields = [dict(field.split("=", 1) for field in row) for row in csv.reader(words[1::2])]
    return {found.pop("id"): found for found in fields}


GIVEN = {
    "SEAWALL_PYPI_INDEXES": f"default https://ci:{CANARY}@a.example.org/simple https://b.example.org/simple",
    "SEAWALL_APT_MIRRORS": f"https://{CANARY}@a.example.org/debian",
    "SEAWALL_GO_PROXIES": f"https://a.example.org/?token={CANARY} direct",
    "SEAWALL_URL_MIRRORS": f"https://x.example.org/=https://a:{CANARY}@b.example.org/ https://y.example.org/=https://z.example.org/",
    "SEAWALL_GIT_MIRRORS": f"https://x.example.org/=https://a.example.org/?sig={CANARY} x.example.org/={CANARY}@y/",
    "HTTPS_PROXY": f"http://clerk:{CANARY}@proxy.example.org:3128",
    "http_proxy": "http://proxy.example.org:3128",
    "NO_PROXY": "localhost,.example.org",
}
LEFT = "SEAWALL_GO_PROXIES SEAWALL_PYPI_INDEXES SEAWALL_APT_MIRRORS SEAWALL_URL_MIRRORS SEAWALL_GIT_MIRRORS"


@pytest.mark.every_shell
def test_what_holds_a_login_is_left_out_and_said_once_by_name(hand, tmp_path, shell):
    """A setting with a login is not handed over; one warning has its name."""
    result = hand(shell=shell.argv, **GIVEN)
    assert (result.rc, result.out) == (0, "")
    assert result.err == (
        f"x: warn: not handed to RUN steps, because a value has a login or a query string: {LEFT} HTTPS_PROXY: "
        "set SEAWALL_STEP_SOURCES=all to hand them over\n"
    )
    lines = handed(tmp_path)
    assert CANARY not in "".join(lines)
    # A list that lost all it had falls back to the step's own tool.
    assert {
        "SEAWALL_PYPI_INDEXES=default https://b.example.org/simple", "SEAWALL_APT_MIRRORS=default",
        "SEAWALL_GO_PROXIES=direct", "SEAWALL_URL_MIRRORS=https://y.example.org/=https://z.example.org/",
        "#seawall proxy http_proxy=http://proxy.example.org:3128",
        "#seawall proxy NO_PROXY=localhost,.example.org", "SEAWALL_DEADLINE=@1000", "SEAWALL_BUDGET=9",
    } <= set(lines)  # fmt: skip
    assert not [line for line in lines if "GIT_MIRRORS" in line or "HTTPS_PROXY" in line]


def test_all_hands_over_everything_and_none_nothing_of_it(hand, tmp_path):
    """SEAWALL_STEP_SOURCES=all hands every source to the steps, and none hands over none."""
    assert hand(SEAWALL_STEP_SOURCES="all", **GIVEN).err == ""
    lines = handed(tmp_path)
    for name, value in GIVEN.items():
        assert (f"{name}={value}" if name.startswith("SEAWALL") else f"#seawall proxy {name}={value}") in lines
    result = hand(SEAWALL_STEP_SOURCES="none", **GIVEN)
    assert "SEAWALL_STEP_SOURCES=none" in result.err
    assert "example.org" not in result.err + "".join(handed(tmp_path))
    assert not [line for line in handed(tmp_path) if "proxy" in line or "PROXIES" in line or "MIRRORS" in line]
    assert "SEAWALL_STALL=8" in handed(tmp_path)


def test_healthy_settings_are_handed_without_a_word(hand, tmp_path):
    """Settings without a login are handed over without a message."""
    assert hand().err == ""
    assert "SEAWALL_GO_PROXIES=default direct" in handed(tmp_path)
    assert secrets(tmp_path)["seawall.conf"] == {"env": "SEAWALL_STEP_CONF"}


def test_settings_of_the_folder_are_handed_as_such(hand, tmp_path):
    """A step that uses a source of the folder's file knows that it is not trusted."""
    place = "settings_place() { case $1 in *_INDEXES | *_BUDGET) echo folder ;; *) echo environment ;; esac; }\n"
    assert hand(before=place).rc == 0
    noted = [line for line in handed(tmp_path) if line.startswith("#seawall folder ")]
    assert noted == ["#seawall folder SEAWALL_PYPI_INDEXES", "#seawall folder SEAWALL_BUDGET"]


def test_mark_is_new_each_time(hand, tmp_path):
    """Each build hands its steps a new mark."""
    marks = set()
    for _ in range(3):
        hand()
        marks |= {line for line in handed(tmp_path) if line.startswith("#seawall mark ")}
    assert [len(mark) for mark in marks] == [len("#seawall mark ") + 32] * 3


OWN = [
    ("--secret", "id=seawall.conf,src=x"),
    ("--secret=id=seawall.conf,src=x",),
    ("--secret", "src=x,id=seawall.conf"),
    ("--secret", 'type=file,"id=seawall.conf",src=x'),
    ("--secret", '"src=a,b",ID=seawall.conf'),
    ("--progress", "plain", "--secret", "id=seawall.conf,env=MINE"),
]


@pytest.mark.parametrize("words", OWN, ids=lambda words: words[-1])
def test_secret_of_the_caller_wins(hand, tmp_path, words):
    """A secret that the caller passes under the kit's id is kept."""
    assert hand(*words, ".", **GIVEN).rc == 0
    assert set(secrets(tmp_path)) <= {"seawall.ca"}
    assert handed(tmp_path) == []


@pytest.mark.parametrize(
    "mounted",
    ["", "from\tseawall.conf\n", "secret\tseawall.conf.x\n", "secret\tseawall\n", "unread\tsecret\tseawall.conf\n"],
)
def test_without_a_mount_nothing_is_handed(hand, tmp_path, mounted):
    """A build whose steps do not mount the secret gets no secret."""
    result = hand(mounted=mounted, SEAWALL_CA_BUNDLE="/etc/passwd", **GIVEN)
    assert (result.rc, result.err, secrets(tmp_path), handed(tmp_path)) == (0, "", {}, [])


@pytest.mark.parametrize("name", ["SEAWALL_SEED", "SEAWALL_RUN", "HTTPS_PROXY", "no_proxy"])
@pytest.mark.parametrize("what", ["\n#seawall mark 00", "\nSEAWALL_BUDGET=99", "\r", "\x1b[2J"], ids=repr)
def test_value_cannot_become_a_line_of_its_own(hand, name, what):
    """A line break in a value does not become another setting."""
    result = hand(SEAWALL_STEP_SOURCES="all", **{name: f"{CANARY}{what}"})
    assert (result.rc, result.err.count("\n")) == (78, 1), repr(result)
    assert f"{name}: wanted one line" in result.err
    assert CANARY not in result.err


def test_settings_beyond_all_measure_are_refused(hand):
    """Settings that are too large for an environment variable are refused."""
    urls = " ".join(f"https://a.example.org/{'x' * 1000}" for _ in range(125))
    result = hand(SEAWALL_PYPI_INDEXES=urls[:100_000], SEAWALL_APT_MIRRORS=urls[:60_000])
    assert (result.rc, result.err.count("\n")) == (78, 1), repr(result)
    assert "example.org" not in result.err


class TestCertificates:
    """The content of seawall.ca in a step."""

    def test_only_certificates_of_the_file_are_handed(self, hand, tmp_path, certificate):
        """Text, keys and other or incomplete blocks of the file stay on the host."""
        block = certificate[: certificate.index("-----BEGIN PRIVATE")]
        body = block.splitlines()[1:-1]
        file = tmp_path / "bundle"
        begin, end = "-----BEGIN CERTIFICATE-----", "-----END CERTIFICATE-----"
        parts = [
            f"password={CANARY}", certificate.replace("\n", "\r\n"), f"{begin}\n{CANARY}\n{end}",
            f"{begin}\npassword = {CANARY}\n{end}", block.replace("CERTIFICATE", "TRUSTED CERTIFICATE"),
            f"{begin}\n{end}", "\n".join([begin, *body]), certificate,
            "\n".join([begin, *body[:3], f"token: {CANARY}", *body[3:], end]), "\n".join([begin, *body]),
        ]  # fmt: skip
        file.write_text("\n".join(parts))
        result = hand(SEAWALL_CA_BUNDLE=str(file))
        assert (result.rc, result.err) == (0, "")
        made = Path(secrets(tmp_path)["seawall.ca"]["src"])
        assert made.read_text() == block * 2
        assert made.stat().st_mode & 0o777 == 0o600

    @pytest.mark.parametrize("what", ["key", "text", "environment", "passwords", "noise", "empty"])
    def test_file_without_a_certificate_is_a_wrong_setting_and_not_quoted(self, hand, tmp_path, certificate, what):
        """A file without a certificate is a wrong setting, and the message has none of its content."""
        file = tmp_path / "file"
        file.write_bytes(
            {
                "key": certificate[certificate.index("-----BEGIN PRIVATE") :].encode(),
                "text": CANARY.encode(),
                "noise": bytes(range(256)) * 100,
                "empty": b"",
            }.get(what, b"")
        )
        named = {"environment": "/proc/self/environ", "passwords": "/etc/passwd"}.get(what, str(file))
        result = hand(SEAWALL_CA_BUNDLE=named, CANARY=CANARY)
        assert (result.rc, result.out) == (78, "")
        assert result.err == (
            "x: error: SEAWALL_CA_BUNDLE: wanted a file with certificates (PEM), saw none in it: correct the path\n"
        )

    @pytest.mark.parametrize("named", ["/dev/zero", "/etc"])
    def test_device_or_folder_is_a_wrong_setting(self, hand, named):
        """A device or a folder in place of the file is a wrong setting."""
        result = hand(SEAWALL_CA_BUNDLE=named)
        assert (result.rc, result.err.count("\n")) == (78, 1), repr(result)
        assert "SEAWALL_CA_BUNDLE: wanted a" in result.err

    @pytest.mark.parametrize("name", ["ca,env=AWS_SECRET_ACCESS_KEY", 'ca",src="/etc/shadow', "a b=c", "ca'$(id)"])
    def test_path_of_the_bundle_is_no_field(self, hand, tmp_path, certificate, name):
        """A comma in the path of the bundle adds no field to the secret."""
        (tmp_path / "ca").write_text(certificate)
        target = tmp_path / name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(certificate)
        assert hand(SEAWALL_CA_BUNDLE=str(target)).rc == 0
        assert secrets(tmp_path)["seawall.ca"] == {"src": str(tmp_path / "scratch" / "seawall.ca")}

    @pytest.mark.parametrize("folder", ["a,b", 'a"b', "a=b c", 'a,env=X,"y'])
    def test_name_of_the_scratch_folder_is_no_field(self, hand, tmp_path, certificate, folder):
        """A comma in TMPDIR adds no field to the secret."""
        (tmp_path / "ca").write_text(certificate)
        assert hand(folder=folder, SEAWALL_CA_BUNDLE=str(tmp_path / "ca")).rc == 0
        assert secrets(tmp_path, folder)["seawall.ca"] == {"src": str(tmp_path / folder / "seawall.ca")}

    def test_more_than_a_secret_may_hold_is_left_out_and_said(self, hand, tmp_path, certificate):
        """A bundle larger than a secret may be is left out, with a warning."""
        (tmp_path / "ca").write_text(certificate * 500)
        result = hand(SEAWALL_CA_BUNDLE=str(tmp_path / "ca"))
        assert (result.rc, result.err.count("\n")) == (0, 1)
        assert "no certificates for RUN steps: wanted at most 512000 bytes" in result.err
        assert set(secrets(tmp_path)) == {"seawall.conf"}


TAKE = """
. "$LIB/load.sh"; load base
LOG_NAME=x HANDED_FILE=$1
handed_use_mark
handed_use_proxies
printf '%s\\n' "$EVENTS_NONCE"
env
"""


def test_step_takes_proxies_that_it_does_not_set_itself_and_nothing_else(sh, tmp_path):
    """A step that sets one spelling of a proxy keeps it; no other variable can be set this way."""
    (tmp_path / "secret").write_text(
        "SEAWALL_BUDGET=9\n#seawall proxy http_proxy=http://a\n#seawall proxy HTTP_PROXY=http://a b\n"
        "#seawall mark 0a1b\n#seawall proxy HTTPS_PROXY=http://c\n#seawall proxy PATH=/evil\n"
        "#seawall proxy LD_PRELOAD=x\n#seawall proxy no_proxy=$(id)"
    )
    result = sh(TAKE, str(tmp_path / "secret"), env={"https_proxy": "http://own"})
    assert (result.rc, result.err) == (0, "")
    lines = result.out.splitlines()
    assert lines[0] == "0a1b"
    assert {line for line in lines if "proxy" in line.lower()} == {
        "http_proxy=http://a", "HTTP_PROXY=http://a b", "https_proxy=http://own", "no_proxy=$(id)",
    }  # fmt: skip
    assert not [line for line in lines if "evil" in line or line.startswith("LD_PRELOAD")]


@pytest.mark.parametrize("mark", ["", "0A1B", "x y", '"', "../a"])
def test_mark_of_another_form_is_none(kit, tmp_path, mark):
    """A mark of another form is ignored."""
    (tmp_path / "secret").write_text(f"#seawall mark {mark}\n")
    env = clean_environment(tmp_path) | {"LIB": str(kit / "lib"), "SEAWALL_LIB": str(kit / "lib")}
    result = run(["dash", "-c", f"set -euf\n{TAKE}", "x", tmp_path / "secret"], env=env)
    assert (result.rc, result.out.splitlines()[0]) == (0, "")

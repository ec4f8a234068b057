"""Settings files: valid keys, lines, values and files, who may set which, and that none of their content runs.

Each test runs a whole table of files in one process of each shell.
"""

from __future__ import annotations

import os
import re
import socket

SECRET = "s3cr3t-value"  # noqa: S105 # what must not be printed
HOSTILE = {
    "eval": b"SEAWALL_SEED}*[$(id >&2; touch pwned)]*=x",
    "substitution": b"SEAWALL_$(touch pwned)=x",
    "backquotes": b"SEAWALL_`touch pwned`=x",
    "sed program": b"SEAWALL.*/touch pwned/e;#=x",
    "sed file": b"SEAWALL.*/w pwned\x0b#=x",
    "quote": b'SEAWALL_SEED"; touch pwned; "=x',
    "semicolon": b"SEAWALL_SEED;touch pwned;=x",
    "brace": b"SEAWALL_SEED:=$(touch pwned)}=x",
    "subscript": b"SEAWALL_SEED[$(touch pwned)]=x",
}
"""Keys of a file that ran as code, or nearly, when a key was part of a program."""


def test_key_is_never_run(load, folders):
    """A file whose key is a program ends with code 78 and one line with its place, and the program does not run."""
    made = folders({name: b"SEAWALL_STALL=4\n" + line + b"\n" for name, line in HOSTILE.items()})
    for name, folder, loaded in zip(HOSTILE, made, load(made), strict=True):
        assert (loaded.code, loaded.err.count("\n")) == (78, 1), (name, loaded)
        assert loaded.err.startswith("t: error: ./seawall.conf:2: wanted "), (name, loaded)
        assert "touch" not in loaded.err, name
        assert sorted(path.name for path in folder.iterdir()) == ["err", "out", "seawall.conf"], name


REFUSED = {
    "no setting": (f"AWS_SECRET_ACCESS_KEY={SECRET}\n", ":1: wanted SEAWALL_NAME=VALUE"),
    "prose": (f"{SECRET} SEAWALL_BUDGET\n", ":1: wanted SEAWALL_NAME=VALUE"),
    "lower case": ("SEAWALL_budget=1\n", ":1: wanted SEAWALL_NAME=VALUE"),
    "slash": ("SEAWALL_A/B=\n", ":1: wanted SEAWALL_NAME=VALUE"),
    "bracket": ("SEAWALL_X[=\n", ":1: wanted SEAWALL_NAME=VALUE"),
    "digits": ("SEAWALL_BUDGET2=1\n", ":1: wanted SEAWALL_NAME=VALUE"),
    "leading blank": (" SEAWALL_BUDGET=1\n", ":1: wanted SEAWALL_NAME=VALUE"),
    "blank in the key": ("SEAWALL_BUDGET =1\n", ":1: wanted SEAWALL_NAME=VALUE"),
    "export": ("export SEAWALL_BUDGET=1\n", ":1: wanted SEAWALL_NAME=VALUE"),
    "long key": (f"SEAWALL_{'A' * 60_000}=1\n", ":1: wanted at most 8192 characters"),
    "name without end": (f"SEAWALL_{'A' * 100}=1\n", ":1: wanted SEAWALL_NAME=VALUE"),
    "long value": ("SEAWALL_GO_PROXIES=" + "https://a " * 900, ":1: wanted at most 8192 characters"),
    "unknown": ("\nSEAWALL_BUDGT=1\n", ":2: unknown setting 'SEAWALL_BUDGT'"),
    "part of a name": ("SEAWALL_BUD=1\n", "unknown setting"),
    "row of the table": ("SEAWALL_BUDGET|number=1\n", ":1: wanted SEAWALL_NAME=VALUE"),
    "twice": ("SEAWALL_STALL=4\nSEAWALL_BUDGET=1\nSEAWALL_STALL=5\n", ":3: SEAWALL_STALL is set twice"),
    "NUL": ("SEAWALL_BUD\0GET=1\n", ":1: wanted text, saw a control character"),
    "NUL in a value": (f"SEAWALL_BUDGET=1\0{SECRET}\n", ":1: wanted text, saw a control character"),
    "escape": ("SEAWALL_GO_PROXIES=\x1b]0;https://a\n", ":1: wanted text, saw a control character"),
    "tab": ("SEAWALL_BUDGET=1\t2\n", ":1: SEAWALL_BUDGET: wanted one line of text, saw a control character"),
    "carriage return": ("SEAWALL_BUDGET=1\rSEAWALL_STALL=2\n", ":1: wanted text, saw a control character"),
    "too large": ("# \n" * 30_000, ": wanted at most 64 KiB"),
    "too large by one": ("#" * 65_537, ": wanted at most 64 KiB"),
    "number in words": ("SEAWALL_BUDGET=three\n", "wanted a whole number, saw 'three'"),
    "octal": ("SEAWALL_BUDGET=08\n", "wanted a whole number, saw '08'"),
    "octal that is one": ("SEAWALL_STALL=010\n", "wanted a whole number"),
    "sign": ("SEAWALL_STALL=+5\n", "wanted a whole number"),
    "minus": ("SEAWALL_STALL=-5\n", "wanted a whole number"),
    "hexadecimal": ("SEAWALL_STALL=0x5\n", "wanted a whole number"),
    "twenty digits": ("SEAWALL_BUDGET=18446744073709551617\n", "wanted a whole number"),
    "trailing blank": ("SEAWALL_BUDGET=3 \n", "wanted a whole number"),
    "arithmetic": ("SEAWALL_BUDGET=HOME[$(touch pwned)]\n", "wanted a whole number"),
    "password": (f"SEAWALL_GO_PROXIES=htp://bob:{SECRET}@a\n", "wanted "),
    "password of a pair": (f"SEAWALL_URL_MIRRORS=bob:{SECRET}@a\n", "wanted "),
    "moment": ("SEAWALL_DEADLINE=@1\n", "wanted seconds in the file of a folder"),
    "file source": ("SEAWALL_PYPI_INDEXES=default file:///srv/index\n", "wanted http or https URLs"),
    "file mirror": ("SEAWALL_URL_MIRRORS=https://a/=file:///etc/\n", "wanted http or https URLs"),
    "command of git": ("SEAWALL_GIT_MIRRORS=https://a/=ext::sh\n", "wanted http or https URLs"),
    "login of git": ("SEAWALL_GIT_MIRRORS=https://a/=ssh://a/\n", "wanted http or https URLs"),
    "pattern": ("SEAWALL_GO_PROXIES=https://a/*\n", "wanted http or https URLs"),
    "quote in a URL": ('SEAWALL_APT_MIRRORS=https://a/";x\n', "wanted http or https URLs"),
    "base": ("SEAWALL_BASE_FALLBACKS=golang:1=base:go-builder\n", "wanted names of images"),
    "layout": ("SEAWALL_BASE_FALLBACKS=golang:1=oci-layout:///srv\n", "wanted names of images"),
    "weaving on": ("SEAWALL_WEAVE=always\n", "wanted off in the file of a folder"),
    "plain http again": ("SEAWALL_HTTPS_ONLY=off\n", "wanted on in the file of a folder"),
    "lock elsewhere": ("SEAWALL_IMAGE_LOCK=/etc/passwd\n", "the path of a file below this folder"),
    "lock above": ("SEAWALL_IMAGE_LOCK=x/../../lock\n", "the path of a file below this folder"),
    "lock that is not there": ("SEAWALL_IMAGE_LOCK=lock\n", "the path of a file below this folder"),
}  # fmt: skip
"""What a folder's file must not say, and what is said of it."""


def test_line_that_cannot_be_right_is_one_clear_line(load, folders):
    """A malformed line ends with code 78 and one line with file, number and what was wanted, without its value."""
    made = folders({name: text.encode() for name, (text, _) in REFUSED.items()})
    for (name, (_, said)), loaded in zip(REFUSED.items(), load(made), strict=True):
        assert (loaded.code, loaded.err.count("\n")) == (78, 1), (name, loaded)
        assert re.match(r"t: error: \./seawall\.conf(:\d+)?: ", loaded.err), (name, loaded)
        assert said in loaded.err, (name, loaded)
        assert SECRET not in loaded.err, name
        assert len(loaded.err) < 400, name


TAKEN = {
    "empty": (b"", {}),
    "comments": (b"# \x00 \x1b\n\n  \n#seawall KEY VALUE\n", {}),
    "no end of line": (b"SEAWALL_BUDGET=3", {"SEAWALL_BUDGET": "3"}),
    "Windows": (
        b"\xef\xbb\xbfSEAWALL_BUDGET=3\r\n\r\nSEAWALL_STALL=4\r\n", {"SEAWALL_BUDGET": "3", "SEAWALL_STALL": "4"},
    ),
    "umlauts": ("# größer\nSEAWALL_BUDGET=0\n".encode(), {"SEAWALL_BUDGET": "0"}),
    "signs of the shell": (
        b"SEAWALL_APT_MIRRORS=default https://u:p%24@a.example.org:8/x?y=1&z=2\n",
        {"SEAWALL_APT_MIRRORS": "default https://u:p%24@a.example.org:8/x?y=1&z=2"},
    ),
    "address": (b"SEAWALL_GO_PROXIES=http://[::1]:8080 direct\n", {"SEAWALL_GO_PROXIES": "http://[::1]:8080 direct"}),
    "mirrors": (b"SEAWALL_REGISTRY_MIRRORS=a.b=c:5000/x\n", {"SEAWALL_REGISTRY_MIRRORS": "a.b=c:5000/x"}),
    "no mirrors": (b"SEAWALL_REGISTRY_MIRRORS=none\n", {"SEAWALL_REGISTRY_MIRRORS": "none"}),
    "empty list": (b"SEAWALL_REGISTRY_MIRRORS=\n", {"SEAWALL_REGISTRY_MIRRORS": ""}),
    "empty number": (b"SEAWALL_BUDGET=\n", {"SEAWALL_BUDGET": "10"}),
    "empty choice": (b"SEAWALL_HTTPS_ONLY=\n", {"SEAWALL_HTTPS_ONLY": "off"}),
    "other images": (b"SEAWALL_BASE_FALLBACKS=a:1=r.b/a c=d@x:0\n", {"SEAWALL_BASE_FALLBACKS": "a:1=r.b/a c=d@x:0"}),
    "pairs": (b"SEAWALL_URL_MIRRORS=https://a/=http://b/\n", {"SEAWALL_URL_MIRRORS": "https://a/=http://b/"}),
    "tighter": (
        b"SEAWALL_DEADLINE=60\nSEAWALL_ATTEMPT_TIMEOUT=30\nSEAWALL_SILENCE=9\nSEAWALL_STALL=2\nSEAWALL_MIN_SPEED=9999\n",
        {"SEAWALL_DEADLINE": "60", "SEAWALL_ATTEMPT_TIMEOUT": "30", "SEAWALL_SILENCE": "9", "SEAWALL_STALL": "2"},
    ),
    "rules": (b"SEAWALL_HTTPS_ONLY=on\nSEAWALL_WEAVE=off\n", {"SEAWALL_HTTPS_ONLY": "on", "SEAWALL_WEAVE": "off"}),
    "just small enough": (b"SEAWALL_BUDGET=3\n" + b"#" * (65_536 - 17), {"SEAWALL_BUDGET": "3"}),
}  # fmt: skip
"""What a folder's file may say, and what holds then."""


def test_lawful_settings_are_taken_as_they_are(load, folders):
    """Settings that a folder may set are used unchanged, with the place `folder`."""
    made = folders({name: text for name, (text, _) in TAKEN.items()})
    for (name, (_, wanted)), loaded in zip(TAKEN.items(), load(made), strict=True):
        assert (loaded.code, loaded.err) == (0, ""), (name, loaded)
        assert {key: loaded.values[key] for key in wanted} == wanted, name
        assert set(loaded.places.values()) <= {"folder"}, name


LOOSER = {
    "SEAWALL_DEADLINE": "7201", "SEAWALL_ATTEMPT_TIMEOUT": "9999", "SEAWALL_SILENCE": "61", "SEAWALL_STALL": "100",
    "SEAWALL_MIN_SPEED": "0", "SEAWALL_BUDGET": "9999999999999",
}  # fmt: skip


def test_limit_is_never_loosened(load, folders):
    """A larger limit in a folder is cut to the default with one message; one of a trusted place is kept."""
    made = folders({"all": "".join(f"{name}={value}\n" for name, value in LOOSER.items()).encode()})
    (loaded,) = load(made)
    assert (loaded.code, loaded.err.count("\n")) == (0, len(LOOSER)), loaded
    default = {"SEAWALL_DEADLINE": "7200", "SEAWALL_ATTEMPT_TIMEOUT": "2400", "SEAWALL_SILENCE": "60"}
    default |= {"SEAWALL_STALL": "8", "SEAWALL_MIN_SPEED": "1024", "SEAWALL_BUDGET": "10"}
    assert {name: loaded.values[name] for name in LOOSER} == default
    (loaded,) = load(made, SEAWALL_DEADLINE="9000")
    assert (loaded.values["SEAWALL_DEADLINE"], loaded.places["SEAWALL_DEADLINE"]) == ("9000", "environment")


MAY_SET = {
    "SEAWALL_GO_PROXIES", "SEAWALL_PYPI_INDEXES", "SEAWALL_APT_MIRRORS", "SEAWALL_APK_MIRRORS",
    "SEAWALL_NPM_REGISTRIES", "SEAWALL_URL_MIRRORS", "SEAWALL_GIT_MIRRORS", "SEAWALL_REGISTRY_MIRRORS",
    "SEAWALL_BASE_FALLBACKS", "SEAWALL_WEAVE", "SEAWALL_IMAGE_LOCK", "SEAWALL_HTTPS_ONLY", *LOOSER,
}  # fmt: skip


def test_everything_else_is_for_trusted_places(load, folders, kit):
    """Other settings in a folder end with code 78 and one line that says where they belong."""
    names = re.findall(
        r"^(?:SETTINGS_TABLE=')?(SEAWALL\w*)\|", (kit / "lib" / "base" / "settings.sh").read_text(), re.MULTILINE
    )
    closed = [name for name in names if name not in MAY_SET]
    assert len(names) - len(closed) == len(MAY_SET)
    assert {"SEAWALL", "SEAWALL_STATE", "SEAWALL_EVENTS", "SEAWALL_CA_BUNDLE", "SEAWALL_STEP_SOURCES"} < set(closed)
    made = folders({name: f"{name}=/etc/passwd\n".encode() for name in closed})
    for name, loaded in zip(closed, load(made), strict=True):
        assert (loaded.code, loaded.err.count("\n")) == (78, 1), (name, loaded)
        assert f":1: {name} is not allowed in the file of a folder: set it in the environment, " in loaded.err, loaded
        assert "/.config/seawall/seawall.conf or /etc/seawall/seawall.conf" in loaded.err, loaded


def test_file_that_is_no_plain_file_is_refused_unread(load, tmp_path):
    """A link, folder, pipe, device or socket in place of the file ends with code 78, without its content."""
    (secret := tmp_path / "secret").write_text(f"TOKEN={SECRET}\n")
    made = [tmp_path / name for name in ("link", "environment", "nowhere", "folder", "pipe", "socket", "device")]
    for folder in made:
        folder.mkdir()
    files = [folder / "seawall.conf" for folder in made]
    files[0].symlink_to(secret)
    files[1].symlink_to("/proc/self/environ")
    files[2].symlink_to("nowhere")
    files[3].mkdir()
    os.mkfifo(files[4])
    listening = socket.socket(socket.AF_UNIX)
    listening.bind(os.path.relpath(files[5]) if len(str(files[5])) > 100 else str(files[5]))
    if os.geteuid() == 0:
        os.mknod(files[6], 0o020666, os.makedev(1, 5))
    else:
        files[6].symlink_to("/dev/zero")
    with listening:
        for folder, loaded in zip(made, load(made, TOKEN=SECRET), strict=True):
            assert (loaded.code, loaded.err.count("\n")) == (78, 1), (folder.name, loaded)
            assert "./seawall.conf: wanted a regular file, saw " in loaded.err
            assert SECRET not in loaded.err

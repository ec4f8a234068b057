"""A repository that attacks its builder, and a victim whose files and logins show whether the attack succeeded."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from secrets import token_hex

from harness.machine.programs import BUSYBOX, root_with_busybox

FILE_NAMES = ("-rf", "--push", "$(touch pwned)", ";touch pwned;", "a\nb", "*")
"""File names that careless scripts take for options, programs or patterns."""


@dataclass(frozen=True)
class Victim:
    """A user's files, logins and environment; each contains `canary`, which must appear nowhere else."""

    folder: Path
    canary: str

    @property
    def env(self) -> dict[str, str]:
        """A developer's environment; the proxies are not reachable, and no test needs them."""
        login = f"ci:{self.canary}"
        proxy = f"http://{login}@127.0.0.1:9"
        return {
            "AWS_SECRET_ACCESS_KEY": self.canary, "GITHUB_TOKEN": self.canary,
            "SEAWALL_PYPI_INDEXES": f"default https://{login}@index.example/simple",
            "HTTP_PROXY": proxy, "HTTPS_PROXY": proxy, "NO_PROXY": "127.0.0.1,localhost",
            "http_proxy": proxy, "https_proxy": proxy, "no_proxy": "127.0.0.1,localhost",
        }  # fmt: skip

    def state(self) -> dict[str, str]:
        """Every path of the victim's folder, with its mode and the hash of its content."""
        return {
            str(path.relative_to(self.folder)): f"{path.lstat().st_mode:o} {_hash(path)}"
            for path in sorted(self.folder.rglob("*"))
        }


def _hash(path: Path) -> str:
    return sha256(path.read_bytes()).hexdigest() if path.is_file() and not path.is_symlink() else "-"


def make_victim(folder: Path) -> Victim:
    """Creates the files that the hostile settings name: a key, a start-up file, folders that resemble the kit's."""
    canary = f"CANARY{token_hex(8)}"
    for name, text in {
        "id_rsa": f"-----BEGIN OPENSSH PRIVATE KEY-----\n{canary}\n-----END OPENSSH PRIVATE KEY-----\n",
        "bashrc": "# start-up file\n",
        "var-lib/registry/docker/registry/v2/blobs/sha256/aa/data": "a layer\n",
        "var-lib/bases/pgdata-20250101abcd/base/1": "a table\n",
        "home/projects/secret-customer-x/file": "x\n",
        "home/.ssh/id_ed25519_prod": canary,
        "last-good/images/index.json": '{"schemaVersion":2,"manifests":[]}',
    }.items():
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
        file.chmod(0o600)
    return Victim(folder, canary)


def lay_out(source: Path, folder: Path, victim: Victim, host: str) -> Path:
    """Copies `fixtures/hostile` to `folder`, fills in the words in capitals, adds links and odd file names."""
    words = {"HOST": host, "BAIT": str(victim.folder), "SHELL": BUSYBOX}
    shutil.copytree(source, folder)
    (folder / "README.md").unlink()
    for file in [path for path in folder.rglob("*") if path.is_file()]:
        text = file.read_text()
        for word, value in words.items():
            text = text.replace(word, value)
        file.write_text(text)
    root_with_busybox(folder / "root")
    for name in FILE_NAMES:
        (folder / name).write_text("x\n")
    (folder / "mark").write_text(token_hex(8))
    (folder / ".dockerignore").write_text("$(touch pwned)\n!root\nnames\n")
    (folder / host).mkdir()
    (folder / host / "h").symlink_to(victim.folder / "home")
    return folder

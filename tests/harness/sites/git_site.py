"""A git host: smart HTTP clone of one small repository, and archives of its branch."""

from __future__ import annotations

import gzip
import os
import subprocess
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

from harness.catalogue.faults import Reply
from harness.sites.file_site import file_reply, not_found
from harness.sites.site import Request

CLASSES = (("archive", r"/archive/"), ("refs", r"/info/refs$"), ("pack", r"/git-upload-pack$"))
NAME = "/team/hello.git"
WHEN = "2024-01-01T00:00:00Z"


@dataclass
class Git:
    """A repository with one commit of hello.txt and of `more` files (path to text).

    `level` is the compression level of its archives, which changes their checksum.
    """

    text: str = "hello\n"
    level: int = 6
    more: Mapping[str, str] = field(default_factory=dict)

    @cached_property
    def _folder(self) -> tempfile.TemporaryDirectory[str]:
        return tempfile.TemporaryDirectory(prefix=f"seawall-{os.getpid()}-git-")

    def _git(self, *words: str, stdin: bytes = b"", protocol: str = "") -> bytes:
        who = {f"GIT_{role}_{what}": value for role in ("AUTHOR", "COMMITTER")
               for what, value in (("NAME", "Lab"), ("EMAIL", "lab@lab.test"), ("DATE", WHEN))}  # fmt: skip
        env = {"PATH": os.environ["PATH"], "HOME": self._folder.name, "GIT_PROTOCOL": protocol, **who}
        argv = ["git", "-C", self._folder.name, *words]
        return subprocess.run(argv, input=stdin, env=env, capture_output=True, check=True).stdout

    @cached_property
    def head(self) -> str:
        """The commit; the repository is created on first use."""
        self._git("init", "--quiet", "--bare", "--initial-branch", "main", ".")
        rows = ""
        for name, text in {"hello.txt": self.text, **self.more}.items():
            blob = self._git("hash-object", "-w", "--stdin", stdin=text.encode()).decode().strip()
            rows += f"100644 blob {blob}\t{name}\n"
        tree = self._git("mktree", stdin=rows.encode()).decode().strip()
        commit = self._git("commit-tree", tree, "-m", "hello").decode().strip()
        self._git("update-ref", "refs/heads/main", commit)
        return commit

    @cached_property
    def archive(self) -> bytes:
        """The branch as a newly created archive."""
        return gzip.compress(self._git("archive", "--format=tar", "--prefix=hello/", self.head), self.level, mtime=0)

    def __call__(self, request: Request) -> Reply:
        protocol = request.headers.get("git-protocol", "")
        # Go asks without the suffix, as hosts of repositories allow.
        what = request.path.removeprefix(NAME.removesuffix(".git")).removeprefix(".git")
        if what == "/archive/main.tar.gz":
            return file_reply(request, self.archive, "application/gzip")
        if not self.head or what not in ("/info/refs", "/git-upload-pack"):
            return not_found(request.path)
        if what == "/git-upload-pack":
            body = (
                gzip.decompress(request.body) if "gzip" in request.headers.get("content-encoding", "") else request.body
            )
            pack = self._git("upload-pack", "--stateless-rpc", ".", stdin=body, protocol=protocol)
            return Reply(200, (("Content-Type", "application/x-git-upload-pack-result"),), pack)
        if request.query != "service=git-upload-pack":
            return Reply(403, (("Content-Type", "text/plain"),), b"only clones are served\n")
        refs = self._git("upload-pack", "--stateless-rpc", "--advertise-refs", ".", protocol=protocol)
        kind = (("Content-Type", "application/x-git-upload-pack-advertisement"), ("Cache-Control", "no-cache"))
        return Reply(200, kind, b"001e# service=git-upload-pack\n0000" + refs)

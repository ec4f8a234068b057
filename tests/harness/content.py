"""What the upstreams hold: wheels and modules of our own, the same bytes in every run."""

from __future__ import annotations

import hashlib
import io
import random
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass

EPOCH = (2024, 1, 1, 0, 0, 0)


def packed(members: Mapping[str, str]) -> bytes:
    """A zip with these texts, byte for byte the same for the same texts."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, text in members.items():
            archive.writestr(zipfile.ZipInfo(name, EPOCH), text)
    return buffer.getvalue()


def noise(size: int, seed: str = "noise") -> bytes:
    """Bytes that do not compress, the same for the same seed: a body big enough to be cut anywhere."""
    return random.Random(seed).randbytes(size)  # noqa: S311 # content, no secret


@dataclass(frozen=True)
class Release:
    """One version of a Python package; another source text is another file of the same version."""

    name: str
    version: str = "1.0.0"
    source: str = "GOOD = True\n"
    yanked: str = ""

    @property
    def file(self) -> str:
        """The name of the wheel."""
        return f"{self.name.replace('-', '_')}-{self.version}-py3-none-any.whl"

    @property
    def metadata(self) -> bytes:
        """The core metadata (PEP 658 serves it beside the wheel)."""
        return f"Metadata-Version: 2.1\nName: {self.name}\nVersion: {self.version}\n".encode()

    @property
    def wheel(self) -> bytes:
        """The wheel."""
        module = self.name.replace("-", "_")
        about = f"{module}-{self.version}.dist-info"
        return packed(
            {
                f"{module}.py": self.source,
                f"{about}/METADATA": self.metadata.decode(),
                f"{about}/WHEEL": "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
                f"{about}/RECORD": "",
            }
        )

    @property
    def sha256(self) -> str:
        """The hash that a lock file has of the wheel."""
        return hashlib.sha256(self.wheel).hexdigest()


@dataclass(frozen=True)
class Module:
    """One version of a Go module with one package; another source text is another zip of the same version."""

    path: str
    version: str = "v1.0.0"
    source: str = "package hello\n"

    @property
    def info(self) -> dict[str, str]:
        """What a proxy tells of the version."""
        return {"Version": self.version, "Time": "2024-01-01T00:00:00Z"}

    @property
    def mod(self) -> str:
        """The go.mod."""
        return f"module {self.path}\n\ngo 1.20\n"

    @property
    def zip(self) -> bytes:
        """The source as proxies serve it."""
        begin = f"{self.path}@{self.version}"
        return packed({f"{begin}/go.mod": self.mod, f"{begin}/hello.go": self.source})

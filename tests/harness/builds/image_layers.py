"""OCI layouts with one layer more: what a company puts on top of an image (its package sources, its tools)."""

from __future__ import annotations

import io
import json
import re
import tarfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from harness.sites.artifacts import sha256
from harness.sites.registry_site import digest_of

WHITEOUT = ".wh."
LAYER = "application/vnd.oci.image.layer.v1.tar"


@dataclass(frozen=True)
class Additions:
    """A layer and settings on top of an image.

    `files` and `links` by absolute path, `removed` are paths of the image that disappear; `trees` are tar files by the
    folder that they are unpacked into, without the first folder of their paths.
    """

    files: Mapping[str, bytes] = field(default_factory=dict)
    links: Mapping[str, str] = field(default_factory=dict)
    removed: tuple[str, ...] = ()
    trees: Mapping[str, bytes] = field(default_factory=dict)
    env: Mapping[str, str] = field(default_factory=dict)
    programs: Mapping[str, bytes] = field(default_factory=dict)

    def layer(self) -> bytes:
        """The layer, an uncompressed tar without dates."""
        buffer = io.BytesIO()
        with tarfile.open(fileobj=buffer, mode="w") as archive:
            for path in self.removed:
                folder, _, name = path.rpartition("/")
                _add(archive, f"{folder}/{WHITEOUT}{name}", b"")
            for folder, tree in self.trees.items():
                _add_tree(archive, folder, tree)
            for path, body in self.files.items():
                _add(archive, path, body)
            for path, body in self.programs.items():
                _add(archive, path, body, 0o755)
            for path, target in self.links.items():
                entry = tarfile.TarInfo(path.lstrip("/"))
                entry.type, entry.linkname = tarfile.SYMTYPE, target
                archive.addfile(entry)
        return buffer.getvalue()


def _add(archive: tarfile.TarFile, path: str, body: bytes, mode: int = 0o644) -> None:
    entry = tarfile.TarInfo(path.lstrip("/"))
    entry.size, entry.mode = len(body), mode
    archive.addfile(entry, io.BytesIO(body))


def _add_tree(archive: tarfile.TarFile, folder: str, tree: bytes) -> None:
    with tarfile.open(fileobj=io.BytesIO(tree)) as packed:
        for member in packed:
            body = packed.extractfile(member)
            if body:
                _add(archive, f"{folder}/{member.name.partition('/')[2]}", body.read(), member.mode & 0o777 | 0o444)


def _first_layer(layout: Path) -> tarfile.TarFile:
    manifest = json.loads(_blob(layout, digest_of(layout)).read_bytes())
    return tarfile.open(_blob(layout, manifest["layers"][0]["digest"]))


def read_file(layout: Path, path: str) -> bytes:
    """A file of an image with one layer."""
    with _first_layer(layout) as archive:
        body = archive.extractfile(f".{path}")
        assert body, f"wanted {path} in {layout}, saw no file"
        return body.read()


def names_in(layout: Path, folder: str) -> list[str]:
    """The names in a folder of an image with one layer."""
    with _first_layer(layout) as archive:
        found = [name.removeprefix(f".{folder}/") for name in archive.getnames() if name.startswith(f".{folder}/")]
    return [name for name in found if "/" not in name]


def extend(layout: Path, target: Path, more: Additions) -> Path:
    """Writes the image of `layout` with these additions as the layout `target`, which uses blobs of `layout`."""
    (target / "blobs/sha256").mkdir(parents=True)
    for file in (layout / "blobs/sha256").iterdir():
        _blob(target, file.name).symlink_to(file)
    manifest, config = _read(layout)
    layer = more.layer()
    config["rootfs"]["diff_ids"].append(sha256(layer))
    config["history"].append({"created": config["created"], "created_by": "sample_images.py"})
    manifest["layers"].append(_store(target, layer, LAYER))
    return _write(target, manifest, config, more)


def squash(layout: Path, target: Path, more: Additions, unused: re.Pattern[str]) -> Path:
    """Writes the image of `layout`, of one layer, with these additions as the layout `target`, again with one layer:
    without the names that match `unused` and the files that the additions replace.
    """
    (target / "blobs/sha256").mkdir(parents=True)
    manifest, config = _read(layout)
    buffer, replaced = io.BytesIO(), {f".{path}" for path in more.files}
    with tarfile.open(fileobj=buffer, mode="w") as packed:
        with _first_layer(layout) as base:
            _copy(packed, base, lambda name: not unused.match(name) and name not in replaced)
        with tarfile.open(fileobj=io.BytesIO(more.layer())) as added:
            _copy(packed, added, lambda _: True)
    layer = buffer.getvalue()
    config["rootfs"]["diff_ids"], config["history"] = [sha256(layer)], config["history"][:1]
    manifest["layers"] = [_store(target, layer, LAYER)]
    return _write(target, manifest, config, more)


def _copy(packed: tarfile.TarFile, source: tarfile.TarFile, wants: Callable[[str], object]) -> None:
    for member in source:
        if wants(member.name):
            packed.addfile(member, source.extractfile(member) if member.isfile() else None)


def _read(layout: Path) -> tuple[dict[str, Any], dict[str, Any]]:
    """The manifest and the configuration of an image."""
    manifest = json.loads(_blob(layout, digest_of(layout)).read_bytes())
    return manifest, json.loads(_blob(layout, manifest["config"]["digest"]).read_bytes())


def _write(target: Path, manifest: dict[str, Any], config: dict[str, Any], more: Additions) -> Path:
    """Writes all but the layers."""
    config["config"]["Env"] = _env(config["config"].get("Env", []), more.env)
    manifest["config"] = _store(target, json.dumps(config).encode(), manifest["config"]["mediaType"])
    row = _store(target, json.dumps(manifest).encode(), manifest["mediaType"])
    row["annotations"] = {"org.opencontainers.image.ref.name": "latest"}
    (target / "index.json").write_text(json.dumps({"schemaVersion": 2, "manifests": [row]}))
    (target / "oci-layout").write_text('{"imageLayoutVersion":"1.0.0"}')
    return target


def _env(rows: list[str], more: Mapping[str, str]) -> list[str]:
    return [row for row in rows if row.partition("=")[0] not in more] + [f"{name}={more[name]}" for name in more]


def _store(layout: Path, body: bytes, kind: str) -> dict[str, object]:
    _blob(layout, sha256(body)).write_bytes(body)
    return {"mediaType": kind, "digest": sha256(body), "size": len(body)}


def _blob(layout: Path, digest: str) -> Path:
    return layout / "blobs/sha256" / digest.removeprefix("sha256:")

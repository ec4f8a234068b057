"""scripts/lib/host/bases/layout.sh: an OCI image layout of one layer, the same for the same tar and epoch."""

from __future__ import annotations

import hashlib
import json
import tarfile
from pathlib import Path

import pytest

LAYOUT = '. "$LIB/load.sh"; load base attempt host/machine host/bases\n'
EPOCH = "1754697600"


@pytest.fixture
def folder(tmp_path) -> Path:
    """A folder with a layer of one file."""
    made = tmp_path / "layout"
    made.mkdir()
    (tmp_path / "file").write_text("content\n")
    with tarfile.open(made / "layer.tar", "w") as tar:
        entry = tarfile.TarInfo("file")
        entry.size = 8
        with open(tmp_path / "file", "rb") as content:
            tar.addfile(entry, content)
    return made


def blob(folder: Path, descriptor: dict) -> bytes:
    """The content that a descriptor names, which must be what it says."""
    content = (folder / "blobs" / descriptor["digest"].replace(":", "/")).read_bytes()
    assert descriptor["digest"] == "sha256:" + hashlib.sha256(content).hexdigest()
    assert descriptor["size"] == len(content)
    return content


def test_layout_is_what_the_specification_asks_for(sh, folder):
    layer = (folder / "layer.tar").read_bytes()
    result = sh(LAYOUT + 'layout_write "$1" "$2"; layout_digest "$1"; layout_layer "$1"', str(folder), EPOCH)
    assert result.rc == 0, repr(result)
    digest, file = result.out.splitlines()
    assert json.loads((folder / "oci-layout").read_text()) == {"imageLayoutVersion": "1.0.0"}
    (entry,) = json.loads((folder / "index.json").read_text())["manifests"]
    assert entry["digest"] == digest
    manifest = json.loads(blob(folder, entry))
    assert manifest["schemaVersion"] == 2
    assert manifest["mediaType"] == entry["mediaType"] == "application/vnd.oci.image.manifest.v1+json"
    (described,) = manifest["layers"]
    assert blob(folder, described) == layer
    assert Path(file).read_bytes() == layer
    config = json.loads(blob(folder, manifest["config"]))
    assert config["rootfs"] == {"type": "layers", "diff_ids": [described["digest"]]}
    assert (config["os"], config["created"]) == ("linux", "2025-08-09T00:00:00Z")
    assert sorted(path.name for path in folder.iterdir()) == ["blobs", "index.json", "oci-layout"]


def test_same_layer_and_epoch_give_the_same_digest(sh, folder, tmp_path):
    again = tmp_path / "again"
    again.mkdir()
    (again / "layer.tar").write_bytes((folder / "layer.tar").read_bytes())
    script = LAYOUT + 'for folder; do layout_write "$folder" 1754697600; layout_digest "$folder"; done'
    one, other = sh(script, str(folder), str(again)).out.splitlines()
    assert one == other


FAKE_DOCKER = """
docker() { # fake: keeps what is loaded
    case $1 in
        load) cat >"$KEPT" ;;
        image) [ -s "$KEPT" ] ;;
    esac
}
"""


def test_loaded_archive_names_config_and_layer(sh, folder, tmp_path):
    script = LAYOUT + FAKE_DOCKER + 'layout_write "$1" 1754697600; layout_load "$1" name/of-it'
    result = sh(script, str(folder), env={"SCRATCH": str(tmp_path), "KEPT": str(tmp_path / "kept.tar")})
    assert result.rc == 0, repr(result)
    with tarfile.open(tmp_path / "kept.tar") as tar:
        names = tar.getnames()
        (image,) = json.load(tar.extractfile("manifest.json"))
    assert image["RepoTags"] == ["name/of-it:latest"]
    assert sorted([image["Config"], *image["Layers"], "manifest.json"]) == sorted(names)

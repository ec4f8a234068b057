"""The Alpine repository, checked by a reader in this file: apk itself is missing on most machines."""

from __future__ import annotations

import base64
import hashlib
import io
import tarfile
import zlib
from collections.abc import Iterator

import pytest
import requests
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.serialization import load_pem_public_key
from harness.catalogue.schedule import parse
from harness.sites.apk_site import ARCH, CLASSES, AlpinePackage, Key, Repository
from harness.sites.site import Rule, Upstream
from harness.wire.server import serve

OLD, NEW = AlpinePackage("hello-seawall", text="old\n"), AlpinePackage("hello-seawall", "1.1-r0", "new\n" * 900)
KEY = Key()


class RefusedError(Exception):
    """What a client rejects, and why."""


def streams(body: bytes) -> list[bytes]:
    """The gzip streams of a file, each as its bytes."""
    found = []
    while body:
        reader = zlib.decompressobj(31)
        try:
            reader.decompress(body)
        except zlib.error as error:
            raise RefusedError(f"no gzip: {error}") from error
        if not reader.eof:
            raise RefusedError("cut")
        found.append(body[: len(body) - len(reader.unused_data)])
        body = reader.unused_data
    return found


def members(stream: bytes) -> dict[str, bytes]:
    """The files of a stream's tar, which may lack the end-of-archive blocks."""
    plain = zlib.decompress(stream, 31)
    with tarfile.open(fileobj=io.BytesIO(plain + bytes(1024))) as archive:
        return {entry.name: archive.extractfile(entry).read() for entry in archive if entry.isfile()}  # type: ignore[union-attr] # a file


def vouched(body: bytes, key: bytes) -> list[bytes]:
    """The streams after a valid signature."""
    first, *rest = streams(body)
    name, signature = next(iter(members(first).items()))
    if not name.startswith(".SIGN.RSA.") or not rest:
        raise RefusedError("not signed")
    public = load_pem_public_key(key)
    assert isinstance(public, rsa.RSAPublicKey)
    try:
        public.verify(signature, rest[0], padding.PKCS1v15(), hashes.SHA1())  # noqa: S303 # the format's own
    except InvalidSignature as error:
        raise RefusedError("BAD signature") from error
    return rest


def get(url: str) -> bytes:
    """The body of an answer with status 200."""
    answer = requests.get(url, timeout=5)
    if answer.status_code != 200:
        raise RefusedError(f"status {answer.status_code}")
    return answer.content


def listed(index: bytes) -> Iterator[dict[str, str]]:
    """The entries of an index."""
    for text in members(index)["APKINDEX"].decode().strip().split("\n\n"):
        yield dict(line.split(":", 1) for line in text.splitlines())


def install(url: str, key: bytes) -> bytes:
    """The steps of `apk add hello-seawall`: index, newest version, package; returns the text that apk would install."""
    begin = f"{url}/alpine/{ARCH}"
    (index,) = vouched(get(f"{begin}/APKINDEX.tar.gz"), key)
    entry = max(listed(index), key=lambda entry: entry["V"])
    body = get(f"{begin}/{entry['P']}-{entry['V']}.apk")
    if len(body) != int(entry["S"]):
        raise RefusedError("size")
    control, data = vouched(body, key)
    if entry["C"] != "Q1" + base64.b64encode(hashlib.sha1(control).digest()).decode():  # noqa: S324 # the format's own
        raise RefusedError("not the package of the index")
    about = dict(line.split(" = ") for line in members(control)[".PKGINFO"].decode().splitlines())
    if about["datahash"] != hashlib.sha256(data).hexdigest():
        raise RefusedError("BAD archive")
    return members(data)[NEW.place]


def up(repository: Repository, schedule: str = "ok", path_class: str = ".*"):
    return serve(Upstream("apk", repository.site(), CLASSES, (Rule(parse(schedule), path_class=path_class),)))


def test_newest_version_is_found_vouched_for_and_whole():
    with up(Repository([OLD, NEW], KEY)) as lab:
        assert get(f"{lab.url}/alpine/{KEY.name}") == KEY.public
        assert install(lab.url, KEY.public) == NEW.text.encode()
    assert [entry.path_class for entry in lab.journal] == ["key", "index", "package"]


FAULTS = {
    "index 503": ("503x*", "index", "status 503"),
    "index HTML": ("htmlx*", "index", "no gzip"),
    "package cut in its data": ("no-length+fin@800x*", "package", "cut|size"),
    "package with a bit flipped in its control": ("flip@500x*", "package", "BAD signature|no gzip"),
    "package with a bit flipped in its data": ("flip@850x*", "package", "BAD archive|no gzip"),
}


@pytest.mark.parametrize(("schedule", "path_class", "says"), FAULTS.values(), ids=FAULTS)
def test_fault_is_seen_by_who_checks(schedule, path_class, says):
    with up(Repository([OLD, NEW], KEY), schedule, path_class) as lab, pytest.raises(RefusedError, match=says):
        install(lab.url, KEY.public)
    assert {entry.fault for entry in lab.journal if entry.path_class == path_class} == {schedule.removesuffix("x*")}


@pytest.mark.parametrize(("key", "says"), [(Key(), "BAD signature"), (None, "not signed")], ids=["unknown", "none"])
def test_key_that_is_not_known_vouches_for_nothing(key, says):
    with up(Repository([NEW], key)) as lab, pytest.raises(RefusedError, match=says):
        install(lab.url, KEY.public)


def test_package_of_another_build_is_not_that_of_the_index():
    site = Repository([NEW], KEY)
    other = Repository([AlpinePackage(NEW.name, NEW.version, "old\n" * 900)], KEY).site()
    mixed = Upstream("apk", lambda request: (other if request.path.endswith(".apk") else site.site())(request), CLASSES)
    with serve(mixed) as lab, pytest.raises(RefusedError, match=r"size|not the package of the index"):
        install(lab.url, KEY.public)


def test_same_package_is_the_same_bytes():
    assert AlpinePackage("hello-seawall", text="old\n").control == OLD.control
    assert Repository([OLD], KEY).apk(OLD) == Repository([OLD], KEY).apk(OLD)

"""Sample content of each kind of upstream: one file that a client wants, and broken variants of the upstream."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import cache

from harness.catalogue.faults import Reply
from harness.sites import apk_site, apt_site, git_site, go_site, npm_site, pypi_site, registry_site
from harness.sites.apk_site import AlpinePackage, Key, Repository
from harness.sites.apt_site import Archive, Signer
from harness.sites.artifacts import Image, Module, NodePackage, Package, Release, noise, sha256
from harness.sites.file_site import files
from harness.sites.git_site import Git
from harness.sites.site import Request, Site
from harness.sites.sumdb_site import Sums

LONGER = "a line that makes the file longer\n" * 300
BODY = noise(1 << 16)
RELEASE = Release("hello-seawall", source=f'GOOD = """{LONGER}"""\n')
MODULE = Module("example.org/hello", source=f"package hello\n\nconst Good = `{LONGER}`\n")
SUMS = Sums([Module("example.org/another"), MODULE])
DEB = Package("hello-seawall", text=LONGER)
ALPINE = AlpinePackage("hello-seawall", text=LONGER)
NODE = NodePackage("hello-seawall", source=f"module.exports = `{LONGER}`;\n")
REPOSITORY = Git(LONGER)
IMAGE = Image(noise(1 << 16, "image"))
IMAGE_NAME = "team/noise"


@dataclass(frozen=True)
class Sample:
    """An upstream of one kind: its site, path classes, the file that a client wants, and the class of that file's path.

    `others` are variants of the site with one defect each, by name.
    """

    site: Site
    classes: tuple[tuple[str, str], ...]
    body: bytes
    path_class: str
    others: Mapping[str, Callable[[], Site]] = field(default_factory=dict)


@cache
def signer(name: str) -> Signer:
    """The key of an archive: a good one, an expired one, or one unknown to clients."""
    return Signer(born="20200101T000000", life=1) if name == "expired" else Signer()


@cache
def alpine_key(name: str) -> Key:
    """The key of an Alpine repository: a good one, or one unknown to clients."""
    return Key(f"{name}@lab.test-65920080.rsa.pub")


def _apk() -> Sample:
    good = Repository([ALPINE], alpine_key("good"))
    others = {"unknown key": replace(good, key=alpine_key("unknown")), "unsigned": replace(good, key=None)}
    text = ALPINE.text.encode()
    return Sample(good.site(), apk_site.CLASSES, text, "package", {name: other.site for name, other in others.items()})


def _apt() -> Sample:
    good = Archive([DEB], signer("good"))
    others = {
        "expired key": replace(good, signer=signer("expired")),
        "unknown key": replace(good, signer=signer("unknown")),
        "unsigned": replace(good, signer=None),
        "too old": replace(good, made=-8, good_for=-1),
        "from the future": replace(good, made=2),
    }
    return Sample(good.site(), apt_site.CLASSES, DEB.deb, "deb", {name: other.site for name, other in others.items()})


def _other_platform(image: Image) -> dict[str, object]:
    """The fields of an index that has the image for another platform only."""
    row = {
        "mediaType": "application/vnd.oci.image.manifest.v1+json",
        "digest": sha256(image.manifest),
        "size": len(image.manifest),
        "platform": {"os": "linux", "architecture": "s390x"},
    }
    return {"mediaType": registry_site.INDEX, "config": None, "layers": None, "manifests": [row]}


def images(image: Image) -> Sample:
    """A registry with an image. The layer has a path class of its own, so that a fault can hit it and no other blob."""

    def registry(*, wants_token: bool = False) -> registry_site.Registry:
        found = registry_site.Registry(wants_token)
        found.add_image(IMAGE_NAME, "1", image)
        return found

    def moving() -> Site:
        """A registry whose tag changes to another image at its second resolution."""
        site, seen = registry(), list[str]()

        def answer(request: Request) -> Reply:
            if request.path.endswith("/manifests/1"):
                seen.append(request.method)
                if len(seen) == 2:
                    site.add_image(IMAGE_NAME, "1", Image(noise(1 << 16, "another")))
            return site(request)

        return answer

    def manifest(**changes: object) -> Site:
        """A registry whose manifest has these fields changed."""
        site = registry()
        body = json.dumps(json.loads(image.manifest) | changes).encode()
        site.blobs[sha256(body)] = body
        site.tags[IMAGE_NAME]["1"] = sha256(body)
        return site

    others: Mapping[str, Callable[[], Site]] = {
        "wants a token": lambda: registry(wants_token=True),
        "moving tag": moving,
        "other platform": lambda: manifest(**_other_platform(image)),
        "unknown media type": lambda: manifest(mediaType="application/vnd.lab.unknown.v9+json"),
    }
    classes = (("layer", sha256(image.layer)), *registry_site.CLASSES)
    return Sample(registry(), classes, image.body, "layer", others)


SAMPLES: Mapping[str, Callable[[], Sample]] = {
    "files": lambda: Sample(files({"/64k": BODY}), (("file", "."),), BODY, "file"),
    "go": lambda: Sample(
        go_site.goproxy([MODULE], SUMS),
        go_site.CLASSES,
        MODULE.zip,
        "zip",
        {
            "wrong sums": lambda: go_site.goproxy(
                [MODULE], replace(SUMS, modules=[replace(MODULE, source="package x\n")])
            )
        },
    ),
    "pypi": lambda: Sample(pypi_site.pypi([RELEASE]), pypi_site.CLASSES, RELEASE.wheel, "file"),
    "apk": _apk,
    "apt": _apt,
    "npm": lambda: Sample(npm_site.npm([NODE]), npm_site.CLASSES, NODE.source.encode(), "tarball"),
    "git": lambda: Sample(
        REPOSITORY, git_site.CLASSES, LONGER.encode(), "archive|refs", {"other gzip": lambda: Git(LONGER, level=1)}
    ),
    "registry": lambda: images(IMAGE),
}


@cache
def sample_of(kind: str) -> Sample:
    """The sample of this kind, made once."""
    return SAMPLES[kind]()

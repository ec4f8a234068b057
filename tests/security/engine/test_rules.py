"""SEAWALL_IMAGE_LOCK and --https-only are rules: they apply to each name of a source in a build."""

from __future__ import annotations

from pathlib import Path

import pytest
from harness.builds.builder import asked, new_site
from harness.sites.artifacts import noise, tar_archive
from harness.wire.loopback import upstream
from harness.wire.server import Running

NOBODY = "sha256:" + "1" * 64
PLACES: dict[str, tuple[str, tuple[str, ...]]] = {
    "FROM": ("FROM HOST/team/hello:1\nCOPY mark /mark\n", ()),
    "COPY --from": ("FROM scratch\nCOPY --from=HOST/team/hello:1 /noise /noise\n", ()),
    "frontend": ("# syntax=HOST/team/hello:1\nFROM scratch\nCOPY mark /mark\n", ()),
    "frontend of the call": ("FROM scratch\nCOPY mark /mark\n", ("--build-arg", "BUILDKIT_SYNTAX=HOST/team/hello:1")),
    "named context": ("FROM x\nCOPY mark /mark\n", ("--build-context", "x=docker-image://HOST/team/hello:1")),
    "context of a copy": ("FROM scratch\nCOPY --from=x /noise /noise\n", ("--build-context", "x=docker-image://HOST/team/hello:1")),
    "mount": ("FROM HOST/team/hello:1\nRUN --mount=from=HOST/team/hello:1,target=/x true\n", ()),
}  # fmt: skip
SPELLINGS = {
    "index.docker.io/library/golang:1": "golang:1",
    "docker.io/golang:1": "golang:1",
    "app": "docker.io/library/app:latest",
}


def in_tar(dockerfile: str) -> str:
    """A context as a tar file whose Dockerfile is a link, which the kit does not follow."""
    return tar_archive({"Linked": dockerfile.encode()}, links={"Dockerfile": "Linked"}).decode()


def tags_asked(own: Running) -> int:
    return len([path for path in own.paths if path.endswith("/manifests/1")])


def locked(tmp_path: Path, *lines: str) -> str:
    (tmp_path / "lock").write_text("".join(f"{line}\n" for line in lines))
    return str(tmp_path / "lock")


class TestImageLock:
    """The digest in the file is the only one that is used, in each place that names the image."""

    @pytest.mark.parametrize("where", PLACES)
    def test_builder_wants_the_digest_of_the_file(self, builder, registry, context, tmp_path, where):
        """If the tag has moved, plain buildx uses the new image; the kit's build does not even resolve the tag."""
        own = registry()
        dockerfile, words = PLACES[where]
        folder, words = context(own.host, dockerfile), tuple(word.replace("HOST", own.host) for word in words)
        builder.plain(*words, folder)
        assert tags_asked(own) > 0
        seen = tags_asked(own)
        lock = locked(tmp_path, f"{own.host}/team/hello:1 {NOBODY}")
        result = builder.ours("--attempts", "1", "--", *words, folder, SEAWALL_IMAGE_LOCK=lock, SEAWALL_DEADLINE="20")
        assert result.rc not in (0, 1), repr(result)
        assert tags_asked(own) == seen

    def test_digest_that_is_there_is_used(self, builder, registry, context, base, tmp_path):
        """A locked image that the registry serves is used."""
        own = registry()
        lock = locked(tmp_path, f"{own.host.upper()}/team/hello:1 {base.digest}")
        result = builder.ours(context(own.host), SEAWALL_IMAGE_LOCK=lock)
        assert result.rc == 0, repr(result)
        assert tags_asked(own) == 0

    def test_tar_file_is_held_to_it_as_well(self, builder, registry, tmp_path):
        """The lock applies to a Dockerfile in a tar file too."""
        own = registry()
        lock = locked(tmp_path, f"{own.host}/team/hello:1 {NOBODY}")
        tar = in_tar(f"FROM {own.host}/team/hello:1\n")
        result = builder.ours("--attempts", "1", "--", "-", stdin=tar, SEAWALL_IMAGE_LOCK=lock)
        assert result.rc != 0
        assert tags_asked(own) == 0
        assert builder.ours("-", stdin=tar).rc == 0

    @pytest.mark.parametrize("spelling", SPELLINGS)
    def test_every_spelling_of_a_name_is_that_name(self, builder, tmp_path, spelling):
        """The builder gets the locked digest for each spelling of the name, as its own log shows."""
        words = {"SEAWALL_IMAGE_LOCK": locked(tmp_path, f"{SPELLINGS[spelling]} {NOBODY}"), "SEAWALL_DEADLINE": "30"}
        result = builder.ours("--attempts", "1", "--", "-", stdin=in_tar(f"FROM {spelling}\n"), **words)
        assert result.rc != 0
        assert NOBODY in result.err, repr(result)

    def test_frontend_that_is_locked_is_not_replaced(self, builder, registry, context, tmp_path):
        """A locked frontend is not replaced by the built-in one, which has another digest."""
        lock = locked(tmp_path, f"docker/dockerfile:1 {NOBODY}")
        folder = context(registry().host, "# syntax=docker/dockerfile:1\nFROM scratch\nCOPY mark /mark\n")
        result = builder.ours("--attempts", "1", "--", folder, SEAWALL_IMAGE_LOCK=lock, SEAWALL_DEADLINE="20")
        assert result.rc == 75, repr(result)

    def test_policy_of_the_caller_is_not_replaced(self, builder, registry, context, tmp_path):
        """A caller with a source policy of their own gets an error instead of a replaced policy."""
        lock = locked(tmp_path, f"golang:1 {NOBODY}")
        words = {"EXPERIMENTAL_BUILDKIT_SOURCE_POLICY": "/policy", "SEAWALL_IMAGE_LOCK": lock}
        result = builder.ours(context(registry().host), **words)
        assert (result.rc, result.err.count("\n")) == (78, 1), repr(result)


class TestHttpsOnly:
    """No source without TLS is used, in each place that can name one."""

    @pytest.mark.parametrize("where", ["FROM", "COPY --from", "frontend of the call", "named context"])
    def test_registry_without_tls_is_not_asked_by_the_builder(self, builder, registry, context, where):
        """The builder sends no request to a registry without TLS."""
        own = registry()
        dockerfile, words = PLACES[where]
        words = tuple(word.replace("HOST", own.host) for word in words)
        result = builder.ours("--https-only", "--attempts", "1", "--", *words, context(own.host, dockerfile))
        assert result.rc == 77, repr(result)
        assert asked(own, "blob") <= 1

    @pytest.mark.parametrize("source", ["http://HOST/file", "http://HOST/x.git", "git://HOST/x"])
    def test_url_without_tls_in_a_tar_file(self, builder, source):
        """The builder refuses an http URL in a tar file, which the kit does not read, without a request."""
        with upstream({"/file": noise(1000)}) as site:
            tar = in_tar(f"FROM scratch\nADD {source.replace('HOST', site.host)} /x\n")
            result = builder.ours("--https-only", "--attempts", "1", "--", "-", stdin=tar)
            assert result.rc == 77, repr(result)
            assert list(site.journal) == []
            if source.endswith("/file"):
                assert builder.ours("-", stdin=tar).rc == 0

    def test_tar_file_with_nothing_to_refuse_is_built(self, builder):
        """A tar file without http sources builds."""
        result = builder.ours("--https-only", "--", "-", stdin=in_tar("FROM scratch\nLABEL a=b\n"))
        assert result.rc == 0, repr(result)

    @pytest.mark.parametrize("host", ["localHost:9", "127.1.2.3:9", "[::1]:9"])
    def test_own_machine_in_other_words(self, builder, context, host):
        """Other spellings of a loopback address count as a registry without TLS too."""
        for words, stdin in (((context("x", f"FROM {host}/y\n"),), ""), (("-",), in_tar(f"FROM {host}/y\n"))):
            result = builder.ours("--https-only", "--attempts", "1", "--", *words, stdin=stdin)
            assert result.rc == 77, repr(result)


@pytest.mark.parametrize("rule", ["lock", "https"])
def test_line_that_cannot_be_read_is_refused_with_its_number(builder, registry, context, tmp_path, rule):
    """A line that the kit does not understand ends the build with the number of the line."""
    own = registry()
    folder = context(own.host, "ARG T=1\nFROM scratch\nFROM HOST/Team/hello:$T\nCOPY mark /mark\n")
    assert builder.ours(folder).rc == 1
    settings = {"SEAWALL_HTTPS_ONLY": "on", "SEAWALL_HTTPS_EXCEPT": own.host}
    if rule == "lock":
        settings = {"SEAWALL_IMAGE_LOCK": locked(tmp_path, f"golang:1 {NOBODY}")}
    result = builder.ours(folder, **settings)
    assert (result.rc, result.err.count("\n")) == (77, 1), repr(result)
    assert "Dockerfile, line 3: " in result.err
    assert "refused, because this line cannot be checked against" in result.err
    assert list(own.journal) == []


def test_image_that_the_file_does_not_list_is_as_ever(builder, registry, context, tmp_path):
    """An image that the lock file does not list is built from as without the file."""
    own = registry(new_site())
    result = builder.ours(context(own.host), SEAWALL_IMAGE_LOCK=locked(tmp_path, f"golang:1 {NOBODY}"))
    assert result.rc == 0, repr(result)

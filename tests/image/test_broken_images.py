"""For each check of the main job there is a broken image that fails it, with code 1.

A broken image is the real Dockerfile with a few more lines at the end of its last stage.
"""

from __future__ import annotations

import json
import subprocess
from dataclasses import dataclass

import pytest
from harness.machine.run import run


@dataclass(frozen=True)
class Break:
    """A broken image: the service, the added lines, the phase that must fail, and a phrase of the finding."""

    name: str
    service: str
    lines: str
    step: str
    says: str


def python(program: str) -> str:
    """An ENTRYPOINT that runs a Python program."""
    return "ENTRYPOINT " + json.dumps(["python3", "-c", program])


BREAKS = (
    Break("runs-as-root", "rag-api", "USER root", "check", "user: wanted 65532:65532, saw root"),
    Break("carries-a-shell", "intent-ingest", "COPY --from=go-deps /bin/sh /bin/sh", "check", "a shell to be absent"),
    Break("carries-the-kit", "rag-api", "COPY scripts /seawall", "check", "the kit to be absent, saw /seawall/"),
    Break(
        "carries-the-ca",
        "rag-api",
        "USER root\n"
        "RUN --mount=type=secret,id=seawall.ca,target=/run/seawall.ca cat /run/seawall.ca >/etc/company.crt\n"
        "USER 65532:65532",
        "check",
        "wanted no certificate of",
    ),
    Break("starts-through-a-shell", "rag-api", "ENTRYPOINT python3 -m rag_api", "check", "the program itself, saw"),
    Break("says-another-name", "rag-api", "LABEL org.opencontainers.image.title=other", "check", "saw other"),
    Break(
        "is-too-large", "intent-ingest", "COPY --from=go-deps /usr/lib /usr/lib", "check", "size: wanted at most 60 MB"
    ),
    Break("exits", "rag-api", python("raise SystemExit(3)"), "smoke test", "saw exited 3"),
    Break(
        "is-never-healthy",
        "rag-api",
        python("import signal; signal.signal(15, lambda *_: exit(0)); signal.pause()"),
        "smoke test",
        "healthz",
    ),
    Break(
        "ignores-sigterm",
        "rag-api",
        python(
            "import signal, subprocess; signal.signal(15, signal.SIG_IGN); subprocess.run(['python3', '-m', 'rag_api'])"
        ),
        "smoke test",
        "wanted exit code 0 within 10 s of SIGTERM, saw 137",
    ),
    Break(
        "answers-wrongly",
        "rag-api",
        "USER root\nRUN rm /app/site-packages/rag_api/documents/backoff-and-jitter.md\nUSER 65532:65532",
        "smoke test",
        "finds",
    ),
)

ALWAYS = ("answers-wrongly",)
"""The last of the checks. The others run with --all, because each one is a whole main job."""


@pytest.fixture(scope="module")
def company_ca(tmp_path_factory):
    """A certificate authority that no distribution ships."""
    folder = tmp_path_factory.mktemp("company")
    command = "openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=company -keyout key.pem -out ca.pem"
    subprocess.run(command.split(), cwd=folder, check=True, capture_output=True)
    return folder / "ca.pem"


@pytest.mark.parametrize(
    "broken",
    [pytest.param(broken, id=broken.name, marks=[pytest.mark.long] * (broken.name not in ALWAYS)) for broken in BREAKS],
)
def test_main_job_rejects_a_broken_image_and_names_the_finding(broken, engine, kit, repo, tmp_path, company_ca):
    """A broken image fails the phase that checks it, with code 1, the finding and a diagnosis."""
    before = engine.inventory()
    dockerfile = tmp_path / "Dockerfile"
    # As on a machine of a company with its own CA.
    bundle = tmp_path / "bundle.pem"
    host = engine.env.get("SSL_CERT_FILE", "/etc/ssl/certs/ca-certificates.crt")
    with open(host) as store:
        bundle.write_text(store.read() + company_ca.read_text())
    dockerfile.write_text(f"{(repo / 'Dockerfile').read_text()}\n{broken.lines}\n")
    report = tmp_path / "report"
    words = ["--service", broken.service, "--report", report, "--", "--file", dockerfile]
    env = engine.env | {"SEAWALL_CA_BUNDLE": str(bundle)}
    result = run([kit / "test-docker-build.sh", *words], env=env, timeout=600)
    assert result.rc == 1, repr(result)
    failed = [step for step in json.loads((report / "report.json").read_text())["steps"] if step["result"] == "FAILED"]
    assert [step["name"].replace(f" {broken.service}", "") for step in failed] == [broken.step], repr(result)
    assert broken.says in result.err
    assert "== docker version" in (report / "diagnosis.txt").read_text()
    assert engine.left_since(before) == []


@pytest.mark.long
def test_healthy_image_passes_every_check(kept):
    """The images of the real Dockerfile pass each check that rejects a broken one."""
    steps = json.loads((kept.report / "report.json").read_text())["steps"]
    assert {step["result"] for step in steps} == {"ok"}

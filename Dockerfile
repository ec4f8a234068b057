# Builds one image per service: --build-arg SERVICE=conductor-loop | intent-ingest | rag-api.
# Each RUN line names the packages to install; the commands of scripts/stage/ handle outages.
# All bases, including the fallbacks in seawall.conf, have the same Debian release and Python minor version, so that a
# fallback is compatible. To pin a base: --build-arg GO_BUILDER_IMAGE=golang:1.26-trixie@sha256:...
ARG SERVICE=rag-api
ARG GO_BUILDER_IMAGE=golang:1.26-trixie
ARG GO_RUNTIME_IMAGE=gcr.io/distroless/static-debian13:nonroot
ARG PYTHON_BUILDER_IMAGE=python:3.13-trixie
ARG PYTHON_RUNTIME_IMAGE=python:3.13-slim-trixie

# The kit alone, for other Dockerfiles to mount (docs/adopting.md). No other stage uses it.
FROM scratch AS kit
COPY scripts/ /

FROM ${GO_BUILDER_IMAGE} AS go-deps
ARG SERVICE
ENV CGO_ENABLED=0 GOTOOLCHAIN=local GOTELEMETRY=off GOPATH=/go
WORKDIR /src
COPY examples/services/${SERVICE}/go.mod examples/services/${SERVICE}/go.sum ./
RUN --mount=type=bind,source=scripts,target=/seawall \
    --mount=type=cache,id=seawall-state,target=/var/lib/seawall \
    --mount=type=secret,id=seawall.conf,target=/run/seawall.conf \
    --mount=type=secret,id=seawall.ca,target=/run/seawall.ca \
    /seawall/stage/go-modules.sh

FROM go-deps AS go-builder
ARG VERSION=0.1.0
COPY examples/services/${SERVICE}/ ./
# GOPROXY=off: all modules are downloaded, this step needs no network. The folder for intents is created here because
# the runtime image has no shell.
RUN --mount=type=cache,target=/root/.cache/go-build \
    GOPROXY=off go build -trimpath -ldflags "-s -w -X main.version=${VERSION}" -o /out/app/service . \
    && mkdir -p /out/var/lib/intents

FROM ${PYTHON_BUILDER_IMAGE} AS python-deps
WORKDIR /src
COPY examples/services/rag-api/requirements.txt ./
# --target instead of a virtual environment: the bases have different interpreter paths, but the same minor version.
RUN --mount=type=bind,source=scripts,target=/seawall \
    --mount=type=cache,id=seawall-state,target=/var/lib/seawall \
    --mount=type=secret,id=seawall.conf,target=/run/seawall.conf \
    --mount=type=secret,id=seawall.ca,target=/run/seawall.ca \
    /seawall/stage/python-packages.sh --require-hashes --only-binary :all: --target /app/site-packages \
    -r requirements.txt

FROM python-deps AS python-builder
COPY examples/services/rag-api/rag_api/ /app/site-packages/rag_api/

FROM ${GO_RUNTIME_IMAGE} AS go-runtime
COPY --from=go-builder --chown=65532:65532 /out/var/lib/intents /var/lib/intents
COPY --from=go-builder /out/app/ /app/
USER 65532:65532
ENTRYPOINT ["/app/service"]

FROM ${PYTHON_RUNTIME_IMAGE} AS python-runtime
COPY --from=python-builder /app/ /app/
ENV PYTHONPATH=/app/site-packages PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1
USER 65532:65532
ENTRYPOINT ["python3", "-m", "rag_api"]

# The client of the smoke test; not part of any service.
FROM ${PYTHON_RUNTIME_IMAGE} AS smoke-client
COPY examples/services/smoke.py /smoke.py
USER 65532:65532
ENTRYPOINT ["python3", "/smoke.py"]

FROM go-runtime AS final-conductor-loop
FROM go-runtime AS final-intent-ingest
FROM python-runtime AS final-rag-api

# hadolint ignore=DL3006 # the argument names a stage, not an image
FROM final-${SERVICE} AS final
ARG SERVICE
ARG VERSION=0.1.0
LABEL org.opencontainers.image.title="${SERVICE}" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.description="An example service of Seawall"
EXPOSE 8080

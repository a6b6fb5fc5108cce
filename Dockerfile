# A static binary in an image with nothing else but the public certificate authorities.
#
#   docker build -t drs-exporter .
#   docker run --rm -p 10816:10816 drs-exporter demo
#   docker run --rm -p 10816:10816 -v "$PWD/drs-exporter.yaml:/etc/drs-exporter/drs-exporter.yaml:ro" drs-exporter

# Any image with cargo, a C compiler and certificates will do; what else is needed is installed where it is lacking.
ARG BUILDER=docker.io/library/rust:1.95-bookworm
FROM ${BUILDER} AS build
WORKDIR /build

# C for the musl target (ring has some), and Rust's library for it. The build runs on the target's own architecture.
ARG TARGETARCH
RUN set -eu; \
    case "${TARGETARCH:-$(uname -m)}" in \
        amd64 | x86_64) echo x86_64-unknown-linux-musl > triple ;; \
        arm64 | aarch64) echo aarch64-unknown-linux-musl > triple ;; \
        *) echo "no static build for ${TARGETARCH:-$(uname -m)}" >&2; exit 1 ;; \
    esac; \
    if ! command -v musl-gcc > /dev/null; then \
        apt-get update -qq; apt-get install -y -qq --no-install-recommends musl-tools; rm -rf /var/lib/apt/lists/*; \
    fi; \
    if [ ! -d "$(rustc --print sysroot)/lib/rustlib/$(cat triple)" ]; then rustup target add "$(cat triple)"; fi

# Dependencies first, around an empty program: this layer stays until Cargo.lock changes.
COPY Cargo.toml Cargo.lock ./
COPY scripts/static scripts/
RUN set -eu; \
    mkdir src; echo 'fn main() {}' > src/main.rs; : > src/lib.rs; \
    scripts/static; \
    rm -r src

# `docker build --build-arg REVISION=$(git rev-parse HEAD)`: the repository itself is not part of the context. With it,
# the binary has the same bytes as that of the packages.
ARG REVISION=unknown
COPY . .
# Copied files are older than the empty program; cargo goes by that.
RUN set -eu; \
    find src build.rs -type f -exec touch {} +; \
    mv "$(DRS_EXPORTER_REVISION="$REVISION" scripts/static)" /drs-exporter

FROM scratch
ARG REVISION=unknown
ARG VERSION=unknown
ARG SOURCE=unknown
LABEL org.opencontainers.image.title="drs-exporter" \
      org.opencontainers.image.description="Prometheus exporter for Huawei Cloud DRS health comparison tasks" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="$VERSION" \
      org.opencontainers.image.revision="$REVISION" \
      org.opencontainers.image.source="$SOURCE"
COPY --from=build /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/ca-certificates.crt
COPY --from=build /drs-exporter /drs-exporter
# Nobody; a number, so that Kubernetes' runAsNonRoot can tell.
USER 65532:65532
# Where `drs-exporter.yaml` is looked for.
WORKDIR /etc/drs-exporter
EXPOSE 10816
# No HEALTHCHECK: there is no shell or client in here to run one. Probe /-/healthy and /-/ready from outside.
ENTRYPOINT ["/drs-exporter"]

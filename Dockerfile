# A build with Swift's own image for Debian 12, and a small Debian with the result.
#   docker build -t freshet .
#   docker run --rm -v ./proxy.conf:/etc/freshet/proxy.conf:ro -v freshet-state:/var/lib/freshet \
#       --read-only freshet
ARG BUILDER=swift:6.3-bookworm
ARG BASE=debian:bookworm-slim

FROM ${BUILDER} AS builder
WORKDIR /src
COPY scripts/setup.sh scripts/
RUN scripts/setup.sh --build
COPY Package.swift Package.resolved ./
RUN swift package resolve
COPY Makefile ./
COPY Sources Sources
# The standard library goes into the executable, so that the image needs no Swift.
RUN make build \
    && install -D --strip .build/release/freshet /out/freshet

FROM ${BASE}
ARG VERSION=unknown
ARG REVISION=unknown
LABEL org.opencontainers.image.title="Freshet" \
      org.opencontainers.image.description="A RESP sidecar that invalidates what a write makes stale" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}"
COPY scripts/setup.sh /tmp/freshet/scripts/
RUN apt-get update \
    && /tmp/freshet/scripts/setup.sh --runtime \
    && rm -rf /var/lib/apt/lists/* /tmp/freshet \
    && install -d -o 65532 -g 65532 -m 0700 /var/lib/freshet
COPY --from=builder /out/freshet /usr/local/bin/freshet
COPY proxy.conf /etc/freshet/proxy.conf
# What is accepted survives the container here (state-dir).
VOLUME /var/lib/freshet
# Numeric, so that Kubernetes can tell that it is not root.
USER 65532:65532
EXPOSE 6380 6381
STOPSIGNAL SIGTERM
ENTRYPOINT ["freshet", "serve", "/etc/freshet/proxy.conf"]

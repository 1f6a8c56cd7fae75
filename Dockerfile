# Built with: docker build -t lastframe .
FROM docker.io/library/debian:bookworm-slim AS build
WORKDIR /src
COPY deploy/install deploy/packages deploy/
RUN deploy/install build
COPY . .
RUN deploy/build release -DLASTFRAME_TESTS=OFF lastframe && strip --strip-debug build/release/lastframe

# The unit and integration tests, on request: docker build --target test .
FROM build AS test
RUN deploy/install test
RUN deploy/build release -DLASTFRAME_TESTS=ON \
 && ctest --preset release --label-regex 'unit|integration' --parallel "$(nproc)"

FROM docker.io/library/debian:bookworm-slim
LABEL org.opencontainers.image.title="lastframe" \
      org.opencontainers.image.description="A WebSocket reverse proxy that says why connections close"
COPY deploy/install deploy/packages /tmp/deploy/
RUN /tmp/deploy/install runtime && rm -rf /tmp/deploy /var/lib/apt/lists/* \
 && groupadd --gid 10014 lastframe \
 && useradd --uid 10014 --gid 10014 --no-create-home --shell /usr/sbin/nologin lastframe
COPY --from=build /src/build/release/lastframe /usr/bin/lastframe
COPY configs/sidecar.yaml /etc/lastframe/lastframe.yaml
USER 10014:10014
# Clients; telemetry.
EXPOSE 8080 10014
# Drains: see `drain` in the configuration, and give the container longer than its deadline.
STOPSIGNAL SIGTERM
HEALTHCHECK CMD ["lastframe", "health"]
ENTRYPOINT ["/usr/bin/lastframe"]

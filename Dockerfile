# Two stages: the toolchain builds, and what runs has the binary and Debian's libraries alone.
# scripts/house-rules and Tests/ProcessTests hold both lists of packages to the Makefile and to what the binary loads.
FROM swift:6.3-bookworm AS build
RUN apt-get update \
    && apt-get install -y --no-install-recommends libcurl4-openssl-dev libsqlite3-dev libssl-dev \
    && rm -rf /var/lib/apt/lists/*
WORKDIR /source
COPY . .
RUN swift build -c release --static-swift-stdlib --explicit-target-dependency-import-check error --product drumbeat \
    && strip -o /drumbeat .build/release/drumbeat

FROM debian:bookworm-slim
RUN apt-get update \
    && apt-get install -y --no-install-recommends ca-certificates libcurl4 libsqlite3-0 libssl3 libstdc++6 tzdata \
    && rm -rf /var/lib/apt/lists/* \
    && install -d -m 0700 -o 65532 -g 65532 /var/lib/drumbeat
COPY --from=build /drumbeat /usr/local/bin/drumbeat

# In the container alone it listens to all: what reaches it from outside is for who publishes the port to say. A configuration may
# be mounted as /config/drumbeat.conf; the environment wins over it. Nothing but the volume is written to, so the root may be
# read-only.
ENV DRUMBEAT_LISTEN=0.0.0.0:8080 \
    DRUMBEAT_DATABASE=sqlite:/var/lib/drumbeat/drumbeat.db
# By number, so that an orchestrator can see that it is not root.
USER 65532:65532
WORKDIR /
VOLUME /var/lib/drumbeat
EXPOSE 8080
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=5s --start-period=10s --retries=3 CMD ["drumbeat", "healthcheck"]
ENTRYPOINT ["drumbeat"]
CMD ["serve"]

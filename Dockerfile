# Two stages: the first builds; the image has only the binary and Debian's libraries.
# scripts/house-rules and Tests/ProcessTests check both lists of packages against the Makefile and the libraries that the binary loads.
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

# Only in the container the default is all interfaces: publishing the port decides who can reach it. A configuration may be mounted as
# /config/drumbeat.conf; the environment overrides it. The service writes only to the volume, so the root may be read-only.
ENV DRUMBEAT_LISTEN=0.0.0.0:8080 \
    DRUMBEAT_DATABASE=sqlite:/var/lib/drumbeat/drumbeat.db
# A number, so that an orchestrator can check that the user is not root.
USER 65532:65532
WORKDIR /
VOLUME /var/lib/drumbeat
EXPOSE 8080
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=5s --start-period=10s --retries=3 CMD ["drumbeat", "healthcheck"]
ENTRYPOINT ["drumbeat"]
CMD ["serve"]

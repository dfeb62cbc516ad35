# Every service of the platform in one image; the command names the one to run:
#   docker build -t testmesh/server .
#   docker run testmesh/server scheduler.mjs     (api, scheduler, executor, graph, env-manager, migrate, first-key)
# Nothing is written but /tmp and the archive: `--read-only --tmpfs /tmp` is fine.
# The same sources make the same layers, whenever they are built.
FROM node:24-bookworm-slim AS manifests
WORKDIR /src
COPY . .
# Packages are installed anew only when one of these files changes.
RUN mkdir /manifests \
 && find . -name package.json -exec cp --parents {} /manifests ';' \
 && cp package-lock.json .npmrc /manifests

FROM node:24-bookworm-slim AS build
WORKDIR /src
COPY --from=manifests /manifests ./
RUN npm ci --omit=dev --ignore-scripts --no-audit --no-fund
COPY . .
ARG SOURCE_DATE_EPOCH=0
RUN node services/build.mjs \
 && mkdir /image && cp -R services/dist /image/app \
 && find /image -exec touch --date="@$SOURCE_DATE_EPOCH" {} +

FROM build AS build-agent
ARG SOURCE_DATE_EPOCH=0
RUN node apps/site-agent/build.mjs \
 && rm -r /image/app && cp -R apps/site-agent/dist /image/app \
 && find /image -exec touch --date="@$SOURCE_DATE_EPOCH" {} +

# The runner for networks of their own: docker build --target site-agent -t testmesh/site-agent .
FROM node:24-bookworm-slim AS site-agent
COPY --from=build-agent /image /
WORKDIR /app
# Two arenas: the allocator's own choice, eight for each core, keeps what every thread once needed.
ENV NODE_ENV=production \
    MALLOC_ARENA_MAX=2 \
    TESTMESH_HEALTH_FILE=/tmp/testmesh-agent.health
USER 1000:1000
HEALTHCHECK --interval=15s --timeout=5s --start-period=60s --retries=3 CMD ["node", "testmesh-agent.mjs", "health"]
ENTRYPOINT ["node", "testmesh-agent.mjs"]
CMD ["run"]

FROM node:24-bookworm-slim
ARG SOURCE_DATE_EPOCH=0
# A volume that is mounted here is made with the owner it finds.
RUN install -d -o 1000 -g 1000 /var/lib/testmesh/archive \
 && touch --date="@$SOURCE_DATE_EPOCH" /var/lib/testmesh/archive /var/lib/testmesh /var/lib
COPY --from=build /image /
WORKDIR /app
ENV NODE_ENV=production \
    MALLOC_ARENA_MAX=2 \
    HOST=0.0.0.0 \
    PORT=5016 \
    TESTMESH_HEALTH_HOST=0.0.0.0 \
    TESTMESH_HEALTH_PORT=9464
# The user `node`, by number: Kubernetes believes no name when it refuses root.
USER 1000:1000
# Asked without a Node of its own: one for each question would work more than the service does.
HEALTHCHECK --interval=5s --timeout=5s --start-period=60s --retries=3 \
  CMD ["bash", "-c", "exec 3<>/dev/tcp/127.0.0.1/$TESTMESH_HEALTH_PORT && printf 'GET /health/ready HTTP/1.0\\r\\n\\r\\n' >&3 && read -r _ status _ <&3 && test $status = 200"]
ENTRYPOINT ["node"]
CMD ["api.mjs"]

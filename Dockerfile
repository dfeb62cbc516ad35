# Every service of the platform in one image; the command names the one to run:
#   docker build -t testmesh/server .
#   docker run testmesh/server scheduler.mjs     (api, scheduler, executor, graph, env-manager, migrate, first-key)
# Nothing is written but /tmp and the archive: `--read-only --tmpfs /tmp` is fine.
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
RUN node services/build.mjs

FROM build AS build-agent
RUN node apps/site-agent/build.mjs

# The runner for networks of their own: docker build --target site-agent -t testmesh/site-agent .
FROM node:24-bookworm-slim AS site-agent
WORKDIR /app
COPY --from=build-agent /src/apps/site-agent/dist ./
ENV NODE_ENV=production \
    TESTMESH_HEALTH_FILE=/tmp/testmesh-agent.health
USER 1000:1000
HEALTHCHECK --interval=15s --timeout=5s --start-period=60s --retries=3 CMD ["node", "testmesh-agent.mjs", "health"]
ENTRYPOINT ["node", "testmesh-agent.mjs"]
CMD ["run"]

FROM node:24-bookworm-slim
WORKDIR /app
# A volume that is mounted here is made with the owner it finds.
RUN install -d -o 1000 -g 1000 /var/lib/testmesh/archive
COPY --from=build /src/services/dist ./
ENV NODE_ENV=production \
    HOST=0.0.0.0 \
    PORT=5016 \
    TESTMESH_HEALTH_HOST=0.0.0.0 \
    TESTMESH_HEALTH_PORT=9464
# The user `node`, by number: Kubernetes believes no name when it refuses root.
USER 1000:1000
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s --retries=3 \
  CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.TESTMESH_HEALTH_PORT}/health/ready`).then(({ ok }) => process.exit(ok ? 0 : 1), () => process.exit(1))"]
ENTRYPOINT ["node"]
CMD ["api.mjs"]

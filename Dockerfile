# One image for servers and workers: `serve`, `worker` and every other command.
FROM node:22-bookworm-slim AS build
WORKDIR /medoid
COPY package.json package-lock.json .npmrc ./
RUN npm ci --ignore-scripts --no-audit --no-fund
COPY . .
RUN node scripts/build.js

FROM node:22-bookworm-slim AS dependencies
WORKDIR /medoid
COPY package.json package-lock.json .npmrc ./
RUN npm ci --omit=dev --ignore-scripts --no-audit --no-fund && npm cache clean --force

FROM node:22-bookworm-slim
ENV NODE_ENV=production
WORKDIR /medoid
COPY --from=dependencies /medoid/node_modules node_modules
COPY --from=build /medoid/dist dist
COPY package.json schema.graphql LICENSE ./
COPY prisma/postgres/migrations prisma/postgres/migrations
COPY prisma/sqlite/migrations prisma/sqlite/migrations
COPY sample/README.md sample/README.md
COPY sample/data sample/data
# SQLite's file, where no other DATABASE_URL is given.
RUN mkdir /data && chown node:node /data
ENV DATABASE_URL=file:/data/medoid.db
VOLUME /data
USER node
EXPOSE 4000
# Servers and workers listen on this port; both say whether they live.
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s --retries=3 \
  CMD ["node", "-e", "fetch('http://127.0.0.1:4000/health/ready').then(({ ok }) => process.exit(ok ? 0 : 1), () => process.exit(1))"]
# As process 1, Node ignores signals unless the program handles them; Medoid does.
ENTRYPOINT ["node", "dist/cli/medoid.js"]
CMD ["serve", "--host", "0.0.0.0"]

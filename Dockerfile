# The image of keda-medic: one bundle on distroless Node.js, no shell, no package manager, not root.
#
#   docker build -t keda-medic:0.1.0 .
#
# Both bases are pinned by tag. For builds that can be repeated pin them by digest, and then the image in the chart, too:
#   docker build --build-arg RUNTIME_IMAGE=gcr.io/distroless/nodejs24-debian12@sha256:... -t keda-medic:0.1.0 .
ARG BUILD_IMAGE=node:24-bookworm-slim
ARG RUNTIME_IMAGE=gcr.io/distroless/nodejs24-debian12:nonroot

FROM ${BUILD_IMAGE} AS build
WORKDIR /src
COPY package.json package-lock.json .npmrc ./
COPY tools ./tools
# The bundler needs no install script, and nobody else's is run.
RUN npm ci --ignore-scripts --no-audit --no-fund
COPY scripts/build.mjs ./scripts/build.mjs
COPY functions/knative ./functions/knative
COPY src ./src
RUN node scripts/build.mjs

FROM ${RUNTIME_IMAGE}
WORKDIR /app
# It says that the bundles are ES modules.
COPY package.json LICENSE ./
COPY --from=build /src/dist ./dist
ENV NODE_ENV=production
USER 65532:65532
EXPOSE 8080
ENTRYPOINT ["/nodejs/bin/node", "/app/dist/cli/keda-medic.js"]
CMD ["--help"]

# The webhook and the command line as one image: docker build -t REGISTRY/outrigger:VERSION .
#
# Base images are named by tag. A release pins them: --build-arg BUILD_DIGEST=@sha256:… --build-arg NODE_DIGEST=@sha256:…
# They exist for amd64 and arm64, and nothing below names an architecture.
ARG BUILD_IMAGE=docker.io/library/node:24-bookworm-slim
ARG BUILD_DIGEST=
ARG NODE_IMAGE=gcr.io/distroless/nodejs24-debian12:nonroot
ARG NODE_DIGEST=

FROM ${BUILD_IMAGE}${BUILD_DIGEST} AS build
WORKDIR /src
# First what changes rarely, so that a change of the source installs nothing anew. No script of a package is run:
# the packages' own Node and its launcher are for machines without Node 24.
COPY package.json package-lock.json ./
RUN npm ci --ignore-scripts --no-audit --no-fund
COPY . .
RUN node test/tools/bundle.ts && node test/tools/image-files.ts /image

FROM ${NODE_IMAGE}${NODE_DIGEST}
ARG VERSION=0.1.0
ARG REVISION=
LABEL org.opencontainers.image.title="outrigger" \
      org.opencontainers.image.description="A Kubernetes sidecar injector: the webhook and the command line" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}"
COPY --from=build /image /opt/outrigger
ENV PATH=/opt/outrigger/bin:/nodejs/bin
# The program needs no file of its own to write to: the root may be read-only.
USER 65532:65532
ENTRYPOINT ["outrigger"]
CMD ["serve"]

# One image: the API, its fixtures and an embedded PostgreSQL. Reasons: docs/decisions/container.md
#
#   docker build -t conflict-facts .
#   docker run --init --rm -p 127.0.0.1:8000:8000 -v conflict-facts:/var/lib/conflict-facts conflict-facts
#
# Behind a proxy that needs its own settings, pass them as secrets. No layer keeps them:
#   --secret id=pip,src=PIP_CONF --secret id=npm,src=NPMRC --secret id=ca,src=CA_CERTIFICATES

# Any Debian-based image with python3 (3.11 or later), its venv module and useradd.
ARG BASE_IMAGE=python:3.12-slim-bookworm


# The Makefile installs here exactly as it does on an engineer's machine. This stage needs only the locks, so a code change
# does not install everything again. It uses pip, because pip reads the configuration that a proxy or a mirror needs.
FROM ${BASE_IMAGE} AS dependencies
RUN command -v make || (apt-get update && apt-get install --yes --no-install-recommends make)
ENV INSTALLER=pip PIP_CONFIG_FILE=/run/secrets/pip NPM_CONFIG_USERCONFIG=/run/secrets/npm
WORKDIR /app
COPY Makefile requirements*.lock ./
RUN --mount=type=secret,id=pip --mount=type=secret,id=ca make dependencies .tools/assets.stamp


FROM dependencies AS installed
COPY . .
RUN --mount=type=secret,id=npm --mount=type=secret,id=ca make wheel
RUN .tools/bin/python -m pip --python .venv/bin/python install --no-index --no-deps dist/*.whl


FROM ${BASE_IMAGE}
ARG VERSION=unreleased
ARG REVISION=unknown
LABEL org.opencontainers.image.title="Conflict Facts" \
      org.opencontainers.image.description="An open data API for the facts of armed conflict, with provenance on every field." \
      org.opencontainers.image.licenses="MIT AND CC-BY-4.0 AND CC0-1.0" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}"

# initdb needs a user with a name. Kubernetes needs a number, to verify that it is not root.
RUN groupadd --gid 10001 conflict-facts \
 && useradd --uid 10001 --gid 10001 --home-dir /var/lib/conflict-facts --shell /usr/sbin/nologin conflict-facts \
 && install --directory --owner=10001 --group=10001 --mode=0700 /var/lib/conflict-facts

ENV PATH=/app/.venv/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    CONFLICT_FACTS_HOME=/var/lib/conflict-facts \
    HOST=0.0.0.0 \
    PORT=8000

# The environment holds the application too, in its site-packages. There is no installer: only an intruder would use it.
WORKDIR /app
COPY --from=installed /app/.venv .venv

USER 10001:10001
VOLUME /var/lib/conflict-facts
EXPOSE 8000

# /ready rather than /health, because whatever waits for this container waits for its data. urllib would go through a proxy.
HEALTHCHECK --interval=15s --timeout=5s --start-period=120s --retries=3 \
    CMD ["python", "-c", "import http.client, os; c = http.client.HTTPConnection('127.0.0.1', int(os.environ['PORT']), timeout=4); c.request('GET', '/ready'); exit(c.getresponse().status != 200)"]

ENTRYPOINT ["conflict-facts"]
CMD ["serve"]

# One image: the API, its fixtures and an embedded PostgreSQL. Reasons: docs/decisions/container.md
#
#   docker build -t conflict-facts .
#   docker run --init --rm -p 127.0.0.1:8000:8000 -v conflict-facts:/var/lib/conflict-facts conflict-facts
#
# Behind a proxy that needs its own settings, hand them over as secrets; no layer keeps them:
#   --secret id=pip,src=/etc/pip.conf --secret id=npm,src="$HOME/.npmrc" --secret id=ca,src=ca-certificates.crt

# Any image of the Debian family with python3 (3.11 or later), its venv module and useradd.
ARG BASE_IMAGE=python:3.12-slim-bookworm


# The same words as on an engineer's machine: the Makefile says how to install. It needs no more of the code than its
# folders, so that a change of the code does not install everything again.
FROM ${BASE_IMAGE} AS installed
RUN command -v make || (apt-get update && apt-get install --yes --no-install-recommends make)
WORKDIR /app
RUN mkdir api schema
COPY Makefile pyproject.toml requirements.lock README.md LICENSE* ./
RUN --mount=type=secret,id=pip,target=/etc/pip.conf --mount=type=secret,id=ca \
    make install PYTHON=python3


FROM installed AS assets
COPY requirements-assets.lock ./
RUN --mount=type=secret,id=pip,target=/etc/pip.conf --mount=type=secret,id=ca \
    make .venv/assets.stamp PYTHON=python3
COPY schema schema
COPY api api
RUN --mount=type=secret,id=npm,target=/root/.npmrc --mount=type=secret,id=ca \
    make assets PYTHON=python3


FROM installed AS trimmed
# Nothing that runs needs an installer; whoever breaks in would.
RUN .venv/bin/python -m pip uninstall --yes --quiet setuptools pip


FROM ${BASE_IMAGE}
ARG VERSION=unreleased
ARG REVISION=unknown
LABEL org.opencontainers.image.title="Conflict Facts" \
      org.opencontainers.image.description="An open data API for the facts of armed conflict, with provenance on every field." \
      org.opencontainers.image.licenses="MIT" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}"

# PostgreSQL's initdb wants its user to have a name; Kubernetes wants a number, to see that it is not root.
RUN groupadd --gid 10001 conflict-facts \
 && useradd --uid 10001 --gid 10001 --home-dir /var/lib/conflict-facts --shell /usr/sbin/nologin conflict-facts \
 && install --directory --owner=10001 --group=10001 --mode=0700 /var/lib/conflict-facts

ENV PATH=/app/.venv/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    CONFLICT_FACTS_HOME=/var/lib/conflict-facts \
    HOST=0.0.0.0 \
    PORT=8000

# An application that is run from its root folder and only reads it: fixtures/ and migrations/ are found from there.
WORKDIR /app
COPY --from=trimmed /app/.venv .venv
COPY pyproject.toml README.md LICENSE* ./
COPY migrations migrations
COPY schema schema
COPY api api
COPY --from=assets /app/api/pages/static/vendor api/pages/static/vendor
COPY fixtures fixtures

USER 10001:10001
VOLUME /var/lib/conflict-facts
EXPOSE 8000

# /ready, not /health: whoever waits for this container wants its facts. Not urllib: it would ask a proxy.
HEALTHCHECK --interval=15s --timeout=5s --start-period=120s --retries=3 \
    CMD ["python", "-c", "import http.client, os; c = http.client.HTTPConnection('127.0.0.1', int(os.environ['PORT']), timeout=4); c.request('GET', '/ready'); exit(c.getresponse().status != 200)"]

ENTRYPOINT ["conflict-facts"]
CMD ["serve"]

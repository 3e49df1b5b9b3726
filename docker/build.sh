#!/usr/bin/env bash
# Builds the image and smoke-tests it, on a machine without a Docker daemon or an image registry.
#
#   docker/build.sh [NAME]      NAME of the image; by default conflict-facts
#
#   BASE_IMAGE=...              build on this image; by default, on a Debian built here with debootstrap
#   DATABASE_URL=...            smoke-test on this PostgreSQL; by default, on the embedded one
#   STORAGE_DRIVER=vfs          for buildah, if overlay mounts are not allowed
#
# Run as root. It needs buildah, and debootstrap unless BASE_IMAGE is set; where apt-get can install them, it does.
# The machine's access to a package index (pip's index and proxy, certificates) reaches the build as secrets: no layer keeps it.
# shellcheck disable=SC2016 # The shell inside the container expands what is in single quotes.
set -euo pipefail

image=${1:-conflict-facts}
root=$(cd "$(dirname "$0")/.." && pwd)
work=$(mktemp --directory)
container=
export BUILDAH_ISOLATION=${BUILDAH_ISOLATION:-chroot}

main() {
    trap clean EXIT
    require buildah
    if [[ -z ${BASE_IMAGE:-} ]]; then
        require debootstrap
        make_base
    fi
    build
    smoke_test
    say "$image passed its smoke test: $(size), on $BASE_IMAGE"
    say "to copy it to another machine: buildah push $image docker-archive:$image.tar; there: docker load --input $image.tar"
}

say() { printf '== %s\n' "$*" >&2; }
die() { printf 'build.sh: %s\n' "$1" >&2; exit "${2:-1}"; }

require() {
    [[ $(id -u) == 0 ]] || die "must run as root, because debootstrap and chroot need it" 2
    command -v "$1" >/dev/null && return
    say "installing $1"
    { apt-get update --quiet && apt-get install --quiet --yes --no-install-recommends "$1"; } >"$work/log" 2>&1 ||
        { tail "$work/log" >&2; die "$1 is missing and apt-get cannot install it" 2; }
}

clean() {
    if [[ -n $container ]]; then
        stop 2>/dev/null || true
        buildah rm "$container" >/dev/null
    fi
    rm -rf --one-file-system "$work"
}


# A replacement for the python image that the Dockerfile names, from the Debian mirror that this machine already uses.
make_base() {
    local suite=bookworm mirror scratch
    say "base: debootstrap $suite"
    mirror=$(apt-get indextargets --format '$(REPO_URI)' "Codename: $suite" 'Created-By: Packages' 2>/dev/null | sed -n 1p)
    debootstrap --variant=minbase --include=ca-certificates,make,python3,python3-venv "$suite" "$work/base" \
        ${mirror:+"$mirror"} >"$work/log" || { tail "$work/log" >&2; die "debootstrap failed"; }
    rm -rf "$work"/base/var/cache/apt/* "$work"/base/var/lib/apt/lists/*
    tar --create --numeric-owner --directory "$work/base" --file "$work/base.tar" .
    scratch=$(buildah from scratch)
    buildah add --quiet "$scratch" "$work/base.tar" / >/dev/null
    BASE_IMAGE=localhost/conflict-facts-base:$suite
    buildah commit --quiet --rm "$scratch" "$BASE_IMAGE" >/dev/null
}


build() {
    local authorities=${SSL_CERT_FILE:-/etc/ssl/certs/ca-certificates.crt} secrets=()
    say "build: $image on $BASE_IMAGE"
    { echo '[global]'; pip_settings; } >"$work/pip"
    if [[ -r $authorities ]]; then
        echo 'cert = /run/secrets/ca' >>"$work/pip"
        echo 'cafile = /run/secrets/ca' >"$work/npm"
        secrets=(--secret "id=ca,src=$authorities" --secret "id=npm,src=$work/npm")
    fi
    # --format docker: an OCI image has no HEALTHCHECK.
    buildah build --format docker --tag "$image" --secret "id=pip,src=$work/pip" "${secrets[@]}" \
        --build-arg BASE_IMAGE="$BASE_IMAGE" --build-arg REVISION="$(revision)" "$root"
}

# Only settings about reaching an index: this machine's folders do not exist in the container.
pip_settings() {
    python3 -m pip config list 2>/dev/null |
        sed -nE "s/^[^=]*\.(index-url|proxy|trusted-host|timeout)='(.*)'$/\1 = \2/p" |
        sort --stable --unique --field-separator== --key=1,1
}

revision() { git -C "$root" rev-parse --verify HEAD 2>/dev/null || echo unknown; }
declared() { buildah inspect --type image --format "{{range .Docker.Config.$1}}{{println .}}{{end}}" "$image" | sed '/^$/d'; }
size() { buildah images --noheading --format '{{.Size}}' "$image"; }


smoke_test() {
    container=$(buildah from "$image")
    buildah config --env HOST=127.0.0.1 --env PORT="$(free_port)" ${DATABASE_URL:+--env DATABASE_URL="$DATABASE_URL"} "$container"
    inside sh -c '[ "$(id -u)" != 0 ]' || die "it runs as root"
    inside sh -c '[ ! -w . ] && [ -w "$CONFLICT_FACTS_HOME" ]' || die "it must be able to write to its home but not to its code"
    inside python -c 'import sys; from api.pages import assets; sys.exit(not assets.installed())' || die "the scripts for /graphql and /docs or the shapes for maps are missing"
    serve
    questions | inside python - || { cat "$work/log" >&2; die "it answered wrongly"; }
    stop || die "SIGTERM did not stop it within 30 s"
    inside sh -c '! find "$CONFLICT_FACTS_HOME" -name postmaster.pid | grep .' || die "its PostgreSQL outlived SIGTERM"
}

inside() { buildah run "$container" -- "$@"; }
free_port() { inside python -c "import socket; s = socket.socket(); s.bind(('127.0.0.1', 0)); print(s.getsockname()[1])"; }

# Start it with the image's own command, and wait until the image's own health check passes.
serve() {
    local command health
    mapfile -t command < <(declared Entrypoint; declared Cmd)
    mapfile -t health < <(declared Healthcheck.Test | tail -n +2)
    say "smoke test: ${command[*]}"
    inside sh -c 'echo $$ >/tmp/server && exec "$@"' - "${command[@]}" >"$work/log" 2>&1 &
    server=$!
    for _ in {1..120}; do
        inside "${health[@]}" >/dev/null 2>&1 && return
        kill -0 "$server" 2>/dev/null || break
        sleep 1
    done
    cat "$work/log" >&2
    die "it did not become ready"
}

stop() {
    inside sh -c 'kill "$(cat /tmp/server)"'
    for _ in {1..30}; do kill -0 "$server" 2>/dev/null || return 0; sleep 1; done
    return 1
}

questions() {
    cat <<'PYTHON'
import json
import os
from http.client import HTTPConnection


def ask(method: str, path: str, body: str | None = None) -> dict:
    connection = HTTPConnection("127.0.0.1", int(os.environ["PORT"]), timeout=30)
    connection.request(method, path, body, {"Content-Type": "application/json"})
    answer = connection.getresponse()
    text = answer.read().decode()
    print(method, path, answer.status, text)
    assert answer.status == 200
    return json.loads(text)


ask("GET", "/health")
ask("GET", "/ready")
query = "{ events(first: 1) { totalCount nodes { id } } }"
assert ask("POST", "/graphql", json.dumps({"query": query}))["data"]["events"]["nodes"]
PYTHON
}

main

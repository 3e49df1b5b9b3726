"""Pages and cards: `python -m bench.pages`. A page beside the JSON of the same record, and a cached card beside a bare response of its size.

Servers are asked in turn, round by round, so that a busy machine slows both sides of each ratio.
"""

from __future__ import annotations

import argparse
import pickle
import subprocess
import sys
from contextlib import ExitStack
from http.client import HTTPConnection
from json import loads
from statistics import median

from .bare import bare, response_to
from .database import BUILD, open_database
from .peers import Server, free_port
from .peers.ours import CachedResponses, Ours
from .report import show_rows
from .targets import Target

RECORDS = 200  # Records that are asked for in turn.
KINDS = {"events": "e{}", "figures": "f{}", "sources": "s{}"}  # By plural, the ids of the dataset.
CONNECTIONS = 16
PAGE, RECORD, CARD, BARE = "page", "JSON", "card", "bare"
CACHED = "cached"


def requests(path: str) -> list[bytes]:
    """Requests for one path, with a number in it for each record."""
    accept = _accepted(path)
    paths = dict.fromkeys(path.format(number) for number in range(1, RECORDS + 1))
    return [f"GET {one} HTTP/1.1\r\nhost: 127.0.0.1\r\naccept: {accept}\r\n\r\n".encode() for one in paths]


def warm(server: Server, path: str) -> None:
    """Ask once for the path of each record, as the generator asks: in the first round, a busy machine would compute some of them only then."""
    connection = HTTPConnection("127.0.0.1", server.port, timeout=60)
    for number in range(1, RECORDS + 1):
        connection.putrequest("GET", path.format(number), skip_host=True, skip_accept_encoding=True)
        connection.putheader("host", "127.0.0.1")
        connection.putheader("accept", _accepted(path))
        connection.endheaders()
        connection.getresponse().read()
    connection.close()


def _accepted(path: str) -> str:
    return "application/json" if path.startswith("/v1/") else "text/html"


def measure(port: int, path: str, connections: int, seconds: float) -> dict[str, float]:
    """What the generator measures."""
    file = BUILD / "requests-pages.pickle"
    file.write_bytes(pickle.dumps(requests(path)))
    command = [sys.executable, "-m", "bench.generator", *map(str, (port, file, connections, seconds, 10**9))]
    found: dict[str, float] = loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)
    if found["failed"]:
        raise RuntimeError(f"{path}: {found['failed']:.0f} of {found['count']:.0f} requests failed")
    return found


def rounds(sides: dict[str, tuple[int, str]], connections: int, args: argparse.Namespace) -> dict[str, list[dict[str, float]]]:
    """The measurements of both sides, by round; the first round warms up."""
    found: dict[str, list[dict[str, float]]] = {name: [] for name in sides}
    for number in range(args.rounds + 1):
        for name in sides if number % 2 else reversed(sides):
            measured = measure(*sides[name], connections, args.seconds)
            if number:
                found[name].append(measured)
    return found


def pages(server: Server, kind: str, how: str, args: argparse.Namespace) -> tuple[str, ...]:
    """The time of a page as a multiple of that of the JSON with full provenance; `how`: whether both come from the cache of their server."""
    id = KINDS[kind]
    for path in (f"/{kind}/{id}", f"/v1/{kind}/{id}") if how == CACHED else ():
        warm(server, path)
    found = rounds({PAGE: (server.port, f"/{kind}/{id}"), RECORD: (server.port, f"/v1/{kind}/{id}")}, 1, args)
    ratio = median(page["p50"] / record["p50"] for page, record in zip(found[PAGE], found[RECORD], strict=True))
    times = " and ".join(f"{1000 * median(one['p50'] for one in found[name]):.2f}" for name in (PAGE, RECORD))
    return Target(f"a page of {kind}, {how}, p50 against JSON with provenance ({times} ms)", 3, lambda _: ratio, at_most=True).line({})


def cards(server: Server, path: str, args: argparse.Namespace) -> tuple[str, ...]:
    """The rate of a cached card as a multiple of that of a bare response of its size."""
    response = response_to(f"http://127.0.0.1:{server.port}{path}")
    with bare(response) as limit:
        found = rounds({CARD: (server.port, path), BARE: (limit.port, path)}, CONNECTIONS, args)
    ratio = median(card["rate"] / other["rate"] for card, other in zip(found[CARD], found[BARE], strict=True))
    rates = " and ".join(f"{median(one['rate'] for one in found[name]):,.0f}" for name in (CARD, BARE))
    return Target(
        f"{path.partition('?')[0]}, {len(response.body):,} bytes, against a bare response ({rates} requests/s)", 0.8, lambda _: ratio
    ).line({})


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.pages", description="Measures pages and cards.")
    parser.add_argument("--scale", type=float, default=0.02, help="1 is the size of UCDP GED")
    parser.add_argument("--rounds", type=int, default=6)
    parser.add_argument("--seconds", type=float, default=2.0, help="seconds of each side in each round")
    args = parser.parse_args()
    with ExitStack() as stack:
        base = stack.enter_context(open_database(args.scale))
        servers = [Server(peer, base, free_port()) for peer in (Ours(), CachedResponses())]
        for server in servers:
            stack.callback(server.stop)
        computed, cached = servers
        lines = [pages(computed, kind, "not cached", args) for kind in KINDS]
        lines += [pages(cached, kind, CACHED, args) for kind in KINDS]
        lines += [cards(cached, path, args) for path in ("/embed/figures/f1", "/embed/figures/f1?revision=1", "/embed/events/e1")]
    show_rows([("target", "bound", "measured", "reached"), *lines])
    if any(line[-1] != "yes" for line in lines):
        sys.exit("a target was missed")


if __name__ == "__main__":
    main()

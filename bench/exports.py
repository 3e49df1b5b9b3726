"""A complete list as CSV, beside COPY of the same columns: `python -m bench.exports --scale 1`.

It measures the first byte of the body, the first record and the rate of `figures.csv`, now and as of the revision before, and of the second request, which is
answered from the file.
"""

from __future__ import annotations

import argparse
import asyncio
import http.client
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager

import asyncpg

from api.query.nodes import At, Page
from api.query.tables import Table
from api.rest.columns import ColumnSelector
from api.sql.answering.tables import table
from schema.kinds import KINDS

from .database import ROOT, BenchDatabase, open_database
from .peers import free_port

FIGURE = KINDS["figure"]
Line = tuple[str, str, str, str, str]


@contextmanager
def serving(database: BenchDatabase, folder: str) -> Iterator[int]:
    """A server on the database, with its files in a folder; its port."""
    port = free_port()
    environment = {
        **os.environ,
        "DATABASE_URL": database.url,
        "DATABASE_READ_URL": database.read_url,
        "RATE_LIMIT": "0",
        "EXPORT_CACHE": folder,
    }
    process = subprocess.Popen(
        [sys.executable, "-m", "api", "serve", "--no-load", "--port", str(port)], cwd=ROOT, env=environment, stderr=subprocess.DEVNULL
    )
    try:
        while True:
            try:
                _download(port, "/ready")
                break
            except OSError:
                time.sleep(0.2)
        yield port
    finally:
        process.terminate()
        process.wait()


def _download(port: int, path: str) -> tuple[float, float, float, int]:
    """The seconds to the first byte, to the first record and to the end, and the number of bytes."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=600)
    started = time.perf_counter()
    connection.request("GET", path)
    response = connection.getresponse()
    size, head, first, record = 0, b"", 0.0, 0.0
    while piece := response.read1(1 << 16):
        now = time.perf_counter() - started
        first = first or now
        if not record:
            head += piece
            record = now if head.count(b"\n") > 1 else 0.0
        size += len(piece)
    return first, record or first, time.perf_counter() - started, size


async def _copy(url: str, at: At) -> tuple[float, int, int]:
    """The seconds that COPY of the same columns takes, as PostgreSQL plans it, the bytes, and the records."""
    statement, arguments = table(
        KINDS, Page("", FIGURE, ()), Table(tuple(ColumnSelector(KINDS, FIGURE).columns("*", "none")), raw=True), at
    )
    connection = await asyncpg.connect(url)
    size = 0

    async def sink(piece: bytes) -> None:
        nonlocal size
        size += len(piece)

    started = time.perf_counter()
    status = await connection.copy_from_query(statement, *arguments, output=sink, format="csv")
    seconds = time.perf_counter() - started
    await connection.close()
    return seconds, size, int(status.rpartition(" ")[2])


def measure(database: BenchDatabase) -> Iterator[Line]:
    """One line for each way to read the list."""
    with tempfile.TemporaryDirectory() as folder, serving(database, folder) as port:
        for name, at, query in (("now", At(), ""), ("as of revision 1", At(revision=1), "?revision=1")):
            seconds, size, records = asyncio.run(_copy(database.read_url, at))
            yield f"COPY, {name}", "", "", f"{seconds:.1f}", f"{size / seconds / 1e6:.0f} MB/s, {records:,} records"
            for what in ("written", "from the file"):
                first, record, whole, size = _download(port, f"/v1/{FIGURE.plural}.csv{query}")
                yield (
                    f"`.csv`, {name}, {what}",
                    f"{first:.3f}",
                    f"{record:.2f}",
                    f"{whole:.1f}",
                    f"{size / whole / 1e6:.0f} MB/s, {seconds / whole:.2f} × COPY",
                )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--scale", type=float, default=1, help="the size of the data, 1 is that of UCDP GED")
    with open_database(parser.parse_args().scale) as database:
        print("| | first byte, s | first record, s | all, s | rate |\n| --- | --- | --- | --- | --- |")
        for line in measure(database):
            print(f"| {' | '.join(line)} |", flush=True)


if __name__ == "__main__":
    main()

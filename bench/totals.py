"""Totals at the size of UCDP GED: every pair of conditions with every pair of groupings, now and as of a revision: `python -m bench.totals`."""

from __future__ import annotations

import argparse
import asyncio
import datetime as dt
import itertools
import json
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator
from pathlib import Path

import asyncpg

from api.postgres import embedded
from api.query.nodes import At, Query, WithheldRows
from api.rest.totals import TotalsReader
from api.settings import Settings
from api.store.pool import Pool
from api.store.store import Store
from schema.kinds import KINDS
from schema.model.totals import TOTALS_KEY

from . import ged
from .database import BUILD, ROOT, fingerprint

LIMIT = 2.0  # Seconds that no answer may take.
CONDITIONS = (
    "event.country=SYR", "event.violence=state_based", "event.location.within={country}", "event.started_on.gte=2010-01-01", "event={daily}",
    "measure=killed", "population=civilians", "population.ne=all", "actor={actor}", "basis=flow", "origin.known=false", "best.gte=5",
    "since=2001-01-15", "until=2015-06-30",
)  # fmt: skip
DAYS = 15_000


def series(folder: Path) -> Path:
    """A collection of one event with a figure for each of many days, and a total over them."""
    home = folder / "daily"
    home.mkdir(parents=True, exist_ok=True)
    figure = {"event": "daily", "measure": "killed", "unit": "people", "basis": "flow", "source": "daily", "quantifier": "exact"}
    days = (
        {"id": f"day-{n}", **figure, "best": n % 7, "period_start": day, "period_end": day}
        for n, day in enumerate(str(ged.FIRST + dt.timedelta(n)) for n in range(DAYS))
    )
    files: dict[str, Iterable[object]] = {
        "sources": [{"id": "daily", "source": "daily", "title": "Daily counts", "kind": "dataset"}],
        "events": [{"id": "daily", "source": "daily", "name": "A war", "kind": "war", "started_on": str(ged.FIRST)}],
        "figures": [{"id": "total", **figure, "best": 20_000}, *days],
    }
    for name, rows in files.items():
        (home / f"{name}.ndjson").write_text("".join(json.dumps(row) + "\n" for row in rows), "utf-8")
    return home


def fill(url: str, folder: Path, events: int) -> None:
    """Load generated events, then the daily figures as a second revision."""
    file = folder / "ged.csv"
    ged.write(ged.Plan(events), file)
    for path, options in ((file, ["--source", "ged"]), (series(folder), [])):
        started = time.perf_counter()
        subprocess.run([sys.executable, "-m", "api", "load", str(path), *options], cwd=ROOT, env={"DATABASE_URL": url}, check=True)
        print(f"{path.name}: loaded in {time.perf_counter() - started:.0f} s", flush=True)


def queries(values: dict[str, str], every: int) -> Iterator[str]:
    conditions = [condition.format(**values) for condition in CONDITIONS]
    pairs = [*itertools.combinations([*conditions, ""], 2)]
    keys = [*itertools.combinations([*TOTALS_KEY.codes, ""], 2)]
    for number, (asked, by) in enumerate(itertools.product(pairs, keys)):
        if number % every == 0:
            yield "&".join([*filter(None, asked), *([f"by={','.join(filter(None, by))}"] if any(by) else [])])


async def measure(url: str, read_url: str, every: int) -> bool:
    connection = await asyncpg.connect(url)
    place = "select id from location where kind = 'country' order by (select count(*) from location p where p.part_of = location.key) desc limit 1"
    actor = "select a.id from actor a join figure f on f.actor = a.key group by a.id order by count(*) desc limit 1"
    values = {"country": await connection.fetchval(place), "actor": await connection.fetchval(actor), "daily": "daily"}
    await connection.close()
    pool = Pool(read_url, Settings())
    await pool.open()
    store, reader, times = Store(KINDS, pool, Settings().max_cost), TotalsReader(KINDS, KINDS["figure"]), []
    try:
        for at, query in itertools.product((At(), At(revision=1)), queries(values, every)):
            node, _ = reader.totals([(name, value) for name, _, value in (pair.partition("=") for pair in query.split("&")) if name])
            times.append((await duration(store, Query((node,), at)), f"{query}{'' if at.now else '&revision=1'}"))
        withheld = Query((WithheldRows("withheld", (("kind", "kind"),)),), At(revision=1))
        times.append((await duration(store, withheld), "withheld?revision=1"))
    finally:
        await pool.close()
    times.sort(reverse=True)
    for seconds, query in times[:20]:
        print(f"{seconds:6.2f} s  {query}")
    print(
        f"{len(times)} queries, median {times[len(times) // 2][0]:.2f} s; {sum(seconds > LIMIT for seconds, _ in times)} took more than {LIMIT} s"
    )
    return times[0][0] <= LIMIT


async def duration(store: Store, query: Query) -> float:
    started = time.perf_counter()
    try:
        await store.answer(query)
    except Exception as error:  # A refusal is an answer too, if it comes soon.
        print(f"  {type(error).__name__}: {str(error)[:100]}")
    return time.perf_counter() - started


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.totals", description=__doc__)
    parser.add_argument("--events", type=int, default=418_000)
    parser.add_argument("--every", type=int, default=20, help="ask one of so many of the 5,000 queries; 1 asks all")
    args = parser.parse_args()
    home = BUILD / f"totals-{args.events}"
    with embedded.start(home, print) as server:
        mark = home / "filled"
        if not mark.exists() or mark.read_text() != fingerprint():
            fill(server.address.url, home, args.events)
            mark.write_text(fingerprint())
        if not asyncio.run(measure(server.address.url, server.address.read_url, args.every)):
            sys.exit(f"some queries took more than {LIMIT} s")


if __name__ == "__main__":
    main()

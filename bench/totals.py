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
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import asyncpg

from api.errors import TooMuch, TooSlow
from api.query.nodes import At, Column, Query, WithheldRows
from api.rest.totals import TotalsReader
from api.settings import Settings
from api.store.pool import Pool
from api.store.store import Store
from schema.kinds import KINDS
from schema.model.totals import TOTALS_KEY

from . import ged
from .database import BUILD, ROOT, fingerprint
from .server import running_server

LIMIT, LIMIT_OF_REFUSALS = 2.0, 0.5  # Seconds that no answer may take, and no refusal.
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
    store, reader, outcomes = Store(KINDS, pool, Settings().max_cost), TotalsReader(KINDS, KINDS["figure"]), list[Outcome]()
    try:
        for at, query in itertools.product((At(), At(revision=1)), queries(values, every)):
            node, _ = reader.totals([(name, value) for name, _, value in (pair.partition("=") for pair in query.split("&")) if name])
            outcomes.append(await outcome(store, Query((node,), at), f"{query}{'' if at.now else '&revision=1'}"))
        withheld = Query((WithheldRows("withheld", (Column("kind", "kind"),)),), At(revision=1))
        outcomes.append(await outcome(store, withheld, "withheld?revision=1"))
    finally:
        await pool.close()
    return summarize(outcomes)


@dataclass(frozen=True)
class Outcome:
    """What became of one query, and after how many seconds."""

    query: str
    seconds: float
    refusal: str = ""

    @property
    def late(self) -> bool:
        return self.seconds > (LIMIT_OF_REFUSALS if self.refusal else LIMIT)


async def outcome(store: Store, query: Query, name: str) -> Outcome:
    started, refusal = time.perf_counter(), ""
    try:
        await store.answer(query)
    except TooMuch as error:
        refusal = str(error).partition(";")[0]
    except TooSlow as error:
        refusal = type(error).__name__
    return Outcome(name, time.perf_counter() - started, refusal)


def summarize(outcomes: list[Outcome]) -> bool:
    """Print the slowest queries and a summary of all. Returns whether none was late."""
    for one in sorted(outcomes, key=lambda one: -one.seconds)[:20]:
        print(f"{one.seconds:6.2f} s  {one.query}{f'  ({one.refusal})' if one.refusal else ''}")
    for title, some in (("answered", [one for one in outcomes if not one.refusal]), ("refused", [one for one in outcomes if one.refusal])):
        if some:
            times = sorted(one.seconds for one in some)
            late = sum(one.late for one in some)
            print(f"{len(some)} {title}: median {times[len(times) // 2]:.2f} s, longest {times[-1]:.2f} s, {late} too late")
    for reason, count in Counter(one.refusal for one in outcomes if one.refusal).most_common():
        print(f"{count:6} refused: {reason}")
    return not any(one.late for one in outcomes)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.totals", description=__doc__)
    parser.add_argument("--events", type=int, default=418_000)
    parser.add_argument("--every", type=int, default=37, help="ask one of so many of the queries; 1 asks all")
    args = parser.parse_args()
    home = BUILD / f"totals-{args.events}"
    with running_server(home) as server:
        mark = home / "filled"
        if not mark.exists() or mark.read_text() != fingerprint():
            fill(server.address.url, home, args.events)
            mark.write_text(fingerprint())
        if not asyncio.run(measure(server.address.url, server.address.read_url, args.every)):
            sys.exit(f"some answers took more than {LIMIT} s, or some refusals more than {LIMIT_OF_REFUSALS} s")


if __name__ == "__main__":
    main()

"""Fills a database with a seeded dataset of the size of UCDP GED, with the loader's own staging, merging and settling.

PostgreSQL generates the rows into the loader's staging tables; from there on the loader's code runs. By default every claim has a source of its
own, and a third of the records have rivals, which is the most that provenance can take. Shaped like a release, as UCDP GED is, one source makes
one claim about each record, and quotes articles.
"""

from __future__ import annotations

import asyncio
import sys
import time
from dataclasses import dataclass

import asyncpg

from api.loading import transaction
from api.loading.change import Change
from api.postgres import migrate
from api.sql.loading import merge
from schema.kinds import KINDS
from schema.model.claim_table import claim_table


@dataclass(frozen=True)
class Size:
    """The number of records of each kind, in the proportions of GED 23.1."""

    events: int = 387_000
    actors: int = 1_800
    locations: int = 120_000
    sources: int = 450_000

    @classmethod
    def of(cls, scale: float) -> Size:
        return cls(int(387_000 * scale), max(50, int(1_800 * scale)), max(100, int(120_000 * scale)), max(100, int(450_000 * scale)))


RELEASE_SHAPE = "release"  # The shape of UCDP GED; the other one is empty.
REVISION = 2  # The newest revision of a filled database.
RIVAL_SHARE = 0.3  # The share of claims for which another source makes a rival claim.
COUNTRIES = [
    "SYR",
    "AFG",
    "IRQ",
    "YEM",
    "SOM",
    "NGA",
    "COD",
    "ETH",
    "SDN",
    "SSD",
    "UKR",
    "MMR",
    "PAK",
    "IND",
    "LKA",
    "COL",
    "MEX",
    "MLI",
    "BFA",
    "NER",
    "LBY",
    "PSE",
    "LBN",
    "TUR",
    "PHL",
    "THA",
    "CMR",
    "CAF",
    "MOZ",
    "AGO",
]

# Rows are in random order because heap order must not follow date or country. The figures of an event have different actors, so that none
# overlaps with another and a total is the plain sum that the peers compute.
STAGES = {
    "source": """
insert into stage_source (id, source, collection, title, kind, publisher, url, published_on, reliability, attribution)
select 's' || n, 's' || n, 'bench', 'Report ' || n || ' on what happened', 'article', 'Publisher ' || n % 997,
  'https://example.org/' || n, date '1989-01-01' + (random() * 12700)::int, substr('ABCDEF', 1 + (n % 6), 1), 'Publisher ' || n % 997
from generate_series(1, $1::int) n order by random()""",
    "actor": """
insert into stage_actor (id, source, collection, name, kind, country, ucdp_id)
select 'a' || n, 's' || 1 + n % $2, 'bench', 'Actor number ' || n, case when n % 4 = 0 then 'state_forces' else 'rebel_group' end,
  ($3::text[])[1 + n % 30], n
from generate_series(1, $1::int) n order by random()""",
    "location": """
insert into stage_location (id, source, collection, name, kind, country, part_of, latitude, longitude, geonames_id)
select 'l' || n, 's' || 1 + n % $2, 'bench', 'Place ' || n, case when n <= 30 then 'country' else 'settlement' end, ($3::text[])[1 + n % 30],
  case when n > 30 then 'l' || 1 + (n + 29) % 30 end, round((random() * 120 - 50)::numeric, 5)::float8, round((random() * 300 - 140)::numeric, 5)::float8, n
from generate_series(1, $1::int) n order by random()""",
    "event": """
insert into stage_event (id, source, collection, locator, name, kind, violence, started_on, ended_on, date_precision, country, location,
  place_precision, clarity, ucdp_id)
select 'e' || n, 's' || 1 + (random() * ($2 - 1))::int, 'bench', 'row ' || n, 'Event ' || n || ' at a place', 'battle',
  ($5::text[])[1 + n % 3], d, d + n % 3, 1 + n % 5, ($3::text[])[1 + (30 * power(random(), 2))::int % 30], 'l' || 1 + (random() * ($4 - 1))::int,
  1 + n % 6, 1 + n % 2, n::text
from (select n, date '1989-01-01' + (random() * 12700)::int as d from generate_series(1, $1::int) n) n order by random()""",
    "participation": """
insert into stage_participation (id, source, collection, event, actor, role)
select 'p' || n, 's' || 1 + (random() * ($2 - 1))::int, 'bench', 'e' || 1 + n / 2, 'a' || 1 + (random() * ($3 - 1))::int,
  case when n % 2 = 0 then 'side_a' else 'side_b' end
from generate_series(0, $1::int - 1) n order by random()""",
    "figure": """
insert into stage_figure (id, source, collection, event, measure, population, actor, low, best, high, quantifier, unit, basis, origin,
  period_start, period_end)
select 'f' || n, 's' || 1 + (random() * ($2 - 1))::int, 'bench', 'e' || 1 + n % $4,
  ($5::text[])[1 + n % 3], ($6::text[])[1 + n % 4], 'a' || 1 + ((n % $4) * 7919::bigint + n / $4) % $3,
  best, best, best + n % 7, 'exact', 'people', 'flow', 'estimated', d, d
from (select n, (power(random(), 4) * 200)::int as best, date '1989-01-01' + (random() * 12700)::int as d from generate_series(0, $1::int - 1) n) n
order by random()""",
}  # fmt: skip

# Shaped like a release, all claims are of one source. Those about an event, and about its participants and figures, quote the articles about it:
# none, one, two or three, for three, four, two and one of ten events.
RELEASE = "s1"
QUOTING = {"event": "ucdp_id", "participation": "substr(event, 2)", "figure": "substr(event, 2)"}  # With the number of the event of a row.
ARTICLES = """
update stage_{kind} set quoted_from = (
  select coalesce(array_agg('s' || 2 + (n * 7 + article * 101) % ($1 - 1) order by article), '{{}}')
  from (select {number}::bigint as n) e, generate_series(1, (array[0, 0, 0, 1, 1, 1, 1, 2, 2, 3])[1 + n % 10]) article
)"""

# Claims of a later collection about one event in a hundred and its figures, with preferred rank. They give Q7 an earlier revision to query.
CORRECTIONS = {
    "event": """
insert into stage_event (id, source, collection, rank, name, started_on, ended_on, date_precision)
select id, 's1', 'later', 'preferred', name || ', corrected', started_on, ended_on, date_precision from event where ucdp_id::int % 100 = 7""",
    "figure": """
insert into stage_figure (id, source, collection, rank, low, best, high, quantifier, unit)
select f.id, 's1', 'later', 'preferred', f.low, f.best + 1, f.high + 1, f.quantifier, f.unit
from figure f join event e on e.key = f.event where e.ucdp_id::int % 100 = 7""",
}


async def fill(url: str, size: Size, shape: str = "") -> None:
    """Fill a migrated database with two revisions, as two loads would."""
    connection = await asyncpg.connect(url)
    try:
        await connection.execute("select setseed(0.42)")
        async with connection.transaction():
            await _stage(connection, size, shape)
            await _load(connection, "bench", "The benchmark's dataset")
        await connection.execute("vacuum analyze")
        async with connection.transaction():
            await _stage_later(connection)
            await _load(connection, "later", "One event in a hundred, corrected")
        await connection.execute("vacuum analyze")
    finally:
        await connection.close()


async def _load(connection: asyncpg.Connection, collection: str, message: str) -> None:
    await transaction.record_revision(KINDS, connection, [collection], Change(message, "bench"), on_stage=Stopwatch())


class Stopwatch:
    """Prints the duration of each stage of a load when the next one begins."""

    def __init__(self) -> None:
        self.stage, self.since = "", time.perf_counter()

    def __call__(self, stage: str) -> None:
        if stage != self.stage:
            now = time.perf_counter()
            print(f"  {self.stage}: {now - self.since:.1f} s" if self.stage else "  staged", flush=True)
            self.stage, self.since = stage, now


async def _stage(connection: asyncpg.Connection, size: Size, shape: str) -> None:
    arguments: dict[str, tuple[object, ...]] = {
        "source": (size.sources,),
        "actor": (size.actors, size.sources, COUNTRIES),
        "location": (size.locations, size.sources, COUNTRIES),
        "event": (size.events, size.sources, COUNTRIES, size.locations, ["state_based", "non_state", "one_sided"]),
        "participation": (size.events * 2, size.sources, size.actors),
        "figure": (int(size.events * 3.1), size.sources, size.actors, size.events, ["killed", "injured", "displaced"],
                   ["civilians", "combatants", "unknown", "all"]),
    }  # fmt: skip
    for kind in KINDS.values():
        await connection.execute(merge.create_stage(kind))
        await connection.execute(STAGES[kind.name], *arguments[kind.name])
        if kind.name != "source":
            await _attribute(connection, kind.name, size, shape)


async def _attribute(connection: asyncpg.Connection, name: str, size: Size, shape: str) -> None:
    """Say which sources make the staged claims of a kind: one release, or in addition to the many sources that they have, rivals of some."""
    if shape != RELEASE_SHAPE:
        await connection.execute(_rivals(name), size.sources)
        return
    await connection.execute(f"update stage_{name} set source = '{RELEASE}'")
    if name in QUOTING:
        await connection.execute(ARTICLES.format(kind=name, number=QUOTING[name]), size.sources)


async def _stage_later(connection: asyncpg.Connection) -> None:
    for kind in KINDS.values():
        await connection.execute(merge.create_stage(kind))
        if kind.name in CORRECTIONS:
            await connection.execute(CORRECTIONS[kind.name])


def _rivals(name: str) -> str:
    """Insert rival claims by other sources for some records; those about figures give another number."""
    columns = [column for column in claim_table(KINDS[name]) if column != "source"]
    values = ["s.best + 1" if column in ("best", "high") else f"s.{column}" for column in columns]
    return (
        f"insert into stage_{name} (source, {', '.join(columns)}) select 's' || 1 + (random() * ($1 - 1))::int, {', '.join(values)} "
        f"from stage_{name} s where random() < {RIVAL_SHARE}"
    )


def main(url: str, scale: float, shape: str = "") -> None:
    started = time.perf_counter()
    migrate.migrate(url)
    asyncio.run(fill(url, Size.of(scale), shape))
    print(f"filled at scale {scale} in {time.perf_counter() - started:.1f} s")


if __name__ == "__main__":
    main(sys.argv[1], float(sys.argv[2]))

"""The questions, and a seeded pool of parameters for each."""

from __future__ import annotations

import datetime as dt
import random
from dataclasses import dataclass

import asyncpg

from .database import BenchDatabase
from .dataset import COUNTRIES

POOL_SIZE = 1000
SEED = 7
FIRST, LAST = dt.date(1989, 1, 1), dt.date(1989, 1, 1) + dt.timedelta(12_700)  # the days that events of the dataset start on

Parameters = dict[str, str]


@dataclass(frozen=True)
class Question:
    """A question for every server. `same` names the question whose parameters it uses."""

    name: str
    title: str
    same: str = ""


QUESTIONS = {
    one.name: one
    for one in (
        Question("Q1", "one event with place, participants, actors, figures"),
        Question("Q2", "fifty events of a country in a span of time, newest first, with place and figures"),
        Question("Q3", "Q2 with the provenance of every selected field, field by field", "Q2"),
        Question("Q3r", "Q2 with the claims about every record, each listed once", "Q2"),
        Question("Q4", "one event by REST, with place, participants, actors, figures", "Q1"),
        Question("Q5", "a hundred events by REST, with place and figures", "Q2"),
        Question("Q6", "killed by month in a country over five years"),
        Question("Q7", "Q2 at an earlier revision", "Q2"),
        Question("Q8", "the next fifty events by cursor, deep in a country's list"),
        Question("Q9", "Q4 with the provenance of every field of the event", "Q1"),
        Question("Q10", "thirty events of a country by REST, newest first, with the provenance of every field", "Q2"),
    )
}


async def parameter_pool(question: Question, database: BenchDatabase) -> list[Parameters]:
    """A thousand sets of parameters, the same in every run on the same data."""
    name = question.same or question.name
    rng = random.Random(f"{SEED} {name}")
    return await POOLS[name](rng, database)


async def _ids(rng: random.Random, database: BenchDatabase) -> list[Parameters]:
    connection = await database.connect()
    events = await connection.fetchval("select count(*) from event")
    await connection.close()
    return [{"id": f"e{rng.randint(1, events)}"} for _ in range(POOL_SIZE)]


async def _spans(rng: random.Random, database: BenchDatabase) -> list[Parameters]:
    """A year at scale 1, more where there are fewer events, so that a page is full at any scale."""
    return [_span(rng, int(365 / min(1.0, database.scale))) for _ in range(POOL_SIZE)]


async def _years(rng: random.Random, database: BenchDatabase) -> list[Parameters]:
    found = []
    for _ in range(POOL_SIZE):
        year = rng.randint(FIRST.year, LAST.year - 5)
        found.append({"country": rng.choice(COUNTRIES), "since": f"{year}-01-01", "until": f"{year + 4}-12-31"})
    return found


async def _places(rng: random.Random, database: BenchDatabase) -> list[Parameters]:
    """An event in the middle half of a country's list; the cursor stands after it."""
    connection = await database.connect()
    rows = await connection.fetch("select id, country, started_on from event order by country, started_on desc, id desc")
    await connection.close()
    lists: dict[str, list[asyncpg.Record]] = {}
    for row in rows:
        lists.setdefault(row["country"], []).append(row)
    found = []
    for _ in range(POOL_SIZE):
        listed = lists[rng.choice(COUNTRIES)]
        row = listed[rng.randint(len(listed) // 4, 3 * len(listed) // 4)]
        found.append(
            {"country": row["country"], "since": str(FIRST), "until": str(LAST), "id": row["id"], "started_on": str(row["started_on"])}
        )
    return found


def _span(rng: random.Random, days: int) -> Parameters:
    last = max(0, (LAST - FIRST).days - days)
    since = FIRST + dt.timedelta(rng.randint(0, last))
    return {"country": rng.choice(COUNTRIES), "since": str(since), "until": str(since + dt.timedelta(days))}


POOLS = {"Q1": _ids, "Q2": _spans, "Q6": _years, "Q8": _places}

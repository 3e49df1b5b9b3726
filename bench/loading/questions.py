"""The requests that readers send during a load: a seeded mixture of questions about the data of a database."""

from __future__ import annotations

import random
from typing import Any

import asyncpg

from ..peers.ours import Ours
from ..questions import Parameters

SEED = 11
READER_QUESTIONS = ("Q1", "Q2", "Q4", "Q5", "Q6")  # Records, lists and sums, by GraphQL and by REST.
REQUESTS_PER_QUESTION = 200  # Of each question.
SPANS = "select country, started_on from event where country is not null and started_on is not null order by md5(id) limit $1"


async def requests(url: str) -> list[bytes]:
    """Complete HTTP requests, as bytes."""
    connection = await asyncpg.connect(url)
    ids = [row["id"] for row in await connection.fetch("select id from event order by md5(id) limit $1", REQUESTS_PER_QUESTION)]
    spans = await connection.fetch(SPANS, REQUESTS_PER_QUESTION)
    await connection.close()
    years: list[Parameters] = [
        {"country": row["country"], "since": f"{row['started_on'].year}-01-01", "until": f"{row['started_on'].year}-12-31"} for row in spans
    ]
    pools = {"Q1": [{"id": one} for one in ids], "Q2": years, "Q4": [{"id": one} for one in ids], "Q5": years, "Q6": years}
    server: Any = None  # Only Q8 must ask one before it can be asked.
    found = [Ours().request(name, one, server).raw for name in READER_QUESTIONS for one in pools[name]]
    random.Random(SEED).shuffle(found)
    return found

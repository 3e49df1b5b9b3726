"""PostGraphile 5 over the same tables."""

from __future__ import annotations

import asyncio
import shutil
from pathlib import Path
from typing import Any

import asyncpg

from ...database import BUILD, BenchDatabase
from ...questions import Parameters
from .. import GraphQL, Request, Server

HERE = Path(__file__).parent
PLACE = BUILD / "postgraphile"
NODE = BUILD / "node"
CONNECTIONS = 16
# Sums by a computed group are what its users write a function for; PostgreSQL puts the body into the statement.
FUNCTION = """
drop function if exists killed_by_month;
create function killed_by_month(in_country text, since date, until date)
returns table (month text, low numeric, best numeric, high numeric) language sql stable as $$
  select to_char(coalesce(f.period_start, e.started_on), 'YYYY-MM'), sum(f.low), sum(f.best), sum(f.high)
  from event e join figure f on f.event = e.key
  where e.country = in_country and coalesce(f.period_start, e.started_on) between since and until and f.measure = 'killed'
  group by 1 order by 1
$$"""


class PostGraphile(GraphQL):
    """One process, or more behind one port by Node's cluster, with as many connections in all."""

    questions = ("Q1", "Q2", "Q3", "Q3r", "Q6", "Q8")
    documents = HERE / "queries.graphql"

    def __init__(self, processes: int) -> None:
        self.processes = processes
        self.name = f"postgraphile{processes}"
        self.about = f"PostGraphile 5, {processes} process{'es' if processes > 1 else ''}"

    def prepare(self, database: BenchDatabase) -> None:
        shutil.copy(HERE / "server.mjs", PLACE)  # Node looks for packages beside the file.
        asyncio.run(_function(database))

    def command(self, database: BenchDatabase, port: int) -> tuple[list[str], dict[str, str]]:
        connections = str(CONNECTIONS // self.processes)
        command = [str(NODE), str(PLACE / "server.mjs"), str(port), str(self.processes), connections, database.host_url]
        return command, {"GRAPHILE_ENV": "production", "NODE_ENV": "production"}

    def request(self, question: str, parameters: Parameters, server: Server) -> Request:
        return super().request("Q3" if question == "Q3r" else question, parameters, server)  # It lists each claim once in both.

    def answer(self, question: str, body: Any) -> Any:
        return body["data"]["months"] if question == "Q6" else super().answer(question, body)


async def _function(database: BenchDatabase) -> None:
    connection = await asyncpg.connect(database.url)
    await connection.execute(FUNCTION)
    await connection.close()

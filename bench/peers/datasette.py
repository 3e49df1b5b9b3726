"""Datasette over SQLite, with the same facts copied from PostgreSQL; nested lists by SQLite's own JSON functions."""

from __future__ import annotations

import asyncio
import json
import sqlite3
from pathlib import Path
from typing import Any

from ..database import BUILD, BenchDatabase
from ..questions import Parameters
from . import PYTHON, Peer, Request, address

COPIED_TABLES = {
    "event": "key integer primary key, id text unique, name text, kind text, started_on text, ended_on text, country text, location integer",
    "location": "key integer primary key, id text, name text, latitude real, longitude real",
    "actor": "key integer primary key, id text, name text",
    "participation": "key integer primary key, id text, event integer, actor integer, role text",
    "figure": "key integer primary key, id text, event integer, actor integer, measure text, population text, low real, best real, high real, unit text, period_start text",
}
INDEXES = """
create index newest on event (country, started_on desc, id desc);
create index participations on participation (event);
create index figures on figure (event);
analyze;
"""
PLACE = """(select json_object('id', l.id, 'name', l.name, 'latitude', l.latitude, 'longitude', l.longitude)
  from location l where l.key = e.location) as location"""
ONE_EVENT = f"""
select e.id, e.name, e.kind, e.started_on, e.ended_on, e.country, {PLACE},
  (select json_group_array(json_object('id', p.id, 'role', p.role, 'actor', json_object('id', a.id, 'name', a.name)))
   from participation p join actor a on a.key = p.actor where p.event = e.key) as participations,
  (select json_group_array(json_object('id', f.id, 'measure', f.measure, 'population', f.population, 'low', f.low, 'best', f.best,
     'high', f.high, 'unit', f.unit, 'actor', iif(a.key is null, null, json_object('id', a.id, 'name', a.name))))
   from figure f left join actor a on a.key = f.actor where f.event = e.key) as figures
from event e where e.id = :id"""
HUNDRED_EVENTS = f"""
select e.id, e.name, e.kind, e.started_on, e.country, {PLACE},
  (select json_group_array(json_object('id', f.id, 'measure', f.measure, 'population', f.population, 'best', f.best, 'unit', f.unit))
   from figure f where f.event = e.key) as figures
from event e where e.country = :country and e.started_on between :since and :until
order by e.started_on desc, e.id desc limit 101"""
KILLED_BY_MONTH = """
select substr(coalesce(f.period_start, e.started_on), 1, 7) as month, sum(f.low) as low, sum(f.best) as best, sum(f.high) as high
from event e join figure f on f.event = e.key
where e.country = :country and coalesce(f.period_start, e.started_on) between :since and :until and f.measure = 'killed'
group by 1 order by 1"""
CANNED = {"Q4": ONE_EVENT, "Q5": HUNDRED_EVENTS, "Q6": KILLED_BY_MONTH}
NESTED = {"Q4": ("location", "participations", "figures"), "Q5": ("location", "figures"), "Q6": ()}


class Datasette(Peer):
    name = "datasette"
    about = "Datasette over SQLite"
    questions = tuple(CANNED)

    def prepare(self, database: BenchDatabase) -> None:
        if not _file(database).exists():
            asyncio.run(_copy(database))
        queries = {name: {"sql": sql} for name, sql in CANNED.items()}
        (BUILD / "datasette.json").write_text(json.dumps({"databases": {"facts": {"queries": queries}}}))

    def command(self, database: BenchDatabase, port: int) -> tuple[list[str], dict[str, str]]:
        command = [PYTHON, "-m", "datasette", "serve", "--immutable", str(_file(database)), "--metadata", str(BUILD / "datasette.json"),
                   "--port", str(port), "--setting", "num_sql_threads", "3", "--setting", "sql_time_limit_ms", "10000"]  # fmt: skip
        return command, {}

    def request(self, question: str, parameters: Parameters, server: Any) -> Request:
        nested = {f"_json{n}": name for n, name in enumerate(NESTED[question])}
        path = address(f"/facts/{question}.json", {"_shape": "array", **parameters, **nested})
        for name in nested:
            path = path.replace(f"{name}=", "_json=")
        return Request(path)

    def answer(self, question: str, body: Any) -> Any:
        if question == "Q4":
            return {"event": body[0]}
        return {"events": body[:100], "more": len(body) > 100} if question == "Q5" else body


def _file(database: BenchDatabase) -> Path:
    return BUILD / f"scale-{database.scale:g}" / "facts.db"


async def _copy(database: BenchDatabase) -> None:
    """Copy the facts under a temporary name first, so that an existing file is always complete."""
    new = _file(database).with_suffix(".new")
    new.unlink(missing_ok=True)
    connection = await database.connect()
    with sqlite3.connect(new) as copy:
        copy.execute("pragma journal_mode = off")
        for table, columns in COPIED_TABLES.items():
            names = [one.split()[0] for one in columns.split(", ")]
            copy.execute(f"create table {table} ({columns})")
            # Dates as text and decimals as floats: SQLite has neither.
            read = ", ".join(
                f"{one}::text" if one.endswith(("_on", "_start")) else f"{one}::float8" if one in ("low", "best", "high") else one
                for one in names
            )
            async with connection.transaction(readonly=True):
                cursor = await connection.cursor(f"select {read} from {table}")
                while rows := await cursor.fetch(50_000):
                    copy.executemany(f"insert into {table} values ({', '.join('?' * len(names))})", [tuple(row) for row in rows])
        copy.executescript(INDEXES)
    copy.close()
    await connection.close()
    new.rename(_file(database))

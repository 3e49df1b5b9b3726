"""What claims take on disk, and what partitions of the history would change: `python -m bench.sizes --events 160000`.

Loads a file of the shape of UCDP GED (bench/ged.py) into an embedded database, then one with 1 % of its deaths changed. Reports the number of claims, the size of tables and indexes for each claim, seconds,
what the change added to the history, and the size of all claims as Parquet. Then it copies 50,000 figures twenty times into two histories of twenty revisions, one of them partitioned by ranges of
`removed_in`, and reports for both how many blocks a reader of the past has to look at, and the seconds that it takes to remove the oldest revisions.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import asyncpg

from schema.kinds import KINDS

from .database import ROOT
from .ged import Plan, write
from .server import running_server

REVISIONS, EACH, FIGURES = 20, 5, 50_000  # Revisions of the history, how many are in a partition, and figures that change in each.
SIZES = (
    "select relname, pg_total_relation_size(relid) as bytes, pg_indexes_size(relid) as indexes from pg_stat_user_tables order by bytes desc"
)
FILL = f"""
insert into {{table}} (key, id, event, best, added_in, removed_in)
select f.key, f.id, f.event, f.best, revision - 1, revision from (select * from figure order by key limit {FIGURES}) f, generate_series(2, {REVISIONS + 1}) revision order by revision, f.key
"""
COLUMNS = "(key bigint not null, id text not null, event bigint, best numeric, added_in integer not null, removed_in integer not null)"
# What held in the revision before the newest: the history has {REVISIONS} versions of every figure, and one of them held then.
READ = {
    "the figures of one event": f"select * from {{table}} where event = $1 and added_in <= {REVISIONS} and removed_in > {REVISIONS}",
    "the sum of all figures": f"select sum(best) from {{table}} where added_in <= {REVISIONS} and removed_in > {REVISIONS} and $1::bigint is not null",
}


def load(environment: dict[str, str], *words: str) -> float:
    began = time.monotonic()
    done = subprocess.run(
        [sys.executable, "-m", "api", "load", *words], cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise SystemExit(done.stdout[-2000:] + done.stderr[-2000:])
    return time.monotonic() - began


async def claims(connection: asyncpg.Connection) -> int:
    return sum([await connection.fetchval(f"select count(*) from {kind}_claim") for kind in KINDS])


async def sizes(connection: asyncpg.Connection, count: int) -> None:
    rows = await connection.fetch(SIZES)
    total, indexes = sum(row["bytes"] for row in rows), sum(row["indexes"] for row in rows)
    history = sum(row["bytes"] for row in rows if "history" in row["relname"])
    print(
        f"  tables: {total / 1e6:,.0f} MB, {total / count:,.0f} bytes for each claim, {indexes / total:.0%} indexes; history: {history / 1e6:,.1f} MB"
    )
    for row in rows[:8]:
        print(f"    {row['relname']}: {row['bytes'] / 1e6:,.0f} MB, of it indexes {row['indexes'] / 1e6:,.0f}")


async def blocks(connection: asyncpg.Connection, statement: str, event: int) -> tuple[int, float]:
    """The blocks that a statement looks at, and the milliseconds that it takes."""
    plan = json.loads(await connection.fetchval(f"explain (analyze, buffers, format json) {statement.replace('$1', str(event))}"))[0]
    return plan["Plan"]["Shared Hit Blocks"] + plan["Plan"]["Shared Read Blocks"], plan["Execution Time"]


async def partitions(connection: asyncpg.Connection) -> None:
    await connection.execute(f"create table past {COLUMNS}; create table parted {COLUMNS} partition by range (removed_in)")
    for first in range(2, REVISIONS + 2, EACH):
        await connection.execute(f"create table parted_{first} partition of parted for values from ({first}) to ({first + EACH})")
    for table in ("past", "parted"):
        began = time.monotonic()
        await connection.execute(FILL.format(table=table))
        await connection.execute(f"create index on {table} (event, removed_in)")
        await connection.execute(f"vacuum analyze {table}")
        print(f"  {table}: {await connection.fetchval(f'select count(*) from {table}'):,} rows in {time.monotonic() - began:.1f} s")
    event = await connection.fetchval("select event from figure where event is not null order by key limit 1")
    for what, statement in READ.items():
        found = {table: await blocks(connection, statement.format(table=table), event) for table in ("past", "parted")}
        print(
            f"  {what}, as of revision {REVISIONS}: "
            + "; ".join(f"{table} {number:,} blocks, {took:.1f} ms" for table, (number, took) in found.items())
        )
    for what, statement in (
        ("delete from past, and vacuum", f"delete from past where removed_in < {2 + EACH}"), ("drop a partition", "drop table parted_2"),
    ):  # fmt: skip
        began = time.monotonic()
        await connection.execute(statement)
        if "past" in what:
            await connection.execute("vacuum past")
        print(f"  the oldest {EACH} revisions, {what}: {time.monotonic() - began:.2f} s")


async def run(environment: dict[str, str], url: str, home: Path, events: int) -> None:
    connection = await asyncpg.connect(url)
    write(Plan(events=events), home / "ged.csv")
    write(Plan(events=events, changed=0.01), home / "changed.csv")
    took = await asyncio.to_thread(load, environment, str(home / "ged.csv"), "--source", "ged")
    count = await claims(connection)
    print(
        f"{events:,} events, {count:,} claims ({count / events:.2f} for each), loaded in {took:.0f} s, {count / took:,.0f} claims/s",
        flush=True,
    )
    await connection.execute("analyze")
    await sizes(connection, count)
    took = await asyncio.to_thread(load, environment, str(home / "changed.csv"), "--source", "ged", "-m", "1 % of deaths")
    print(f"1 % of deaths changed, loaded in {took:.0f} s", flush=True)
    await sizes(connection, count)
    began = time.monotonic()
    words = [sys.executable, "-m", "api", "export-claims", str(home / "claims"), "--format", "parquet"]
    await asyncio.to_thread(subprocess.run, words, cwd=ROOT, env=environment, check=True, capture_output=True)
    size = sum(file.stat().st_size for file in (home / "claims").rglob("*.parquet"))
    print(
        f"as Parquet: {size / 1e6:,.1f} MB, {size / count:.0f} bytes for each claim, written in {time.monotonic() - began:.0f} s",
        flush=True,
    )
    await partitions(connection)
    await connection.close()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--events", type=int, default=160_000)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="cf-", ignore_cleanup_errors=True) as folder:
        home = Path(folder)
        with running_server(home / "home") as server:
            environment = {
                **os.environ,
                "CONFLICT_FACTS_HOME": str(home / "home"),
                "DATABASE_URL": "",
                "DATABASE_READ_URL": "",
                "DATABASE_MIGRATE_URL": "",
            }
            asyncio.run(run(environment, server.address.url, home, options.events))


if __name__ == "__main__":
    main()

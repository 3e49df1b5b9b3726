"""The floor: PostgreSQL alone, with the statements of our server, prepared and sent by pgbench over a socket."""

from __future__ import annotations

import datetime as dt
import os
import re
import subprocess
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory

import asyncpg

from api.sql.answering.plan_mode import PLANNING

from .database import BUILD, BenchDatabase
from .peers import Request
from .processes import cpu
from .statements import sent_statements

CLIENTS = 8  # Half the connections of the servers: 16 are slower on two cores.
STATEMENTS_PER_TRANSACTION = 10  # One lookup fetches the parameters of all of them; it takes a fiftieth of the time of the ten cheapest.

PARAMETER = re.compile(r"'(?:[^']|'')*'|\$(\d+)")  # Or a literal, which may be a statement with parameters of its own.
PLAN_CACHE_MODES = {steady: setting.rpartition(" ")[2] for steady, setting in PLANNING.items()}


@dataclass(frozen=True)
class Script:
    """A pgbench script that repeats one statement with parameters from a table."""

    file: Path
    generic_plan: bool  # Whether sessions plan it once, for all parameters.


async def script(question: str, requests: list[Request], database: BenchDatabase) -> Script:
    found = await sent_statements(requests)
    text, arguments = found[0].text, [one.arguments for one in found]
    table = f"bench_{question.lower()}"
    columns = range(1, len(arguments[0]) + 1)
    connection = await asyncpg.connect(database.url)
    await connection.execute(f"drop table if exists {table}")
    fields = ", ".join(f"a{n}_{i} text" for i in range(STATEMENTS_PER_TRANSACTION) for n in columns)
    await connection.execute(f"create table {table} (n int primary key, {fields})")
    rows = [
        (k, *(_text(one) for given in arguments[k * STATEMENTS_PER_TRANSACTION : (k + 1) * STATEMENTS_PER_TRANSACTION] for one in given))
        for k in range(len(arguments) // STATEMENTS_PER_TRANSACTION)
    ]  # fmt: skip
    await connection.copy_records_to_table(table, records=rows)
    await connection.execute(f"grant select on {table} to reader")
    await connection.execute(f"vacuum analyze {table}")
    await connection.close()
    lines = [f"\\set n random(0, {len(rows) - 1})", f"select * from {table} where n = :n \\gset"]
    lines += [_numbered(text, i) + ";" for i in range(STATEMENTS_PER_TRANSACTION)]
    file = BUILD / f"floor-{question}.sql"
    file.write_text("\n".join(lines) + "\n")
    return Script(file, found[0].generic_plan)


def _numbered(text: str, number: int) -> str:
    """A statement with the variables of this number in place of its parameters."""
    return PARAMETER.sub(lambda found: f":a{found[1]}_{number}" if found[1] else found[0], text)


def run(script: Script, database: BenchDatabase, seconds: float, clients: int = CLIENTS) -> dict[str, float]:
    """Statements a second, from one thread."""
    length = max(1, round(seconds))
    own = [database.programs / "pgbench", "--no-vacuum", "--log", "--protocol=prepared", f"--file={script.file}", f"--client={clients}",
           f"--time={length}", "--jobs=1", "-h", database.socket, "-U", "reader", "conflict_facts"]  # fmt: skip
    before, used = cpu(database.postmaster), os.times()
    # The plan mode of our server's sessions: one generic plan, or one for each set of values.
    settings = {"PGOPTIONS": f"-c plan_cache_mode={PLAN_CACHE_MODES[script.generic_plan]} -c jit=off"}
    with TemporaryDirectory() as folder:
        done = subprocess.run([str(one) for one in own], capture_output=True, text=True, check=False, env=settings, cwd=folder)
        after, use = cpu(database.postmaster), os.times()
        log = "".join(one.read_text() for one in Path(folder).iterdir())
    if done.returncode or not log:
        raise RuntimeError(f"pgbench failed: {done.stderr[-2000:]}")
    total = log.count("\n") * STATEMENTS_PER_TRANSACTION
    client = use.children_user + use.children_system - used.children_user - used.children_system
    return {"count": total, "rate": _rate(log, length), "database_cpu": (after - before) / total, "client_cpu": client / total}


def _rate(log: str, seconds: float) -> float:
    """Statements per second, from the times at which transactions ended. The first of each client is not counted: it includes planning, which our server has done by then.

    If a round is too short for a second one, as in a trial run, the first is counted.
    """
    ended: dict[str, list[float]] = {}
    for line in log.splitlines():
        client, _, _, _, second, microsecond = line.split()[:6]
        ended.setdefault(client, []).append(int(second) + int(microsecond) / 1e6)
    if any(len(times) < 2 for times in ended.values()):
        return log.count("\n") * STATEMENTS_PER_TRANSACTION / seconds
    return sum((len(times) - 1) * STATEMENTS_PER_TRANSACTION / (times[-1] - times[0]) for times in ended.values())


def _text(value: object) -> str | None:
    if value is None or isinstance(value, (str, int, Decimal, dt.date)):
        return None if value is None else str(value)
    raise TypeError(f"pgbench cannot be given {value!r}")

"""Compares the cost of requests with the time that PostgreSQL takes for them, and fits the prices: `python -m bench.costs --scale 0.25`.

The first set of requests calibrates the prices, the second checks them. Times are processor times of the server process, as other work on the
machine prolongs all others. Totals, which several processes compute side by side, are computed by one here, with the plan for several, and the time is divided. Planning counts where a statement is planned
for each request. Each time is the shortest of several.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import math
import sys
from collections.abc import Iterable
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import asyncpg
from starlette.requests import Request

from api.app import create_app
from api.costs.cost_tree import PROCESSES, Costing
from api.costs.prices import MICROSECONDS_PER_UNIT, PRICES, Prices
from api.costs.statistics import Statistics
from api.query.nodes import At
from api.settings import Settings
from api.sql import explain
from api.sql.answering.plan_mode import MANY_ROWS, PLANNING
from api.store.plans import Plan
from api.store.sessions import SESSION_SETTINGS
from schema.kinds import KINDS

from .cost_shapes import CALIBRATION, CHECK
from .database import open_database

NO_LIMIT = 10**9
# 2 is PostgreSQL's default. Only totals are run in parallel; here the process that gathers does the work of all.
PARALLEL = "set local max_parallel_workers_per_gather = {}; set local max_parallel_workers = 0"
WITHIN, UNDER = 3.0, 10.0  # Nine tenths of the costs are within this factor of the time, and none is lower by more than the other.


@dataclass(frozen=True)
class Measured:
    """A request, its plan, and the milliseconds that its statement takes."""

    name: str
    plan: Plan
    values: Any
    milliseconds: float

    def estimate(self, statistics: Statistics, prices: Prices = PRICES) -> float:
        """The milliseconds that its cost stands for."""
        tree = Costing(KINDS, statistics, self.plan.pricing.current, prices).tree(self.plan.query, self.plan.pricing.characters)
        return tree.cost(self.values).requested * MICROSECONDS_PER_UNIT / 1000

    def ratio(self, statistics: Statistics, prices: Prices = PRICES) -> float:
        return self.estimate(statistics, prices) / self.milliseconds


async def measure(url: str, shapes: dict[str, str], repeat: int) -> tuple[list[Measured], Statistics]:
    app = create_app(Settings(max_cost=NO_LIMIT, statement_timeout=60), url)
    connection = await asyncpg.connect(url, server_settings=SESSION_SETTINGS)
    measured = []
    async with app.router.lifespan_context(app):
        app.state.store.current_revision = await app.state.store.revision(At())
        for name, shape in shapes.items():
            plan, values = await _plan(app, shape)
            measured.append(Measured(name, plan, values, await _milliseconds(connection, plan, values, repeat)))
        statistics = app.state.store.statistics
    await connection.close()
    return measured, statistics


async def _plan(app: Any, shape: str) -> tuple[Plan, Any]:
    if shape.startswith("/"):
        path, _, query = shape.partition("?")
        found: tuple[Plan, Any] = app.state.rest.plan(path, query.encode())
        return found
    body = json.dumps({"query": shape}).encode()

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": body, "more_body": False}

    scope = {"type": "http", "method": "POST", "path": "/graphql", "query_string": b"", "headers": [(b"content-type", b"application/json")]}
    return await app.state.graphql.plan(Request(scope, receive))  # type: ignore[no-any-return]


async def _milliseconds(connection: asyncpg.Connection, plan: Plan, values: Any, repeat: int) -> float:
    """The shortest of several times, after a first one in which a generic plan is made."""
    statement = plan.statement
    async with connection.transaction():
        await connection.execute(PLANNING[statement.generic_plan].replace("set ", "set local "))
        await connection.execute(PARALLEL.format(0) if statement.nested_loops else f"{MANY_ROWS}; {PARALLEL.format(2)}")
        await connection.execute(explain.prepare(statement.text))
        types = await connection.fetchval(explain.TYPES)
        literals = await connection.fetchval(explain.literals(types), *plan.arguments(values))
        execute = explain.explain(literals, "analyze, timing off, format json")
        times = [await _one_time(connection, execute) for _ in range(repeat + 1)]
        await connection.execute(explain.FORGET)
    return min(times[1:]) / (1 if statement.nested_loops else PROCESSES)


async def _one_time(connection: asyncpg.Connection, execute: str) -> float:
    before = _processor_time(connection)
    ((text,),) = await connection.fetch(execute)
    used = _processor_time(connection) - before
    (told,) = json.loads(text)
    return used or float(told["Execution Time"] + told["Planning Time"])


def _processor_time(connection: asyncpg.Connection) -> float:
    """The milliseconds that the server process of a connection has run, which other processes do not prolong; 0 if the system does not tell."""
    try:
        return int(Path(f"/proc/{connection.get_server_pid()}/schedstat").read_text().split()[0]) / 1e6
    except OSError:
        return 0.0


def fit(measured: list[Measured], statistics: Statistics) -> Prices:
    """Prices by which the costs are nearest to the times, as the sum of squared logarithms of their ratios; one price at a time, in rounds."""
    prices, best = PRICES, _distance(measured, statistics, PRICES)
    for step in (2.0, 1.5, 1.2, 1.1):
        improved = True
        while improved:
            improved = False
            for name in asdict(prices):
                for factor in (step, 1 / step):
                    tried = replace(prices, **{name: getattr(prices, name) * factor})
                    if (distance := _distance(measured, statistics, tried)) < best - 1e-3:
                        prices, best, improved = tried, distance, True
    return prices


def _distance(measured: list[Measured], statistics: Statistics, prices: Prices) -> float:
    logarithms = sum(min(abs(math.log(one.ratio(statistics, prices))), 2.0) ** 2 for one in measured)  # An odd one out decides nothing.
    return logarithms + 0.5 * sum(math.log(getattr(prices, name) / price) ** 2 for name, price in asdict(PRICES).items())


def show(title: str, measured: list[Measured], statistics: Statistics, limit: int) -> bool:
    """Print every request with its cost and its time; whether the costs are as near as they should be."""
    print(f"\n{title}\n{'':44}{'cost':>9}{'ms':>10}{'estimated':>11}{'ratio':>7}")
    accepted = []
    for one in measured:
        estimate = one.estimate(statistics)
        cost = estimate * 1000 / MICROSECONDS_PER_UNIT
        ratio = estimate / one.milliseconds
        mark = "refused" if cost > limit else "" if 1 / WITHIN <= ratio <= WITHIN else "<" if ratio < 1 else ">"
        print(f"{one.name:44}{cost:9,.0f}{one.milliseconds:10.2f}{estimate:11.2f}{ratio:7.2f} {mark}")
        if cost <= limit:
            accepted.append((ratio, one.milliseconds))
    near = sum(1 / WITHIN <= ratio <= WITHIN for ratio, _ in accepted) / len(accepted)
    lowest, longest = min(ratio for ratio, _ in accepted), max(time for _, time in accepted)
    print(f"within a factor of {WITHIN:g}: {near:.0%}; lowest ratio {lowest:.2f}; longest accepted {longest:,.0f} ms")
    return near >= 0.9 and lowest > 1 / UNDER and longest <= 1000


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.costs", description=__doc__)
    parser.add_argument("--scale", type=float, default=0.25)
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--fit", action="store_true", help="also print prices that fit the first set better")
    args = parser.parse_args()
    with open_database(args.scale) as base:
        sets: Iterable[tuple[str, dict[str, str]]] = (("Calibration", CALIBRATION), ("Check", CHECK))
        results = {title: asyncio.run(measure(base.read_url, shapes, args.repeat)) for title, shapes in sets}
    limit = Settings().max_cost
    passed = [show(title, measured, statistics, limit) for title, (measured, statistics) in results.items()]
    if args.fit:
        for name, price in asdict(fit(*results["Calibration"])).items():
            print(f"{name:14}{getattr(PRICES, name):9.3g} → {price:.3g}")
    sys.exit(not passed[-1])


if __name__ == "__main__":
    main()

"""What a client pays for reading a complete list: the time that PostgreSQL took, at most what the plan estimates, and what its work is far beyond that.

Elapsed time alone would charge a client for the work of others: beside a busy neighbour the same file cost several times as much.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass

from schema.model.kinds import Kinds

from ..costs.cost_tree import Costing
from ..costs.prices import MICROSECONDS_PER_UNIT, PRICES, Reading
from ..costs.statistics import Statistics
from ..query.nodes import Node, Page
from ..query.tables import CHOSEN, CLAIMS, DISPUTED, ORIGINS, QUOTED, RECORD_CLAIMS, SOURCE, Table
from ..sql.text import planned_length
from .allowance import MOST_BEYOND, TIMES_ESTIMATE, UNITS_BEYOND, UNITS_PER_SECOND, Account
from .work_time import WorkTime

SECOND = 1_000_000  # Microseconds.
OF_CLAIMS = (DISPUTED, CLAIMS, RECORD_CLAIMS, CHOSEN, SOURCE, QUOTED)  # What a column may be of that the claims about a record tell.


@dataclass
class StreamCost:
    """The seconds that the plan of a list stands for: to find its records, and to read each. `paid` is what its client has paid so far.

    PostgreSQL works between `begin` and `end`, where a list that is left ends too.
    """

    account: Account
    work_time: WorkTime
    finding: float
    each: float
    planning: float = 0.0
    records: int = 0
    elapsed: float = 0.0
    work: float = 0.0  # Without that of other statements which ran meanwhile.
    paid: float = 0.0
    begun: tuple[float, float] | None = None

    @property
    def estimate(self) -> float:
        """The seconds for planning, for finding all records, and for reading those that have been read."""
        return self.planning + self.finding + self.records * self.each

    def plan(self, statement: str) -> None:
        """Add the price of planning a statement."""
        self.planning += planned_length(statement) * PRICES.planned_character / SECOND

    def begin(self) -> None:
        """Note that PostgreSQL begins to work for the list, or goes on."""
        self.begun = time.perf_counter(), self.work_time.begin()

    def end(self, records: int = 0) -> None:
        """Note that it does no more, and pay for what it has done since it began, and for the records that it has read. Does nothing if it has not begun."""
        if self.begun is not None:
            (started, work), self.begun = self.begun, None
            self.pay(time.perf_counter() - started, self.work_time.end(work), records)

    def pay(self, seconds: float, work: float, records: int) -> None:
        """Pay for more records, which were read in so many seconds, of which PostgreSQL worked so many for them."""
        self.elapsed, self.work, self.records = self.elapsed + seconds, self.work + work, self.records + records
        beyond = min(self.work - TIMES_ESTIMATE * self.estimate - UNITS_BEYOND / UNITS_PER_SECOND, MOST_BEYOND / UNITS_PER_SECOND)
        due = min(self.elapsed, self.estimate) + max(0.0, beyond)
        self.account.pay_time(due - self.paid)
        self.paid = due


def stream_cost(
    account: Account, work_time: WorkTime, kinds: Kinds, page: Page, selection: Sequence[Node] | Table, statistics: Statistics, past: bool
) -> StreamCost:
    """The cost of a list, of which nothing has been read yet."""
    slower = PRICES.past if past else 1.0
    finding = Reading(kinds, statistics, PRICES, page, past).all(None) * slower
    if isinstance(selection, Table):
        each = _row(selection)
    else:
        each = float(Costing(kinds, statistics, None).selection(page.kind, selection).cost().requested * MICROSECONDS_PER_UNIT)
    return StreamCost(account, work_time, finding / SECOND, each * slower / SECOND)


def _row(table: Table) -> float:
    """The microseconds for one row of a table."""
    links = {column.links[: n + 1] for column in table.columns for n in range(len(column.links))}
    claims = {(column.links, column.field) for column in table.columns if column.aspect in OF_CLAIMS}
    origins = {(column.links, column.field) for column in table.columns if column.aspect == ORIGINS}
    return (
        PRICES.record + len(table.columns) * PRICES.field + len(links) * PRICES.fetched
        + len(claims) * (PRICES.claim + PRICES.entry) + len(origins) * PRICES.origin
    )  # fmt: skip

"""What a client pays for reading a complete list: the time that PostgreSQL took, and at most what the plan estimates for the rows that were read.

Elapsed time alone would charge a client for the work of others: beside a busy neighbour the same file cost several times as much.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from schema.model.kinds import Kinds

from ..costs.cost_tree import Costing
from ..costs.prices import MICROSECONDS_PER_UNIT, PRICES, Reading
from ..costs.statistics import Statistics
from ..query.nodes import Node, Page
from ..query.tables import CHOSEN, CLAIMS, DISPUTED, ORIGINS, QUOTED, RECORD_CLAIMS, SOURCE, Table
from .allowance import Account

SECOND = 1_000_000  # Microseconds.
OF_CLAIMS = (DISPUTED, CLAIMS, RECORD_CLAIMS, CHOSEN, SOURCE, QUOTED)  # What a column may be of that the claims about a record tell.


@dataclass
class StreamCost:
    """The seconds that the plan of a list stands for: to find its records, and to read each. `paid` is what its client has paid so far."""

    account: Account
    finding: float
    each: float
    records: int = 0
    elapsed: float = 0.0
    paid: float = 0.0

    def pay(self, seconds: float, records: int) -> None:
        """Pay for more records, which were read in so many seconds."""
        self.elapsed, self.records = self.elapsed + seconds, self.records + records
        due = min(self.elapsed, self.finding + self.records * self.each)
        self.account.pay_time(due - self.paid)
        self.paid = due


def stream_cost(
    account: Account, kinds: Kinds, page: Page, selection: Sequence[Node] | Table, statistics: Statistics, past: bool
) -> StreamCost:
    """The cost of a list, of which nothing has been read yet."""
    slower = PRICES.past if past else 1.0
    finding = Reading(kinds, statistics, PRICES, page, past).all(None) * slower
    if isinstance(selection, Table):
        each = _row(selection)
    else:
        each = float(Costing(kinds, statistics, None).selection(page.kind, selection).cost().requested * MICROSECONDS_PER_UNIT)
    return StreamCost(account, finding / SECOND, each * slower / SECOND)


def _row(table: Table) -> float:
    """The microseconds for one row of a table."""
    links = {column.links[: n + 1] for column in table.columns for n in range(len(column.links))}
    claims = {(column.links, column.field) for column in table.columns if column.aspect in OF_CLAIMS}
    origins = {(column.links, column.field) for column in table.columns if column.aspect == ORIGINS}
    return (
        PRICES.record + len(table.columns) * PRICES.field + len(links) * PRICES.fetched
        + len(claims) * (PRICES.claim + PRICES.entry) + len(origins) * PRICES.origin
    )  # fmt: skip

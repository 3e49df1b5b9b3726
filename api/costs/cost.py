"""What a request costs, before it is run: for each list, record and total of its query, the rows that PostgreSQL reads and the time that takes.

A query becomes a tree of parts once for each revision, because only then the statistics change. The page sizes and conditions that come with a
request are put in when the tree is evaluated, which takes microseconds.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from math import ceil, sqrt
from typing import NamedTuple

from ..query.bindings import Parameter, Values
from .prices import MICROSECONDS_PER_UNIT
from .shares import value_of

SHOWN = 20  # Paths that a report names.
_quoted = lru_cache(1000)(json.dumps)  # Paths are written in response after response.


class PathCost(NamedTuple):
    """The cost of one path: a list, a record or a total, with what is selected of its records.

    `records` and `values` are the most that it can hold; `size` is about how many bytes of a response it takes.
    """

    path: str
    rows: int
    cost: int
    records: int
    values: int
    size: int


class Cost(NamedTuple):
    """The cost of a request, the most records and values that its response can hold, and about how many bytes it has."""

    requested: int
    records: int
    values: int
    size: int
    paths: Sequence[PathCost]

    def report(self, limit: int) -> dict[str, object]:
        """The cost as the API reports it, the most expensive paths first."""
        shown = sorted(self.paths, key=_most_expensive)[:SHOWN]
        by = [{"path": path.path, "rows": path.rows, "cost": path.cost} for path in shown]
        return {"requested": self.requested, "limit": limit, "by": by}

    def json(self, limit: int) -> str:
        """The report as JSON. Every response of GraphQL has one, so it is written without a library, which takes several times as long."""
        shown = sorted(self.paths, key=_most_expensive)[:SHOWN]
        by = ",".join([f'{{"path":{_quoted(path.path)},"rows":{path.rows},"cost":{path.cost}}}' for path in shown])
        return f'{{"requested":{self.requested},"limit":{limit},"by":[{by}]}}'


@dataclass(frozen=True, eq=False)
class Part:
    """A list, a record or a total of a query. Times are microseconds."""

    path: tuple[str, ...]
    first: int | Parameter  # The size of the page; 1 for a record.
    # How many rows it has in all, and the time to find them, by the number of times it occurs, its page size and the values of a request.
    found: Callable[[float, float, Values | None], tuple[float, float]]
    planned: float  # Once for each statement.
    opened: float  # Once for each time it occurs.
    record: float  # Once for each row: to write what is selected of it.
    values_each: int = 0  # Values of the list itself.
    values_of_record: int = 0
    size_each: float = 0.0  # Bytes of the list itself.
    size_of_record: float = 0.0
    # For a list below records: the most rows that it has below a number of different records, each with at most its page size.
    most: Callable[[float, float], float] | None = None
    repeats: bool = False  # Whether the part above may have one record in many rows, as where many refer to it.
    hottest: float = 0.0  # The most rows below one record.
    is_list: bool = False  # Whether its rows count towards the limit on the records of a response.
    sized: bool = False  # Whether a request can choose its page size.
    times: float = 1.0  # How often it occurs for each row of the part above it.
    varies: bool = False  # Whether a request decides more than its page size.
    below: tuple[Part, ...] = field(default=())

    @cached_property
    def name(self) -> str:
        return ".".join(self.path)

    def size(self, values: Values | None, sizes: Mapping[int, int]) -> int:
        return sizes.get(id(self)) or int(value_of(self.first, values))  # type: ignore[call-overload]  # page sizes are numbers

    def costs(
        self, values: Values | None, sizes: Mapping[int, int], above: float = 1.0, most_above: int = 1, written_above: float = 1.0
    ) -> Iterator[PathCost]:  # fmt: skip
        """The costs of the part and of all below it.

        `above`: how many rows are above it, as expected; `most_above`: at most; `written_above`: as the limit on bytes counts them.
        """
        size, occurs = self.size(values, sizes), above * self.times
        most_occurs = most_above * ceil(self.times)
        found, time = self.found(occurs, size, values)
        rows = min(occurs * size, found)
        time += self.planned + occurs * self.opened + rows * self.record
        records = most_occurs * size
        most_values = most_occurs * self.values_each + records * self.values_of_record
        written = self._written(written_above * self.times, size, rows)
        length = written_above * self.times * self.size_each + written * self.size_of_record
        cost = ceil(time / MICROSECONDS_PER_UNIT)
        yield PathCost(self.name, ceil(rows), cost, records if self.is_list else 0, most_values, ceil(length))
        for part in self.below:
            yield from part.costs(values, sizes, rows, records, written)

    def _written(self, occurs: float, size: int, expected: float) -> float:
        """How many rows the limit on bytes counts: a client may choose the records above that have the most, and conditions that find more than is expected."""
        if self.most is None:
            return sqrt(expected * size) if self.sized else expected
        return occurs * min(size, self.hottest) if self.repeats else self.most(occurs, size)


@dataclass(frozen=True)
class CostTree:
    """The parts of a query, and the time that every statement takes."""

    parts: tuple[Part, ...]
    statement: float

    def cost(self, values: Values | None = None, sizes: Mapping[int, int] | None = None) -> Cost:
        """The cost with the values of a request or, without, of the one that was compiled. `sizes` replaces page sizes, by the id of the part."""
        paths = [cost for part in self.parts for cost in part.costs(values, sizes or {})]
        requested, records, most_values, length = ceil(self.statement / MICROSECONDS_PER_UNIT), 0, 0, 0
        for path in paths:
            requested, records = requested + path.cost, records + path.records
            most_values, length = most_values + path.values, length + path.size
        return Cost(requested, records, most_values, length, paths)

    @cached_property
    def varies(self) -> bool:
        """Whether the cost depends on what comes with a request."""
        return any(part.varies or isinstance(part.first, Parameter) for part in self.all())

    def all(self) -> Iterator[Part]:
        waiting = [*self.parts]
        while waiting:
            part = waiting.pop()
            yield part
            waiting += part.below


def _most_expensive(path: PathCost) -> int:
    return -path.cost

"""What two columns of a row say of one thing: where they differ, neither is taken. Declarations; `api/sql/duckdb/agreements.py` turns them into SQL."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from ..codelists.country_names import english_country_names
from ..codelists.gleditsch_ward import FIRST_DAY, LAST_DAY, NAMED_STATES
from .expressions import Constant, Expression, Lookup

SPAN = ("event.started_on", "event.ended_on", "figure.period_start", "figure.period_end")  # The fields of the days of a row.
POINT = ("location.latitude", "location.longitude")


@dataclass(frozen=True)
class Agreement:
    """Statements of one row that must agree. `fields`: those of ours, such as `event.country`, that are unknown where they do not.

    Without any, the row is only flagged: its numbers are kept, and totals widen their bounds so that they include all of them.
    """

    fields: tuple[str, ...]

    def operands(self) -> Iterator[Expression]:
        """The expressions that are compared."""
        for value in vars(self).values():
            yield from (part for part in (value if isinstance(value, tuple) else (value,)) if isinstance(part, Expression))

    def columns(self) -> list[str]:
        """The columns that are compared, each once, by the newest of their names."""
        return list(dict.fromkeys(name for operand in self.operands() for name in operand.columns()))


@dataclass(frozen=True)
class Same(Agreement):
    """Texts that are the same."""

    of: Expression
    other: Expression


@dataclass(frozen=True)
class YearOf(Agreement):
    """A year, and the first and the last day of a span that has a day in it."""

    year: Expression
    first: Expression
    last: Expression


@dataclass(frozen=True)
class PointOf(Agreement):
    """A point as well-known text, POINT (longitude latitude), or as in GeoJSON, or as a list [latitude, longitude], and its degrees."""

    point: Expression
    latitude: Expression
    longitude: Expression


@dataclass(frozen=True)
class CellOf(Agreement):
    """The number of a cell of half a degree of PRIO-GRID, and the degrees of a point in it."""

    cell: Expression
    latitude: Expression
    longitude: Expression


@dataclass(frozen=True)
class SumOf(Agreement):
    """A number, and those that it is the sum of, if all are known."""

    total: Expression
    parts: tuple[Expression, ...]


# Of every name that is an English one of a country, since 1816: name, first day, last day, code.
CODES_BY_NAME = english_country_names()
NAMES = tuple((name, FIRST_DAY, LAST_DAY, code) for name, code in CODES_BY_NAME.items())
UCDP_NAMES = (*(row for row in NAMED_STATES if row[0] not in CODES_BY_NAME), *NAMES)


def country_named(name: Expression) -> Lookup:
    """The country that has this name, as ISO and CLDR have it; unknown, and flagged, for other names."""
    return Lookup("country_names", NAMES, name, Constant(FIRST_DAY))


def country_named_by_ucdp(name: Expression, day: Expression) -> Lookup:
    """The country that has this name in UCDP's datasets on a day, such as Serbia (Yugoslavia); unknown, and flagged, for other names."""
    return Lookup("ucdp_country_names", UCDP_NAMES, name, day)


AGREEMENTS: tuple[type[Agreement], ...] = tuple(Agreement.__subclasses__())

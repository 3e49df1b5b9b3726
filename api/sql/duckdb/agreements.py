"""Where the statements of a row contradict each other, as schema/formats/cross_checks.py declares it, in SQL for DuckDB. Text; no I/O."""

from __future__ import annotations

from collections.abc import Callable

from schema.formats.cross_checks import AGREEMENTS, Agreement, CellOf, PointOf, Same, SumOf, YearOf
from schema.model.completeness import complete

from ..text import quote_literal
from .expressions import Expressions

NUMBERS = quote_literal(r"[+-]?[0-9]+(?:[.][0-9]+)?(?:[eE][+-]?[0-9]+)?")
ROUNDED = 0.01  # Degrees by which two statements of a point may differ.
HALF_CELL = 0.25


def contradiction(agreement: Agreement, expressions: Expressions) -> str:
    """Whether the statements of a row contradict each other; null or false if one of them is unknown, or not of its form."""
    return CONTRADICTIONS[type(agreement)](agreement, expressions.sql)


Sql = Callable[..., str]


def _same(agreement: Same, sql: Sql) -> str:
    return f"lower({sql(agreement.of)}) <> lower({sql(agreement.other)})"


def _year(agreement: YearOf, sql: Sql) -> str:
    year, first, last = (sql(part) for part in (agreement.year, agreement.first, agreement.last))
    years = [f"year(try_cast(substr({day}, 1, 10) as date))" for day in (first, last)]
    bounds = [f"coalesce({', '.join(order)})" for order in (years, years[::-1])]
    return f"try_cast({year} as double) not between least({', '.join(bounds)}) and greatest({', '.join(bounds)})"


def _point(agreement: PointOf, sql: Sql) -> str:
    """Longitude comes first, but in a bare list."""
    point, degrees = sql(agreement.point), (sql(agreement.longitude), sql(agreement.latitude))
    numbers = f"regexp_extract_all({point}, {NUMBERS})"
    first, second = (f"{numbers}[{n}]" for n in (1, 2))
    in_list = f"starts_with({point}, '[') and len({numbers}) = 2 and ({_apart(second, degrees[0])} or {_apart(first, degrees[1])})"
    others = f"{point} ilike '%point%' and {point} not ilike '%multi%' and ({_apart(first, degrees[0])} or {_apart(second, degrees[1])})"
    return f"(({in_list}) or ({others}))"


def _apart(one: str, other: str) -> str:
    return f"abs(try_cast({one} as double) - try_cast({other} as double)) > {ROUNDED}"


def _cell(agreement: CellOf, sql: Sql) -> str:
    """Cells are numbered from the south-west, 720 in each of 360 rows. Another number is of no cell."""
    stated = f"try_cast({sql(agreement.cell)} as double)"
    number = f"(try_cast({stated} as bigint) - 1)"
    centres = (f"({number} // 720) * 0.5 - 89.75", f"({number} % 720) * 0.5 - 179.75")
    degrees = (sql(agreement.latitude), sql(agreement.longitude))
    beyond = (f"abs({centre} - try_cast({of} as double)) > {HALF_CELL + ROUNDED}" for centre, of in zip(centres, degrees, strict=True))
    return f"coalesce({stated} not between 1 and {720 * 360} or {' or '.join(beyond)}, false)"


def _sum(agreement: SumOf, sql: Sql) -> str:
    """A number that nothing can have has a flag of its own."""
    total, *parts = (f"try_cast({sql(part)} as decimal(27, 9))" for part in (agreement.total, *agreement.parts))
    possible = f"len(list_filter([{', '.join((total, *parts))}], lambda number: number < 0 or number <> trunc(number))) = 0"
    return f"{total} <> {' + '.join(parts)} and {possible}"


CONTRADICTIONS: dict[type[Agreement], Callable[..., str]] = {Same: _same, YearOf: _year, PointOf: _point, CellOf: _cell, SumOf: _sum}
complete("CONTRADICTIONS in api/sql/duckdb/agreements.py", CONTRADICTIONS, AGREEMENTS)

"""The flags of schema/formats/flags.py: selects of implausible values, which are kept as the source has them. Text; no I/O."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from schema.codelists.vocabularies import COUNTRY, ORIGIN, Vocabulary
from schema.formats.flags import EARLIEST_YEAR, FLAGS, MAX_DEGREES_OUTSIDE, ordering_flag
from schema.kinds import KINDS
from schema.model.completeness import complete
from schema.model.field import Field
from schema.model.kind import Kind

from ..text import quote_identifier, quote_literal
from . import quantities
from .types import among

# The flags that are raised here. Those of fields whose values should ascend are named after the fields.
IMPLAUSIBLE_DATE, OUTSIDE_COUNTRY, CUMULATIVE_FALLS, SEVERAL_WORDINGS, CONTRADICTORY_BOUND = CLAIM_FLAGS = (
    "implausible_date", "outside_country", "cumulative_falls", "several_wordings", "contradictory_bound",
)  # fmt: skip
UNKNOWN_CODE, SENTINEL, REPEATED, IMPOSSIBLE_VALUE, NOT_KEPT, TIME_OF_DAY, TOTAL_ROW, POSSIBLE_TOTAL, POSSIBLE_SENTINEL, INVISIBLE_CHARACTER, POSSIBLE_ROWS, CONTRADICTORY_CELLS, MIXED_DATES, WRONG_WEEKDAY = RECORD_FLAGS = (
    "unknown_code", "sentinel", "repeated", "impossible_value", "not_kept", "time_of_day", "total_row", "possible_total", "possible_sentinel", "invisible_character", "possible_rows", "contradictory_cells", "mixed_dates", "wrong_weekday",
)  # fmt: skip
ORDERING_FLAGS = [ordering_flag(low.name, high.name) for kind in KINDS.values() for low, high, _ in kind.neighbours]
complete("FLAGS in schema/formats/flags.py", FLAGS, [*ORDERING_FLAGS, *CLAIM_FLAGS, *RECORD_FLAGS])

MAX_CHECKS = 32  # Of cells, in one statement.
INSERT = "insert into flag (file, code, record, field, value)\n"
# Arguments: the number of the file, and lists of the numbers of the rows and of their labels.
INSERT_SUM_ROWS = "insert into sum_row select ?, unnest(?), unnest(?)"
INSERT_POSSIBLE_TOTALS = f"{INSERT}select ?, '{POSSIBLE_TOTAL}', unnest(?), '', unnest(?)"


@dataclass(frozen=True)
class FlaggedCell:
    """A flag of a cell: its code, the name of its column, and the SQL of the flagged text and of the condition."""

    code: str
    field: str
    value: str
    condition: str


def of_claims(kind: Kind, latest_year: int) -> Iterator[str]:
    """Flag the claims about a kind. A date after `latest_year` is implausible."""
    claims = f"claims_{kind.name}"
    if checks := [*_descending(kind), *_implausible_dates(kind, latest_year), *_contradictory_bounds(kind)]:
        yield _flag_each(claims, checks)
    if kind.degrees and (country := _field_of(kind, COUNTRY)):
        yield _outside_country(kind, country, claims)
    if kind.totals:
        yield _cumulative_falls(kind, claims)


@dataclass(frozen=True)
class FlagCheck:
    """A flag of a field: its code, and the SQL of the flagged text and of the condition."""

    code: str
    field: str
    value: str
    condition: str


def _descending(kind: Kind) -> Iterator[FlagCheck]:
    """Values that should ascend, such as the low, best and high estimate, and do not."""
    for low, high, between in kind.neighbours:
        conditions = (f"{_cast(low.name, low)} > {_cast(high.name, high)}", *(f"{field.name} is null" for field in between))
        yield FlagCheck(ordering_flag(low.name, high.name), low.name, f"{low.name} || ' > ' || {high.name}", " and ".join(conditions))


def _implausible_dates(kind: Kind, latest_year: int) -> Iterator[FlagCheck]:
    for name, field in kind.fields.items():
        if field.type.is_date:
            year = f"year(try_cast({name} as date))"
            yield FlagCheck(IMPLAUSIBLE_DATE, name, name, f"{year} not between {EARLIEST_YEAR} and {latest_year}")


def _contradictory_bounds(kind: Kind) -> Iterator[FlagCheck]:
    if declared := kind.quantities:
        names = (*declared.numbers, declared.quantifier, declared.measure)
        condition = quantities.contradictory(declared, {name: name for name in names})
        stated = ", ".join(f"'{name} ' || {name}" for name in declared.numbers)
        value = f"concat_ws(', ', {declared.quantifier}, {stated})"
        yield FlagCheck(CONTRADICTORY_BOUND, declared.quantifier, value, condition)


def _flag_each(claims: str, checks: Sequence[FlagCheck]) -> str:
    """Insert the flags of all checks in one statement: the claims are a view, which each statement computes anew."""
    flags = ",\n    ".join(
        f"case when {check.condition} then {{'code': {quote_literal(check.code)}, 'field': {quote_literal(check.field)}, 'value': {check.value}}} end"
        for check in checks
    )
    return f"""{INSERT}
select distinct file, f.code, record, f.field, f.value from (
  select file, record, unnest(list_filter([
    {flags}
  ], lambda f: f is not null)) as f
  from {claims} claim
) flagged"""


def _field_of(kind: Kind, vocabulary: Vocabulary) -> str | None:
    """The name of the kind's field whose values are codes of this vocabulary."""
    return next((name for name, field in kind.fields.items() if field.type.vocabulary is vocabulary), None)


def _cast(name: str, field: Field) -> str:
    return f"try_cast({name} as {'date' if field.type.is_date else 'decimal(27, 9)'})"


def _outside_country(kind: Kind, country: str, claims: str) -> str:
    """Flag places that are more than `MAX_DEGREES_OUTSIDE` degrees outside the bounding box of their country."""
    latitude, longitude = (f"try_cast(claim.{name} as double)" for name in kind.point)
    beyond = f"{latitude} not between b.south - {MAX_DEGREES_OUTSIDE} and b.north + {MAX_DEGREES_OUTSIDE}"
    # A box that crosses the 180th meridian has its west greater than its east.
    inside = f"(case when b.west <= b.east then {longitude} between b.west - {MAX_DEGREES_OUTSIDE} and b.east + {MAX_DEGREES_OUTSIDE} "
    inside += f"else {longitude} >= b.west - {MAX_DEGREES_OUTSIDE} or {longitude} <= b.east + {MAX_DEGREES_OUTSIDE} end)"
    value = f"claim.{kind.point[0]} || ', ' || claim.{kind.point[1]} || ' in ' || claim.{country}"
    return (
        f"{INSERT}select distinct file, {quote_literal(OUTSIDE_COUNTRY)}, record, {quote_literal(kind.point[0])}, {value}\n"
        f"from {claims} claim join box b on b.country = claim.{country} where {beyond} or not {inside}"
    )


def _cumulative_falls(kind: Kind, claims: str) -> str:
    """Flag running totals that are lower than the one before in their series."""
    totals = kind.totals
    assert totals is not None
    series = [totals.event, totals.measure, totals.population, totals.actor, totals.place, totals.unit, _field_of(kind, ORIGIN), "source"]
    columns = ", ".join(name for name in series if name in kind.fields or name == "source")
    window = f"over (partition by {columns} order by {totals.end}, record)"
    return f"""{INSERT}
select file, {quote_literal(CUMULATIVE_FALLS)}, record, {quote_literal(totals.best)}, before || ' → ' || {totals.best} from (
  select *, lag({totals.best}) {window} as before from {claims} claim where basis = 'cumulative' and {totals.best} is not null
) series where try_cast(before as decimal(27, 9)) > try_cast({totals.best} as decimal(27, 9))"""


def of_records(
    file: int, columns: Sequence[str], sentinels: Mapping[str, tuple[str, ...]], lookups: Iterable[tuple[str, str, str]],
    cells: Iterable[FlaggedCell] = (), lists: Iterable[str] = (),
) -> Iterator[str]:  # fmt: skip
    """Flag the records of a file: codes that a list lacks, sentinel values, records that are repeated, and `cells` that no field has; `lists`: of flags of cells.

    `sentinels` has the values of a column that stand for no value. `lookups` has, for each lookup in a list that should
    have every key, the name of the key in messages, and the SQL of the key and of the value.
    """
    makes_claims = f"record not in (select record from dropped where file = {file})"
    for label, key, value in lookups:
        condition = f"{key} is not null and {value} is null and {makes_claims}"
        yield f"{INSERT}select {file}, {quote_literal(UNKNOWN_CODE)}, record, {quote_literal(label)}, {key} from base_{file} where {condition}"
    for name, values in sentinels.items():
        if name in columns:
            column = quote_identifier(name)
            condition = f"{among(column, values)} and {makes_claims}"
            yield f"{INSERT}select {file}, {quote_literal(SENTINEL)}, record, {quote_literal(name)}, {column} from base_{file} where {condition}"
    for found in (*_batches(cells), *lists):
        yield f"""{INSERT}
select {file}, f.code, record, f.field, f.value from (select record, unnest({found}) as f from base_{file} base where {makes_claims}) flagged"""
    rejected = f"select record from problem where file = {file} and record is not null"
    yield f"{INSERT}select {file}, {quote_literal(REPEATED)}, record, '', 'as record ' || first from repeated where same and record not in ({rejected})"


def _batches(cells: Iterable[FlaggedCell]) -> Iterator[str]:
    """The flags of cells, as lists of structs: as many checks in one as memory allows."""
    checks = [
        f"case when {cell.condition} then {{'code': {quote_literal(cell.code)}, 'field': {quote_literal(cell.field)}, 'value': {cell.value}}} end"
        for cell in cells
    ]
    for start in range(0, len(checks), MAX_CHECKS):
        batch = ",\n    ".join(checks[start : start + MAX_CHECKS])
        yield f"list_filter([\n    {batch}\n  ], lambda found_0: found_0 is not null)"


def of_sum_rows(file: int) -> str:
    """Flag the rows that sum others."""
    return f"{INSERT}select {file}, {quote_literal(TOTAL_ROW)}, record, '', label from sum_row where file = {file}"


def of_wordings(kind: Kind) -> str:
    """Flag the second and later wordings of a record that several records of a file share."""
    return f"{INSERT}select file, {quote_literal(SEVERAL_WORDINGS)}, record, 'id', id from wordings_{kind.name} where wording > 1"

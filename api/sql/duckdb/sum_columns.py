"""The columns of a table by which rows that sum others are found."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from schema.codelists.vocabularies import Vocabulary
from schema.formats.expressions import Constant
from schema.model.totals import TotalsRoles

from . import columns
from .cells import DATE, NAME, NUMERIC_USES
from .mapped_file import MappedFile
from .types import NULL


@dataclass(frozen=True)
class TableColumns:
    """The columns of a table: `counts`, whose numbers are summed, and `labels`, all others; and of labels, the positions of places, countries and dates.

    `country`: the country of every row, if no column says it. `names`: of places, those of events; `facts`: what a row is about, beside its numbers and dates; `numeric`: numbers that are
    no counts. `span`: the SQL of the first and the last day of a row, if it has any.
    """

    counts: Sequence[str]
    labels: Sequence[str]
    places: frozenset[int]
    countries: frozenset[int]
    dates: frozenset[int]
    country: str = ""
    names: frozenset[int] = frozenset()
    facts: frozenset[int] = frozenset()
    numeric: frozenset[int] = frozenset()
    span: tuple[str, str] | None = None


def may_have_sums(mapped: MappedFile) -> bool:
    """Whether rows of the file may sum others or be notes: a format's own columns are not anybody's."""
    return bool(mapped.row_digests)


def table_columns(mapped: MappedFile) -> TableColumns | None:
    """The columns of a file in which rows may sum others; None if it can have none."""
    totals = next((kind.totals for kind in mapped.kinds.values() if kind.totals), None)
    if totals is None or not may_have_sums(mapped):
        return None
    fields, uses = columns.fields_of(mapped.mapper), mapped.mapper.uses
    numbers = {f"{kind.name}.{name}" for kind in mapped.kinds.values() if (of := kind.totals) for name in (of.low, of.best, of.high)}
    counts = [name for name in mapped.columns if numbers & {*fields[name]}]
    labels = [name for name in mapped.columns if name not in counts]
    names = {n for n, label in enumerate(labels) if f"{totals.event}.name" in fields[label]}
    located = {n for n, label in enumerate(labels) if any(field.startswith(f"{totals.place}.") for field in fields[label])}
    countries = {n for n, label in enumerate(labels) if any(field.endswith(f".{totals.country}") for field in fields[label])}
    dates, numeric = ({n for n, label in enumerate(labels) if uses.get(label) in wanted} for wanted in ((DATE,), NUMERIC_USES))
    constants = [record.mapping.fields.get(totals.country) for record in mapped.records if record.mapping.kind == totals.event]
    country = next((constant.value for constant in constants if isinstance(constant, Constant)), "")
    places = (names | located | countries) - dates - numeric
    names -= located | countries | dates
    facts = {n for n, label in enumerate(labels) if isinstance(uses.get(label), Vocabulary) or uses.get(label) == NAME}
    if not counts or not labels:
        return None
    return TableColumns(
        counts, labels, frozenset(places), frozenset(countries), frozenset(dates), country,
        frozenset(names), frozenset((facts | places) - names - dates), frozenset(numeric), _span(mapped, totals),
    )  # fmt: skip


def _span(mapped: MappedFile, totals: TotalsRoles) -> tuple[str, str] | None:
    """The SQL of the first and the last day of a row, which its event has, or else its figures."""
    for record in mapped.records:
        values = {field.name: field.value for field in record.fields}
        for first, last in ((totals.event_start, totals.event_end), (totals.start, totals.end)):
            if not record.items and values.get(first, NULL) != NULL and values.get(last, NULL) != NULL:
                return values[first], values[last]
    return None

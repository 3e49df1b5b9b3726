"""What is odd in what a file says, and kept as it says it: each flag one select of DuckDB over the claims made of it. Text; no I/O."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import pairwise

from schema.codelists.vocabularies import COUNTRY, ORIGIN, Vocabulary
from schema.formats.flags import EARLIEST, EDGE
from schema.model.field import Field
from schema.model.kind import Kind
from schema.model.kinds import Kinds

from ..text import quote_identifier, quote_literal

# A flag is the number of the record, the field, its text, and a code of schema/formats/flags.py.
INSERT = "insert into flag (file, code, record, field, value)\n"


def of_claims(kinds: Kinds, kind: Kind, latest: int) -> Iterator[str]:
    """What is odd in the claims about a kind. `latest`: the last year that a date can well be in."""
    table = f"said_{kind.name}"
    for names in kind.ascending:
        for (low, first), (high, second) in pairwise((name, kind.fields[name]) for name in names):
            yield _flag(f"{low}_above_{high}", low, f"{low} || ' > ' || {high}", table, f"{_typed(low, first)} > {_typed(high, second)}")
    for one in kind.fields.values():
        if one.type.name == "date":
            year = f"year(try_cast({one.name} as date))"
            yield _flag("implausible_date", one.name, one.name, table, f"{year} not between {EARLIEST} and {latest}")
    if len(kind.point) == 2 and (country := _of(kind, COUNTRY)):
        yield _outside(kind, country, table)
    if kind.totals:
        yield from _falls(kind, table)


def _of(kind: Kind, vocabulary: Vocabulary) -> str | None:
    """The field of a kind whose values are of a vocabulary."""
    return next((name for name, one in kind.fields.items() if one.type.vocabulary is vocabulary), None)


def _typed(name: str, one: Field) -> str:
    return f"try_cast({name} as {'date' if one.type.name == 'date' else 'decimal(27, 9)'})"


def _flag(code: str, field: str, value: str, table: str, condition: str) -> str:
    return (
        f"{INSERT}select distinct file, {quote_literal(code)}, record, {quote_literal(field)}, {value} from {table} said where {condition}"
    )


def _outside(kind: Kind, country: str, table: str) -> str:
    """Places farther than a little outside the box around their country."""
    latitude, longitude = (f"try_cast(said.{name} as double)" for name in kind.point)
    beyond = f"{latitude} not between b.south - {EDGE} and b.north + {EDGE}"
    # A box that crosses the 180th meridian has its west greater than its east.
    inside = f"(case when b.west <= b.east then {longitude} between b.west - {EDGE} and b.east + {EDGE} "
    inside += f"else {longitude} >= b.west - {EDGE} or {longitude} <= b.east + {EDGE} end)"
    return (
        f"{INSERT}select distinct file, 'outside_country', record, {quote_literal(kind.point[0])}, said.{kind.point[0]} || ', ' || said.{kind.point[1]} || ' in ' || said.{country}\n"
        f"from {table} said join box b on b.country = said.{country} where {beyond} or not {inside}"
    )


def _falls(kind: Kind, table: str) -> Iterator[str]:
    """Running totals that are lower than they were."""
    totals = kind.totals
    assert totals is not None
    series = [totals.event, totals.measure, totals.population, totals.actor, totals.place, totals.unit, _of(kind, ORIGIN), "source"]
    there = [name for name in series if name in kind.fields or name == "source"]
    number = f"try_cast({totals.best} as decimal(27, 9))"
    window = f"over (partition by {', '.join(there)} order by {totals.end}, record)"
    yield f"""{INSERT}
select file, 'cumulative_falls', record, {quote_literal(totals.best)}, before || ' → ' || {totals.best} from (
  select *, lag({totals.best}) {window} as before from {table} said where basis = 'cumulative' and {totals.best} is not null
) series where try_cast(before as decimal(27, 9)) > {number}"""


def of_records(
    file: int, columns: Sequence[str], sentinels: Mapping[str, tuple[str, ...]], unlisted: Iterable[tuple[str, str, str]]
) -> Iterator[str]:
    """What is odd in the records of a file as they are: values that stand for none, codes of no list, and records that come twice."""
    taken = f"record not in (select record from dropped where file = {file})"
    for field, code, found in unlisted:
        unknown = f"{code} is not null and {found} is null and {taken}"
        yield f"{INSERT}select {file}, 'unknown_code', record, {quote_literal(field)}, {code} from base_{file} where {unknown}"
    for name, values in sentinels.items():
        if name in columns:
            listed = ", ".join(map(quote_literal, values))
            yield f"{INSERT}select {file}, 'sentinel', record, {quote_literal(name)}, {quote_identifier(name)} from base_{file} where {quote_identifier(name)} in ({listed}) and {taken}"
    yield f"{INSERT}select {file}, 'repeated', record, '', 'as record ' || first from repeated where same and record not in (select record from problem where file = {file} and record is not null)"


def of_wordings(kind: Kind) -> str:
    """Records that a dataset names in several wordings."""
    return f"{INSERT}select file, 'several_wordings', record, 'id', id from worded_{kind.name} where wording > 1"

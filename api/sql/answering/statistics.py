"""PostgreSQL's own statistics of the tables that are read, by which it plans a statement and we price it. Text only, no I/O."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from schema.model.claim import CLAIM_FIELDS
from schema.model.kind import Kind
from schema.model.kinds import Kinds
from schema.model.totals import DATE_KEYS
from schema.storage.columns import TANGLED

from ..revision import CURRENT
from ..text import literals, quote_literal

MAX_COUNTED = 2_000  # Sums of a country that are counted.
MAX_VALUE_WIDTH = 100  # Bytes, on average. Of longer texts no sample is read: there are a hundred in each.


def statistics(kinds: Kinds) -> str:
    """A statement for one row: the newest revision; of each table its name, rows and pages; and of each field
    its common values, a sample of the others in their order and, of lists, their average length (the last number of `elem_count_histogram`);
    and of each country how many sums have to be compared.

    Reading it takes some milliseconds, at any size of the tables, and no lock on them.
    """
    tables = _texts([*kinds, *(table for kind in kinds.values() for table in _further_tables(kind))])
    fields = _texts(sorted({"search", *(field for kind in kinds.values() for field in kind.fields)}))
    columns = [field for kind in kinds.values() for field in kind.fields.values() if {"lt", "contains"} & {*field.type.operators}]
    sampled = _texts(sorted({"search", DATE_KEYS[0], *(field.name for field in columns)}))
    of_sums = ["shape", DATE_KEYS[0], *(kind.totals.country for kind in kinds.values() if kind.totals)]
    of_claims = [name for name, field in CLAIM_FIELDS.items() if field.type.many]
    return f"""
select {CURRENT} as revision, (
  select coalesce(json_agg(json_build_array(relname, reltuples, relpages)), '[]')::text
  from pg_class
  where relnamespace = current_schema()::regnamespace and relname = any({tables})
) as tables, (
  select coalesce(json_agg(json_build_array(
    tablename, attname, null_frac, n_distinct, case when avg_width <= {MAX_VALUE_WIDTH} then most_common_vals::text::text[] end,
    most_common_freqs, case when attname = any({sampled}) and avg_width <= {MAX_VALUE_WIDTH} then histogram_bounds::text::text[] end,
    elem_count_histogram[cardinality(elem_count_histogram)]
  )), '[]')::text
  from pg_stats
  where schemaname = current_schema() and (
    tablename = any({_texts(kinds)}) and attname = any({fields})
    or tablename = any({_texts(f"{name}_claim" for name in kinds)}) and attname = any({_texts(of_claims)})
    or tablename = any({_texts(f"{kind.name}_sum" for kind in kinds.values() if kind.totals)}) and attname = any({_texts(of_sums)})
  )
) as columns, {_compared(kinds)} as compared"""


def _compared(kinds: Kinds) -> str:
    """For each kind with totals, of each country how many of its sums have to be compared with one another, counted up to `MAX_COUNTED`, as JSON."""
    counted = (
        f"json_build_array({quote_literal(kind.name)}, {_of_countries(kind, kind.totals.country)})"
        for kind in kinds.values()
        if kind.totals
    )
    return f"json_build_array({', '.join(counted)})::text"


def _of_countries(kind: Kind, country: str) -> str:
    """The countries one after the other, each by a look into the index of shapes and countries: this takes no longer if more have to be compared."""
    sums = f"from {kind.name}_sum s where s.shape = {TANGLED}"
    return f"""(
  with recursive found_(country) as (
    (select s.{country} {sums} and s.{country} is not null order by s.{country} limit 1)
    union all
    select (select s.{country} {sums} and s.{country} > f.country order by s.{country} limit 1) from found_ f where f.country is not null
  )
  select coalesce(json_agg(json_build_array(f.country, (select count(*) from (select {sums} and s.{country} = f.country limit {MAX_COUNTED}) c))), '[]')
  from found_ f where f.country is not null
)"""


def _further_tables(kind: Kind) -> Iterator[str]:
    """The tables of a kind beside that of its live records."""
    yield from (f"{kind.name}_history", f"{kind.name}_claim", f"{kind.name}_claim_history", f"{kind.name}_withheld")
    if kind.totals:
        yield f"{kind.name}_sum"


def _texts(names: Iterable[str]) -> str:
    return f"array[{literals(names)}]::text[]"

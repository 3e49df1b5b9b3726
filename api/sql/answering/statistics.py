"""PostgreSQL's own statistics of the tables that are read, by which it plans a statement and we price it. Text only, no I/O."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from schema.model.claim import CLAIM_FIELDS, CONDITION_COLUMNS
from schema.model.kind import Kind
from schema.model.kinds import Kinds
from schema.model.totals import DATE_KEYS, TotalsRoles
from schema.storage.columns import TANGLED

from ..revision import CURRENT
from ..text import literals, quote_literal
from .comparison_limits import MAX_TANGLED

MAX_COUNTED = MAX_TANGLED  # Sums of a country and a measure that are counted; totals compare no more.
MAX_VALUE_WIDTH = 100  # Bytes, on average. Of longer texts no sample is read: there are a hundred in each.


def statistics(kinds: Kinds) -> str:
    """A statement for one row: the newest revision; of each table its name, rows and pages; and of each field
    its common values, a sample of the others in their order and, of lists, their average length (the last number of `elem_count_histogram`), and the average bytes of a value;
    of each country and measure how many sums have to be compared; and of the events with most sums, which share of these they have.

    Reading it takes some milliseconds, and waits for nothing but a lock that keeps all others from reading the sums or the events.
    """
    tables = _texts([*kinds, *(table for kind in kinds.values() for table in _further_tables(kind))])
    fields = _texts(sorted({"id", "search", *(field for kind in kinds.values() for field in kind.fields)}))
    columns = [field for kind in kinds.values() for field in kind.fields.values() if {"lt", "contains"} & {*field.type.operators}]
    sampled = _texts(sorted({"search", DATE_KEYS[0], *(field.name for field in columns)}))
    of_sums = [
        "shape",
        "disputed",
        DATE_KEYS[0],
        *(kind.totals.country for kind in kinds.values() if kind.totals),
        *(name for kind in kinds.values() for name in kind.computed),
    ]
    of_claims = sorted({*CLAIM_FIELDS, *CONDITION_COLUMNS.values()})
    return f"""
select {CURRENT} as revision, (
  select coalesce(json_agg(json_build_array(relname, reltuples, relpages)), '[]')::text
  from pg_class
  where relnamespace = current_schema()::regnamespace and relname = any({tables})
) as tables, (
  select coalesce(json_agg(json_build_array(
    tablename, attname, null_frac, n_distinct, case when avg_width <= {MAX_VALUE_WIDTH} then most_common_vals::text::text[] end,
    most_common_freqs, case when attname = any({sampled}) and avg_width <= {MAX_VALUE_WIDTH} then histogram_bounds::text::text[] end,
    elem_count_histogram[cardinality(elem_count_histogram)], avg_width
  )), '[]')::text
  from pg_stats
  where schemaname = current_schema() and (
    tablename = any({_texts(kinds)}) and attname = any({fields})
    or tablename = any({_texts(f"{name}_claim" for name in kinds)}) and attname = any({_texts(of_claims)})
    or tablename = any({_texts(f"{kind.name}_sum" for kind in kinds.values() if kind.totals)}) and attname = any({_texts(of_sums)})
  )
) as columns, {_compared(kinds)} as compared, {_of_events(kinds)} as events"""


def _compared(kinds: Kinds) -> str:
    """For each kind with totals, how many of its sums have to be compared with one another, as JSON: of each country and measure, and of no country,
    their number, up to `MAX_COUNTED`, the first and the last of their months, null where not all are counted, and how many of them are flows."""
    counted = (
        f"json_build_array({quote_literal(kind.name)}, {_of_countries(kind, kind.totals)})" for kind in kinds.values() if kind.totals
    )
    return f"json_build_array({', '.join(counted)})::text"


def _of_countries(kind: Kind, t: TotalsRoles) -> str:
    """The countries and measures one after the other, each by a look into the index of shapes, countries, measures, months and bases; counting them needs nothing else.

    What PostgreSQL knows of the values of columns would be no bound: it is a sample, taken before the last load, and few events of a country may have most sums.
    """
    country, measure, month, flow = f"s.{t.country}", f"s.{t.measure}", f"s.{DATE_KEYS[0]}", f"s.{t.basis} = {quote_literal(t.flow)}"
    sums = f"from {kind.name}_sum s where s.shape = {TANGLED}"
    first = f"order by {country}, {measure} limit 1"
    return f"""(
  with recursive found_(country, measure) as (
    (select {country}, {measure} {sums} and {country} is not null {first})
    union all
    select n.country, n.measure from found_ f cross join lateral (
      select {country} as country, {measure} as measure {sums} and ({country}, {measure}) > (f.country, f.measure) {first}) n
  ), counted_ as (
    select f.country, f.measure, c.* from found_ f cross join lateral (
      select count(*) as number, min(c.month) as since, max(c.month) as until, count(*) filter (where c.flow) as flows
      from (select {month} as month, {flow} as flow {sums} and {country} = f.country and {measure} = f.measure limit {MAX_COUNTED}) c) c
    union all
    select null, null, count(*), min(c.month), max(c.month), count(*) filter (where c.flow) from (select {month} as month, {flow} as flow {sums} and {country} is null limit {MAX_COUNTED}) c
  )
  select coalesce(json_agg(json_build_array(country, measure, number,
    case when number < {MAX_COUNTED} then since end, case when number < {MAX_COUNTED} then until end, flows)), '[]')
  from counted_ where number > 0
)"""


def _of_events(kinds: Kinds) -> str:
    """For each kind with totals, as JSON: the ids of the events that PostgreSQL has sampled most often, with the share of the sums that each has.

    Any event with some thousands of sums is among them, since most have a few.
    """
    sampled = (_of_sampled_events(kinds, kind, kind.totals) for kind in kinds.values() if kind.totals)
    return f"json_build_array({', '.join(sampled)})::text"


def _of_sampled_events(kinds: Kinds, kind: Kind, t: TotalsRoles) -> str:
    event = kinds.linked_kind(kind, t.event)
    return f"""json_build_array({quote_literal(kind.name)}, (
  select coalesce(json_object_agg(e.id, u.share), '{{}}') from pg_stats s
  cross join lateral unnest(s.most_common_vals::text::bigint[], s.most_common_freqs) u(key, share) join {event.name} e on e.key = u.key
  where s.schemaname = current_schema() and s.tablename = {quote_literal(f"{kind.name}_sum")} and s.attname = {quote_literal(t.event)}
))"""


def _further_tables(kind: Kind) -> Iterator[str]:
    """The tables of a kind beside that of its live records."""
    yield from (f"{kind.name}_history", f"{kind.name}_claim", f"{kind.name}_claim_history", f"{kind.name}_withheld")
    if kind.totals:
        yield f"{kind.name}_sum"


def _texts(names: Iterable[str]) -> str:
    return f"array[{literals(names)}]::text[]"

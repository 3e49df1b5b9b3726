"""The statements that select the records for which a load is refused. Text; no I/O."""

from __future__ import annotations

from collections.abc import Iterator

from schema.model.field import Field
from schema.model.kind import Kind

from ..columns import column_list
from ..text import quote_literal
from .impossible import impossible_number

# The names of statements that select the records for which a load is refused: id and field; of contradictory and impossible ones also the claims.
CHECKS = ("rootless", "incomplete", "contradictory", "impossible")
MAX_CONTRADICTIONS = 100  # Pairs of claims that a refusal names.


def checks(kind: Kind, rows: str) -> Iterator[tuple[str, str]]:
    """Select the records for which a load is refused: of `rows`, those that lack a required field, and those without a root; impossible ones."""
    if kind.quantities:
        yield "impossible", impossible(kind)
    if kind.root:
        field = f"case when n.{kind.revises} is not null then '{kind.revises}' else '{kind.root}' end" if kind.revises else f"'{kind.root}'"
        yield "rootless", f"select n.id, {field} as field from settled_{kind.name} n where n.root is null"
    if required := [field.name for field in kind.fields.values() if field.required]:
        lacks = {name: f"n.{name} is null" for name in required}
        together = [field.name for field in kind.describing] if kind.told_together else []
        lacks |= {name: f"n.{name} is null or n.{name}_claim <> n.{together[0]}_claim" for name in together}
        lacking = ", ".join(f"case when {condition} then '{name}' end" for name, condition in lacks.items())
        some = " or ".join(lacks.values())
        yield (
            "incomplete",
            (
                f"select n.id, lacking.field from {rows} n cross join lateral unnest(array[{lacking}]) lacking(field)\n"
                f"where ({some}) and lacking.field is not null"
            ),
        )


def contradictory(kind: Kind) -> str:
    """Select the records about which a source contradicts itself in what they are: id, field, source, and its two claims with what they say.

    One of the claims is of revision $1: what was accepted earlier is not judged again. `together`: all of them are, as after an undo.
    """
    name, says = kind.name, ", ".join(f"('{field.name}', {_as_text(kind, field)})" for field in kind.told)
    differ = " or ".join(f"min({field.name}) <> max({field.name})" for field in kind.told)
    told = column_list(["key", "record", "source", "added_in", *(field.name for field in kind.told)])
    return f"""
with told as (
  select {told} from {name}_claim where record in (select record from several_{name}) and rank <> 'deprecated'
), split as (
  select record, source from told group by record, source having bool_or(added_in = $1) and ({differ})
), said as (
  select record, source, field, value, (array_agg(key order by (added_in = $1) desc, key))[1] as key,
    bool_or(added_in = $1) as new, bool_and(added_in = $1) as only_new
  from split join told using (record, source) cross join lateral (values {says}) told_(field, value) where value is not null
  group by record, source, field, value
)
select coalesce(l.id, k.id) as id, one.field, coalesce(s.id, n.id) as source, one.value as one, other.value as other,
  concat_ws(', ', first.collection, first.locator) as first, concat_ws(', ', second.collection, second.locator) as second,
  one.only_new and other.only_new as together
from said one join said other on other.record = one.record and other.source = one.source and other.field = one.field
join {name}_claim first on first.key = one.key join {name}_claim second on second.key = other.key
left join {name} l on l.key = one.record left join keys_{name} k on k.key = one.record
left join source s on s.key = one.source left join keys_source n on n.key = one.source
where one.value < other.value and (one.new or other.new)
order by 1, 2, 4, 5 limit {MAX_CONTRADICTIONS}
"""


def impossible(kind: Kind) -> str:
    """Select the numbers that nothing can have once claims are put together: id, field, the number, its claim, and what another claim says is counted.

    One of the two claims is of revision $1. `together`: both are. Claims that say themselves what they count were checked by themselves.
    """
    declared, name = kind.quantities, kind.name
    assert declared is not None
    numbers = ", ".join(
        f"({quote_literal(number)}, c.{number}, {impossible_number(declared, number, f'n.{declared.measure}')})"
        for number in declared.numbers
    )
    return f"""
select n.id, number.field, concat_ws(' ', number.value, c.{declared.unit}) as value, n.{declared.measure} as counted, coalesce(s.id, k.id) as source,
  concat_ws(', ', c.collection, c.locator) as place, c.added_in = $1 and m.added_in = $1 as together
from settled_{name} n join {name}_claim m on m.key = n.{declared.measure}_claim
join {name}_claim c on c.record = n.key and c.{declared.measure} is null and c.rank <> 'deprecated'
cross join lateral (values {numbers}) number(field, value, wrong)
left join source s on s.key = c.source left join keys_source k on k.key = c.source
where n.key in (select record from several_{name}) and number.wrong and (c.added_in = $1 or m.added_in = $1)
order by 1, 2, 5 limit {MAX_CONTRADICTIONS}
"""


def another_thing(kind: Kind) -> str:
    """Select new claims, of revision $1, that say of a record that it is another thing than a claim of another source says; at most $2.

    Only what every claim about such a record must give is compared, such as the event of a figure. The records are those with several claims.
    """
    name = kind.name
    compared = column_list(["key", "record", "source", "added_in", "locator", "collection", *(field.name for field in kind.describing)])
    split = " or ".join(f"min({field.name}) <> max({field.name})" for field in kind.describing)
    said = ", ".join(
        f"({quote_literal(field.name)}, {_as_text(kind, field, 'n')}, {_as_text(kind, field, 'o')})" for field in kind.describing
    )
    return f"""
with compared as materialized (
  select {compared} from {name}_claim where record in (select record from several_{name}) and rank <> 'deprecated'
), split as materialized (
  select * from compared where record in (select record from compared group by record having bool_or(added_in = $1) and ({split}))
)
select distinct on (id) coalesce(l.id, k.id) as id, said.field, said.new, said.other, s.id as source, t.id as other_source,
  concat_ws(', ', o.collection, o.locator) as place
from split n join split o on o.record = n.record and o.source <> n.source
join source s on s.key = n.source join source t on t.key = o.source
cross join lateral (values {said}) said(field, new, other)
left join {name} l on l.key = n.record left join keys_{name} k on k.key = n.record
where n.added_in = $1 and said.new <> said.other
  and (o.added_in < n.added_in or o.added_in = n.added_in and t.id < s.id)  -- Of two new ones, one is named.
order by id, s.id, n.locator, o.added_in, t.id, o.locator limit $2
"""


def _as_text(kind: Kind, field: Field, claims: str = "") -> str:
    """What a claim says in a field, as people read it. `claims`: the alias of its table."""
    target, column = field.type.ref, f"{claims}.{field.name}" if claims else field.name
    if target is None:
        return f"{column}::text"
    return f"coalesce((select r.id from {target} r where r.key = {column}), (select r.id from keys_{target} r where r.key = {column}))"

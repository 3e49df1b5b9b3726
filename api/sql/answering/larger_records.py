"""The larger records that actors and places are part of, as SQL, and which places may overlap although neither is declared part of the other.

Two records, neither of them part of the other, have nothing in common if the one or something around it is of a type that is separate from that of
the other or of something around it: what both are part of aside. Every other two may have.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from schema.model.kind import Kind

from ..text import quote_literal
from .comparison_limits import MAX_PAIRS, TOO_MANY_PAIRS, unless
from .scope import Scope

NOTHING = 0  # In place of the key of the record that another is part of, if it is part of none.


def lines(
    scope: Scope, kind: Kind, name: str, start: str, type_field: str, disjoint: Sequence[tuple[str, str]], country: str = ""
) -> Iterator[str]:
    """`…_chain_` and `…_line_`: the records whose keys `start` selects, with all that each is part of.

    In a line, `types` has a bit for the type of each record, and `separate` the bits of the types that have nothing in common with it. A chain has a
    row for each step: the line so far, with the bits of all its types, and `further`, the record that comes next.
    `country`: the field with the code of the country, if there is one.
    """
    nesting, records = scope.kinds.nesting_field(kind), scope.records(kind)
    further = f"k.{nesting.name}" if nesting else "null::bigint"
    bit, mask = (_bits(kind, type_field, disjoint, separate) for separate in (False, True))
    country_code = f"array_remove(array[k.{country}], null)" if country else "'{}'::text[]"
    yield f"""{name}_chain_(key, further, line, types, separate, types_so_far, separate_so_far, countries) as (
  select k.key, {further}, array[k.key], array[{bit}], array[{mask}], {bit}, {mask}, {country_code}
  from ({start}) s(key) cross join lateral (select * from {records} k where k.key = s.key offset 0) k
  union all
  select c.key, {further}, c.line || k.key, c.types || {bit}, c.separate || {mask}, c.types_so_far | {bit}, c.separate_so_far | {mask}, c.countries || {country_code}
  from {name}_chain_ c cross join lateral (select * from {records} k where k.key = c.further and k.key <> all(c.line) offset 0) k)"""
    yield f"""{name}_line_ as materialized (
  select distinct on (key) key, line, types, separate, countries from {name}_chain_ order by key, cardinality(line) desc)"""


def _bits(kind: Kind, type_field: str, disjoint: Sequence[tuple[str, str]], separate: bool) -> str:
    """The bit of the type of a record `k` or, if `separate`, those of the types that have nothing in common with it."""
    vocabulary = kind.fields[type_field].type.vocabulary
    assert vocabulary is not None
    bit = {code: 1 << number for number, code in enumerate(vocabulary.codes)}
    both = {*disjoint, *(pair[::-1] for pair in disjoint)}
    numbers = {code: sum(bit[other] for one, other in both if one == code) if separate else bit[code] for code in bit}
    cases = " ".join(f"when {quote_literal(code)} then {number}" for code, number in numbers.items() if number)
    return f"case k.{type_field} {cases} else 0 end"


def apart(one: str, other: str, name: str) -> str:
    """Whether the lines `name` of two different records have nothing in common; null if one is part of the other."""
    separate, types = (
        f"(select bit_or(u.bits) from unnest({mine}.{name}s, {mine}.{name}_{bits}) u(key, bits) where u.key <> all({theirs}.{name}s))"
        for mine, theirs, bits in ((one, other, "separate"), (other, one, "types"))
    )
    return f"case when {one}.{name} <> {other}.{name} then {separate} & {types} <> 0 end"


def places_beside(limited: bool) -> Iterator[str]:
    """`beside_`: for each event and each place near it in `near_`, the places of its sets in `sets_` that may overlap that place, by their keys.

    They are found by what both are part of, and by the types of what is below that: to compare all places of an event would be quadratic.
    If `limited`, the statement fails if they are too many.
    """
    most = 2 * MAX_PAIRS
    few = f" where {unless(f'count(*) > {most}', TOO_MANY_PAIRS, 'beside_pair_')}" if limited else ""
    inside = f"coalesce(c.further, {NOTHING}) as inside"
    yield f"""near_step_ as materialized (
  select s.event, s.place, {inside}, c.separate_so_far
  from (select distinct above as event, near_place as place from near_ where near_place is not null) s join place_chain_ c on c.key = s.place)"""
    yield f"""placed_step_ as materialized (
  select s.event, s.place, {inside}, c.types_so_far
  from (select distinct event, placed as place from sets_ where placed is not null) s join place_chain_ c on c.key = s.place)"""
    yield f"""beside_pair_ as materialized (
  select distinct n.event, n.place, p.place as other
  from near_step_ n join (select distinct event, inside, types_so_far from placed_step_) t on t.event = n.event and t.inside = n.inside and t.types_so_far & n.separate_so_far = 0
  join placed_step_ p on p.event = t.event and p.inside = t.inside and p.types_so_far = t.types_so_far
  join place_line_ x on x.key = n.place join place_line_ y on y.key = p.place
  where x.countries = '{{}}' or y.countries = '{{}}' or x.countries && y.countries{f" limit {most + 1}" if limited else ""})"""
    yield f"beside_ as materialized (select event, place, array_agg(other) as others from beside_pair_{few} group by event, place)"

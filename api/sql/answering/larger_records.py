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
    nesting = scope.kinds.nesting_field(kind)
    bit, mask = (_bits(kind, type_field, disjoint, separate) for separate in (False, True))
    read = (
        f"select k.key, {f'k.{nesting.name}' if nesting else 'null::bigint'} as further, {bit} as bit, {mask} as mask, "
        f"{f'array_remove(array[k.{country}], null)' if country else 'array[]::text[]'} as country from {scope.records(kind)} k"
    )
    yield f"""{name}_chain_(key, further, line, types, separate, types_so_far, separate_so_far, countries) as (
  select k.key, k.further, array[k.key], array[k.bit], array[k.mask], k.bit, k.mask, k.country
  from ({start}) s(key) cross join lateral ({read} where k.key = s.key offset 0) k
  union all
  select c.key, k.further, c.line || k.key, c.types || k.bit, c.separate || k.mask, c.types_so_far | k.bit, c.separate_so_far | k.mask, c.countries || k.country
  from {name}_chain_ c cross join lateral ({read} where k.key = c.further and k.key <> all(c.line) offset 0) k)"""
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
    inside, line = (
        f"coalesce(c.further, {NOTHING}) as inside",
        "join place_chain_ c on c.key = s.place join place_line_ l on l.key = s.place",
    )
    yield f"""near_step_ as materialized (
  select s.event, s.place, {inside}, c.separate_so_far, l.countries
  from (select distinct above as event, near_place as place from near_ where near_place is not null) s {line})"""
    yield f"""placed_step_ as materialized (
  select s.event, s.place, {inside}, c.types_so_far, l.countries
  from (select distinct event, placed as place from sets_ where placed is not null) s {line})"""
    # A step of its own, or the planner would join all places of an event before it compares their types.
    yield """fitting_step_ as materialized (
  select n.*, t.types_so_far from near_step_ n join (select distinct event, inside, types_so_far from placed_step_) t on t.event = n.event and t.inside = n.inside
  where t.types_so_far & n.separate_so_far = 0)"""
    yield f"""beside_pair_ as materialized (
  select distinct n.event, n.place, p.place as other
  from fitting_step_ n join placed_step_ p on p.event = n.event and p.inside = n.inside and p.types_so_far = n.types_so_far
  where n.countries = '{{}}' or p.countries = '{{}}' or n.countries && p.countries{f" limit {most + 1}" if limited else ""})"""
    yield f"beside_ as materialized (select event, place, array_agg(other) as others from beside_pair_{few} group by event, place)"

"""The larger records that actors and places are part of, as SQL, and which places may overlap although neither is declared part of the other.

Two records, neither of them part of the other, have nothing in common if the one or something around it is of a type that is separate from that of
the other or of something around it: what both are part of aside. Every other two may have.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from schema.model.kind import Kind
from schema.model.totals import ALWAYS_KEYS, NESTED_KEYS

from ..text import quote_literal
from .comparison_limits import DENSE, MAX_PAIRS, TOO_MANY_PAIRS, unless
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


def places_beside(apart: Sequence[str], limited: bool) -> Iterator[str]:
    """`beside_`: for each event and each place near it in `near_`, the places of its sets in `sets_` that may overlap that place, by their keys.

    They are found by what both are part of, and by the types of what is below that: to compare all places of an event would be quadratic.
    Where too many places of one event may overlap, they are not paired: its sets with a place are in `crowd_`, divided by the type of the place or, if their
    source separates those of one event, by `disaggregation`. Of these parts, whose sets are disjoint, the one that states the most is kept, and `aside_` has
    the others. If `limited`, the statement fails if there are too many pairs of places. Sets of different values of the keys in `apart` are not compared.
    """
    most = 2 * MAX_PAIRS
    few = f" where {unless(f'count(*) > {most}', TOO_MANY_PAIRS, 'beside_pair_')}" if limited else ""
    compared = ("above", *ALWAYS_KEYS, *apart)  # Only sets that have these in common are compared.
    keys, values = ", ".join(compared), ", ".join((*ALWAYS_KEYS, *(f"coalesce({key}, {no(key)}) as {key}" for key in apart)))
    same = _equal(compared)
    inside, line = (
        f"coalesce(c.further, {NOTHING}) as inside",
        "join place_chain_ c on c.key = s.place join place_line_ l on l.key = s.place",
    )
    yield f"""near_step_ as materialized (
  select s.*, {inside}, c.separate_so_far, l.countries
  from (select distinct above, {values}, near_place as place, case when same then disaggregation end as disaggregation from near_ where near_place is not null) s {line})"""
    yield f"""placed_step_ as materialized (
  select s.*, {inside}, c.types_so_far, l.countries
  from (select distinct event as above, {values}, placed as place, disaggregation from sets_ where placed is not null) s {line})"""
    # A step of its own, or the planner would join all places of an event before it compares their types.
    shape = f"{keys}, inside, types_so_far, countries, disaggregation"
    yield f"""fitting_step_ as materialized (
  select {_of("n", compared)}, n.place, n.inside, t.types_so_far, t.countries, t.disaggregation, t.places
  from near_step_ n join (select {shape}, count(*) as places from placed_step_ group by {shape}) t on {same("t", "n")} and t.inside = n.inside
  where t.types_so_far & n.separate_so_far = 0 and (n.countries = '{{}}' or t.countries = '{{}}' or n.countries && t.countries)
    and (t.disaggregation = n.disaggregation) is not true)"""
    yield from _crowd(compared, values)
    yield f"""beside_pair_ as materialized (
  select distinct {_of("n", compared)}, n.place, p.place as other
  from fitting_step_ n join placed_step_ p on {same("p", "n")} and p.inside = n.inside and p.types_so_far = n.types_so_far and p.countries = n.countries
    and p.disaggregation is not distinct from n.disaggregation
  where not exists (select from crowd_ k where {same("k", "n")}){f" limit {most + 1}" if limited else ""})"""
    named = ", ".join(f"{column} as beside_{column}" for column in (*compared, "place"))
    yield f"beside_ as materialized (select {named}, array_agg(other) as others from beside_pair_{few} group by {keys}, place)"


def _crowd(compared: Sequence[str], values: str) -> Iterator[str]:
    """`crowd_` and `aside_`."""
    keys, same = ", ".join(compared), _equal(compared)
    yield f"""crowd_ as materialized (
  select n.node, {_of("d", compared)}, case when n.same then n.disaggregation end as disaggregation,
    case when not n.same or n.disaggregation is null then l.types[1] end as type
  from (select {keys} from fitting_step_ group by {keys} having sum(places) > {DENSE}) d
  join (select node, same, near_place, disaggregation, above, {values} from near_) n on {same("n", "d")} join place_line_ l on l.key = n.near_place)"""
    yield f"""aside_ as materialized (
  select distinct k.node from crowd_ k join (
    select distinct on ({keys}) {keys}, type, disaggregation from (
      select {_of("k", compared)}, k.type, k.disaggregation, sum(greatest(c.low, c.best)) as most from crowd_ k join compared_ c on c.key = k.node
      group by {_of("k", compared)}, k.type, k.disaggregation
    ) p order by {keys}, most desc nulls last, type, disaggregation
  ) m on {same("m", "k")} and (m.type, m.disaggregation) is distinct from (k.type, k.disaggregation))"""


def beside(apart: Sequence[str]) -> str:
    """A join of the row `b` of `beside_` of a set `n` in `near_`."""
    columns = [f"n.{key}" for key in ("above", *ALWAYS_KEYS)] + [f"coalesce(n.{key}, {no(key)})" for key in apart] + ["n.near_place"]
    names = [f"b.beside_{column}" for column in ("above", *ALWAYS_KEYS, *apart, "place")]
    return f"left join beside_ b on {' and '.join(f'{name} = {column}' for name, column in zip(names, columns, strict=True))}"


def no(key: str) -> str:
    """The value in place of an unknown one where sets of different values are not compared."""
    return "0" if key in NESTED_KEYS else "''"


def _of(alias: str, columns: Sequence[str]) -> str:
    return ", ".join(f"{alias}.{column}" for column in columns)


def _equal(columns: Sequence[str]) -> Callable[[str, str], str]:
    """Gives the condition that two relations have the same in these columns."""
    return lambda one, other: " and ".join(f"{one}.{column} = {other}.{column}" for column in columns)

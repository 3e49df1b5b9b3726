"""The statements that set impossible stored numbers to null, as schema/model/quantities.py declares them. Text; no I/O.

A number is cleared in the live and in the withheld claims, and stays in `original`. History keeps what it said, as it keeps everything.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from schema.model.claim_table import claim_table
from schema.model.kind import Kind
from schema.model.quantities import Quantities
from schema.storage.columns import claim_names

from ..columns import column_list
from ..text import literals, quote_literal
from .digests import claim_digest
from .withdraw import insert_withheld

MAX_LISTED = 100


def impossible_number(declared: Quantities, number: str, measure: str = "") -> str:
    """Whether a number of the claim `c` is impossible for its unit and its measure, or for another `measure`, in SQL."""
    measure, unit = measure or f"c.{declared.measure}", f"c.{declared.unit}"
    negative = f"c.{number} < 0"
    if declared.signed:
        negative += f" and coalesce({measure} not in ({literals(declared.signed)}), true)"
    with_fractions = [name for name in declared.units if declared.can_have_fractions(name, None)]
    fraction = f"coalesce({unit} in ({literals(declared.fractional)}), {measure} in ({literals(with_fractions)}), true)"
    units = " ".join(f"when {quote_literal(name)} then {unit} not in ({literals(units)})" for name, units in declared.units.items())
    return f"coalesce(({negative}) or (c.{number} <> trunc(c.{number}) and not {fraction}) or (c.{number} is not null and case {measure} {units} end), false)"


def _any(declared: Quantities) -> str:
    return " or ".join(impossible_number(declared, number) for number in declared.numbers)


def exist(kind: Kind) -> str:
    """Whether a live claim, public or withheld, has an impossible number."""
    assert kind.quantities is not None
    condition = _any(kind.quantities)
    return (
        f"select exists (select from {kind.name}_claim c where {condition}) "
        f"or exists (select from {kind.name}_withheld c where c.removed_in is null and ({condition}))"
    )


def contradictions(kind: Kind) -> str:
    """The live claims, public or withheld, that have impossible numbers: a text for each number."""
    assert kind.quantities is not None
    public = f"from {kind.name}_claim c join {kind.name} r on r.key = c.record where true"
    withheld = f"from {kind.name}_withheld c where c.removed_in is null"
    return "\nunion all\n".join(
        f"select '{prefix}{kind.name} ' || {id} || ', {number}: is ' || c.{number} || ', which is impossible for what it counts' {rows} "
        f"and {impossible_number(kind.quantities, number)}"
        for prefix, id, rows in (("", "r.id", public), ("withheld ", "c.id", withheld))
        for number in kind.quantities.numbers
    )


def _cleared(kind: Kind, columns: Iterable[str]) -> str:
    """These columns of the claim `c`, without its impossible numbers, which `original` gets under the names of their fields."""
    declared = kind.quantities
    assert declared is not None
    kept = " || ".join(
        f"case when {impossible_number(declared, number)} then jsonb_build_object({quote_literal(number)}, c.{number}) else '{{}}'::jsonb end"
        for number in declared.numbers
    )
    values = {number: f"case when not {impossible_number(declared, number)} then c.{number} end" for number in declared.numbers}
    values["original"] = f"{kept} || coalesce(c.original, '{{}}'::jsonb)"
    return ", ".join(f"{values.get(name, f'c.{name}')} as {name}" for name in columns)


def clear(kind: Kind) -> Iterator[tuple[str, str]]:
    """Name and text of each statement, in order; $1 is the revision, if a text has it. Fills `touched` with the records to settle again."""
    name, declared = f"{kind.name}_claim", kind.quantities
    assert declared is not None
    columns = [column for column in claim_names(kind) if column != "added_in"]
    content = [*declared.numbers, "original"]
    yield (
        "cleared",
        f"""
create temp table cleared_{kind.name} on commit drop as
select c.key, {_cleared(kind, columns)}, (select r.id from {kind.name} r where r.key = c.record) as id_ from {name} c where {_any(declared)}
""",
    )
    yield (
        "kept",
        f"""
insert into {name}_history (key, {column_list(claim_names(kind))}, digest, removed_in, reason)
select c.key, {column_list(claim_names(kind), "c")}, c.digest, $1, 'method_changed' from {name} c join cleared_{kind.name} m on m.key = c.key
""",
    )
    yield (
        "changed",
        f"""
update {name} c set {", ".join(f"{column} = m.{column}" for column in content)}, added_in = m.added_in, digest = {claim_digest(kind, "m", "m.id_")}
from (select *, $1::bigint as added_in from cleared_{kind.name}) m where m.key = c.key
""",
    )
    yield "touch", f"insert into touched_{kind.name} select distinct record from cleared_{kind.name}"
    yield (
        "withheld",
        f"create temp table cleared_withheld_{kind.name} on commit drop as select c.key as stood, {_cleared(kind, claim_table(kind))} "
        f"from {kind.name}_withheld c where c.removed_in is null and ({_any(declared)})",
    )
    yield "withheld kept", f"update {kind.name}_withheld w set removed_in = $1 from cleared_withheld_{kind.name} m where m.stood = w.key"
    yield (
        "withheld changed",
        insert_withheld(kind, column_list([*claim_table(kind)], "m"), "$1::bigint", "null::bigint", f"cleared_withheld_{kind.name} m"),
    )


def first_cleared(kind: Kind) -> str:
    """The first cleared public claims: the id of the record, and the numbers that `original` has now."""
    assert kind.quantities is not None
    stated = ", ".join(f"'{number}', h.{number}" for number in kind.quantities.numbers)
    return f"""
select m.id_ as id, (
  select string_agg(e.key || ' ' || e.value, ', ' order by e.key)
  from {kind.name}_claim_history h, jsonb_each_text(jsonb_build_object({stated})) e
  where h.key = m.key and h.removed_in = $1 and e.value is not null and (to_jsonb(m) ->> e.key) is null
) as numbers
from cleared_{kind.name} m order by 1 limit {MAX_LISTED}
"""

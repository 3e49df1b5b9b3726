"""Whether claims about one record contradict each other in a field or in a group of fields: SQL aggregates over the claims. Text; no I/O.

Null means "not said" and contradicts nothing. docs/model.md has the definition.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from schema.model.field import APART, Field
from schema.model.kind import Kind
from schema.model.types import DATE, NUMBER

from ..preference import RULES, covered
from .scope import Scope
from .summable import code_list

LEAST = (
    "0.0000000001"  # Less than any difference between two numbers, which have nine decimals: "more than 500" is at least this much more.
)


@dataclass(frozen=True)
class Said:
    """What one claim says of a field, as SQL expressions; null where it says nothing.

    `value`: what it gives. `apart`: what must be the same for two values to be about the same thing. `number`: the value, to be compared with
    those of other fields. `above`, `below`: numbers that the field cannot be below or above, from a claim that does not give it.
    """

    value: str
    apart: str = "null"
    number: str = "null"
    above: str = "null"
    below: str = "null"


def said(kind: Kind, field: Field, claim: str) -> Said:
    """What a claim says of a field."""
    value = f"{claim}.{field.name}"
    if field.qualifies:
        return Said(value)
    units = [f"{claim}.{other.name}" for other in kind.groups[field.group_name] if other.what == APART and other is not field]
    lesser = [one for one, other in kind.ordered_pairs if other is field]
    greater = [other for one, other in kind.ordered_pairs if one is field]
    return Said(
        value,
        f"case when {value} is not null then nullif(concat_ws(' ', {', '.join(units)}), '') end" if units else "null",
        _number(kind, field, claim) if lesser or greater else "null",
        f"case when {value} is null then greatest({_numbers(kind, lesser, claim)}) end" if lesser else "null",
        f"case when {value} is null then least({_numbers(kind, greater, claim)}) end" if greater else "null",
    )


def _numbers(kind: Kind, fields: Iterable[Field], claim: str) -> str:
    return ", ".join(_number(kind, field, claim) for field in fields)


def _number(kind: Kind, field: Field, claim: str) -> str:
    """A value as a number that can be compared with those of other fields; one that its source excludes is a little off."""
    value = f"{claim}.{field.name}"
    if field.type is DATE:
        return f"({value} - date '2000-01-01')::numeric"
    if kind.quantities is None or not (codes := kind.quantities.excluded(field.name)):
        return f"{value}::numeric"
    sign = "+" if field.name == kind.quantities.numbers[0] else "-"
    return f"({value} {sign} case when {claim}.{kind.quantities.quantifier} in ({code_list(codes)}) then {LEAST} else 0 end)"


def opposing(kind: Kind, fields: Iterable[Field]) -> tuple[Field, ...]:
    """The fields of other groups whose values can exclude those of some fields, such as the first day of an actor its last one."""
    found: dict[Field, None] = {}
    for field in fields:
        for pair in kind.ordered_pairs:
            if field in pair and pair[0].group_name != pair[1].group_name:
                found[pair[1] if field is pair[0] else pair[0]] = None
    return tuple(found)


def live_claim(claim: str) -> str:
    """A condition: a claim is not known to be wrong."""
    return f"{claim}.rank <> 'deprecated'"


def by_rule(scope: Scope, condition: str, earlier: str) -> str:
    """A condition, or what stands in its place as of revisions that an earlier rule settled: what was answered then stays."""
    if scope.at.now:
        return condition
    names = code_list([rule.name for rule in RULES.values() if not rule.whole])
    return f"case when (select r.rule in ({names}) from revision r where r.id = {scope.revision}) then {earlier} else {condition} end"


def group_stated_differently(kind: Kind, group: str, claim: str, live: str) -> str:
    """Whether they do not all say the same of a group: a weaker condition, which earlier rules called a dispute about each of its fields."""
    fields = kind.groups[group]
    value = ", ".join(f"{claim}.{field.name}" for field in fields)
    return f"(count(distinct ({value})) filter (where {live} and {covered(fields, claim)}) > 1)"


def disputed(kind: Kind, field: Field, claim: str, live: str) -> str:
    """Whether those claims for which the condition `live` holds contradict each other in a field."""
    return f"({' or '.join(_contradictions(said(kind, field, claim), f' filter (where {live})'))})"


def group_disputed(kind: Kind, group: str, claim: str, live: str) -> str:
    """Whether they do so in any field of a group that says something by itself, or says what the record is."""
    return f"({' or '.join(disputed(kind, field, claim, live) for field in kind.compared(group))})"


def _contradictions(what: Said, filter: str) -> list[str]:
    found = [f"count(distinct {value}){filter} > 1" for value in (what.value, what.apart) if value != "null"]
    if what.above != "null":
        found.append(f"coalesce(max({what.above}){filter} > min({what.number}){filter}, false)")
    if what.below != "null":
        found.append(f"coalesce(min({what.below}){filter} < max({what.number}){filter}, false)")
    return found


# Of many fields at once

SAID = ("value", "apart", "number", "above", "below", "whole")


def said_of_all(kind: Kind, fields: Sequence[Field], claim: str, earlier: bool) -> list[str]:
    """For each name in SAID, an array of what a claim says of each of some fields. `earlier`: also what it says of the whole group, for earlier rules."""
    every = [said(kind, field, claim) for field in fields]
    values = ", ".join(
        f"trim_scale({one.value})::text" if field.type is NUMBER else f"{one.value}::text" for field, one in zip(fields, every, strict=True)
    )
    aparts, *numbers = ([getattr(one, name) for one in every] for name in SAID[1:-1])
    groups = (", ".join(f"{claim}.{one.name}" for one in kind.groups[field.group_name]) for field in fields)
    whole = ", ".join(f"hash_record_extended(row({group}), 0)" for group in groups) if earlier else "null"
    return [
        f"array[{values}]", f"array[{', '.join(aparts)}]::text[]", *(f"array[{', '.join(column)}]::numeric[]" for column in numbers), f"array[{whole}]::bigint[]",
    ]  # fmt: skip


def any_disputed(scope: Scope, row: str) -> str:
    """The same as `disputed`, over rows that have what live claims say of one field, in columns with the names in SAID."""
    value, apart, number, above, below, whole = (f"{row}.{name}" for name in SAID)
    found = (
        f'(coalesce(min({value} collate "C") <> max({value} collate "C"), false) or coalesce(min({apart}) <> max({apart}), false) '
        f"or coalesce(max({above}) > min({number}), false) or coalesce(min({below}) < max({number}), false))"
    )
    return by_rule(scope, found, f"(min({whole}) <> max({whole}))")

"""What the conditions of totals say of the stored sums: whether these have all that they name, and whether an index finds the rows."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from schema.model.totals import NESTED_KEYS, SEPARATE_KEYS, TotalsRoles

from ...query.nodes import Condition, ContributingRecords, Related, TotalsNode, Where

TOGETHER = "group"  # The first part of the names of the columns with the numbers of entire stars.


def own_conditions(tree: Where) -> Iterator[Condition | Related]:
    """The conditions on the records themselves, at any depth; one on a linked record is one on the link."""
    for part in tree.parts:
        if isinstance(part, Where):
            yield from own_conditions(part)
        else:
            yield part


def conjuncts(tree: Where) -> Iterator[Condition | Related]:
    """The conditions that every record of the answer meets."""
    for part in tree.parts if tree.how == "all" else ():
        if isinstance(part, Where):
            yield from conjuncts(part)
        else:
            yield part


def of_country(t: TotalsRoles, tree: Where) -> Where:
    """The conditions, with those on the country of the event as conditions on the records: the table has it."""
    return replace(tree, parts=tuple(of_country(t, part) if isinstance(part, Where) else _own(t, part) for part in tree.parts))


def _own(t: TotalsRoles, part: Condition | Related) -> Where | Condition | Related:
    inner = part.value if isinstance(part, Condition) else None
    if part.field is None or part.field.name != t.event or not isinstance(inner, Where):
        return part
    asked = list(own_conditions(inner))
    return inner if asked and all(one.field is not None and one.field.name == t.country for one in asked) else part


def are_stored(t: TotalsRoles, where: Where) -> bool:
    """Whether the table of sums has, as they are published, all fields that these conditions name."""
    fields = {t.event, t.measure, t.population, t.actor, t.place, t.unit, t.basis, t.origin, t.best, t.country}
    return all(part.field is not None and part.field.name in fields for part in own_conditions(where))


def stored_groups(t: TotalsRoles, node: TotalsNode) -> str | None:
    """The first part of the names of the columns with the numbers of stars, as this query compares their records; None if they are not stored.

    They are if all records of a star meet the conditions or none does, and all are in one row; or if those are that have the same value
    of a key, by which the query splits, as the one that contains them.
    """
    shared = {t.event, t.measure, t.unit, t.basis, t.origin, t.country}
    fixed = [part for part in conjuncts(node.where) if part.operator == "eq"]
    others = [part for part in own_conditions(node.where) if part.field is None or part.field.name not in shared]
    named = {part.field.name for part in others if part.field is not None}
    split = [key for key in SEPARATE_KEYS[:2] if key in node.by or getattr(t, key) in named]
    if not split and not others:
        return TOGETHER
    if len(split) == 1 and all(part in fixed and part.field is not None and part.field.name == getattr(t, split[0]) for part in others):
        return split[0]
    return None


def may_look_up_once(tree: Where) -> bool:
    """Whether there are conditions on linked or related records, and none that names one of the same links: with both, PostgreSQL would compare each row with all that were looked up."""
    parts = [*own_conditions(tree)]
    linked = {part.field for part in parts if part.operator == "match"}
    return any(isinstance(part, Related) or part.operator == "match" for part in parts) and not any(
        part.field in linked and part.operator == "eq" for part in parts
    )


def are_found_by_index(node: TotalsNode) -> bool:
    """Whether an index finds all rows of the sums that a query reads, whatever its values are, and nothing has to be joined with them."""
    t = node.kind.totals
    assert t is not None
    asked = replace(node, where=of_country(t, node.where))
    found = any(
        part.field is not None and part.field.name in (t.event, t.country) and part.operator == "eq" for part in conjuncts(asked.where)
    )
    linked = any(part.operator in ("match", "within") for part in own_conditions(asked.where))
    joined = linked or {*node.by} & {*NESTED_KEYS} or not are_stored(t, asked.where) or stored_groups(t, asked) is None
    compared = any(isinstance(part, ContributingRecords) for part in node.parts)  # With one another, whatever the stored sums say.
    return node.derived and found and not joined and not compared

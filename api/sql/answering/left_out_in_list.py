"""The reasons for which totals leave records out, computed for the conditions of one exported list."""

from __future__ import annotations

from dataclasses import replace

from schema.model.kind import Kind
from schema.model.totals import OVERLAP_REASONS
from schema.storage.columns import OUTERMOST, PART, TANGLED

from ...query.nodes import NO_CONDITION, Condition, Node, Page, Related, TotalsNode, Value, Where
from .scope import Scope
from .stored_sums import StoredSums
from .summable import code_list
from .totals_parts import TotalsSql

OWN_REASONS = "own_reasons_"
SUPERSEDED = OVERLAP_REASONS[2]


def conditions_of_its_own(page: Page, selection: tuple[Node, ...]) -> Where | None:
    """The conditions of a list that decide which records its totals would compare; None if there are none, or if the request does not need the result.

    A condition on a computed field selects among these records, and is not one of them.
    """
    selected = any(isinstance(node, Value) and node.field.name in page.kind.computed for node in selection)
    if page.where == NO_CONDITION or not (selected or _names_computed(page.kind, page.where)):
        return None
    if page.where.how != "all":
        return None if _names_computed(page.kind, page.where) else page.where
    parts = tuple(part for part in page.where.parts if not _names_computed(page.kind, part))
    return replace(page.where, parts=parts) if parts else None


def own_reasons(scope: Scope, kind: Kind, conditions: Where) -> str:
    """The common table expressions of a relation with the key and the reason of each record that totals with these conditions leave out.

    As in totals, the stored sums decide where they can: a part of a star is left out if the record that contains it meets the conditions too.
    """
    sql = TotalsSql(scope, TotalsNode("", kind, (), where=conditions))
    sums = StoredSums(scope, sql.node, sql.overlap, sql.bounds, sql.about_origin, sql.keys)
    reasons = f"(array[{code_list(OVERLAP_REASONS)}])"
    parts = [
        *sql.parts(deferred=False),
        f"""stored_ as materialized (
  select t.key, t.hub, t.shape, t.why, {sums.reason} as reason from {sums.relation} where t.shape <> {TANGLED} and {sums.condition})""",
        # Not a join with the outermost ones: expecting few of them, PostgreSQL would compare all with all.
        f"""{OWN_REASONS} as materialized (
  select key, reason from stored_ where reason is not null
  union all select p.key, {reasons}[p.why] from (
    select *, bool_or(shape = {OUTERMOST} and reason is null) over (partition by hub) as contained from stored_) p
    where p.shape = {PART} and p.reason is null and p.hub is not null and p.contained
  union all select key, reason from admitted_ where reason is not null
  union all select key, '{SUPERSEDED}' from compared_ where superseded
  union all select key, {reasons}[why] from verdict_ where why is not null)""",
    ]
    return f"with recursive {', '.join(parts)}"


def _names_computed(kind: Kind, part: Where | Condition | Related) -> bool:
    if isinstance(part, Condition):
        return part.field is not None and part.field.name in kind.computed
    return isinstance(part, Where) and any(_names_computed(kind, inner) for inner in part.parts)

"""The reasons for which totals leave records out, computed for the conditions of one exported list."""

from __future__ import annotations

from dataclasses import replace

from schema.model.kind import Kind
from schema.model.totals import OVERLAP_REASONS

from ...query.nodes import NO_CONDITION, Condition, Page, TotalsNode, Where
from .overlap import code_list
from .scope import Scope
from .totals_parts import TotalsSql

OWN_REASONS = "own_reasons_"
SUPERSEDED = OVERLAP_REASONS[2]


def conditions_of_its_own(page: Page) -> Where | None:
    """The conditions of a list that decide which records its totals would compare; None if there are none.

    A condition on a computed field selects among these records, and is not one of them.
    """
    if not page.kind.computed or page.where == NO_CONDITION:
        return None
    if page.where.how != "all":
        return None if _names_computed(page.kind, page.where) else page.where
    parts = tuple(part for part in page.where.parts if not _names_computed(page.kind, part))
    return replace(page.where, parts=parts) if parts else None


def own_reasons(scope: Scope, kind: Kind, conditions: Where) -> str:
    """The common table expressions of a relation with the key and the reason of each record that totals with these conditions leave out."""
    node = TotalsNode("", kind, (), where=conditions, derived=False)
    parts = [
        *TotalsSql(scope, node).parts(),
        f"""{OWN_REASONS} as materialized (
  select key, reason from admitted_ where reason is not null
  union all select key, '{SUPERSEDED}' from compared_ where superseded
  union all select key, (array[{code_list(OVERLAP_REASONS)}])[why] from verdict_ where why is not null)""",
    ]
    return f"with recursive {', '.join(parts)}"


def _names_computed(kind: Kind, part: Where | Condition) -> bool:
    if isinstance(part, Condition):
        return part.field is not None and part.field.name in kind.computed
    return any(_names_computed(kind, inner) for inner in part.parts)

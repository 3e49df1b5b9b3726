"""The GraphQL types of all kinds together: the class of Query, and the meaning of every field of every object type."""

from __future__ import annotations

from ...model.kinds import Kinds
from .checks import add_checks
from .drafts import Draft, Drafts, Member
from .filters import add_order, add_where
from .objects import NODE, add_connection, add_node, add_page_info, add_record, add_revision, add_withheld
from .provenance import CLAIM, add_claim, add_interfaces, add_provenance
from .root_types import add_query
from .search import add_search, declare_search
from .totals import add_totals


class Surface:
    """Every GraphQL type of some kinds, and the meaning of every field of every object type."""

    def __init__(self, kinds: Kinds) -> None:
        self.kinds = kinds
        drafts = Drafts(kinds)
        _declare(drafts)
        add_interfaces(drafts)
        for kind in kinds.values():
            add_record(drafts, kind)
            add_connection(drafts, kind)
            add_provenance(drafts, kind)
            add_claim(drafts, kind)
            add_where(drafts, kind)
            add_order(drafts, kind)
        for kind in kinds.summed:
            add_totals(drafts, kind)
            add_checks(drafts, kind)
        if kinds.searchable:
            add_search(drafts)
        self.query = add_query(drafts)
        drafts.finish()
        # By name of object type, then by name of field.
        self.members: dict[str, dict[str, Member]] = {name: draft.members for name, draft in drafts.objects.items()}


INTERFACES = {"": (NODE,), "Claim": (NODE, CLAIM)}  # Of the types of a kind, by the suffix of their names.


def _declare(drafts: Drafts) -> None:
    """Create the types that other types refer to; their fields are added afterwards."""
    add_node(drafts)
    add_page_info(drafts)
    add_revision(drafts)
    add_withheld(drafts)
    drafts.interface(CLAIM, "")
    if drafts.kinds.searchable:
        declare_search(drafts)
    for kind in drafts.kinds.values():
        for suffix in ("", "Connection", "Edge", "Provenance", "Claim", "ClaimConnection", "ClaimEdge"):
            drafts.object(f"{kind.graphql}{suffix}", "", *INTERFACES.get(suffix, ()))
        where, order = f"{kind.graphql}Where", f"{kind.graphql}Order"
        drafts.inputs[where] = Draft(where, f"Conditions on {kind.plural}. All of them must be met.")
        drafts.choices[order] = Draft(order, f"One field to sort {kind.plural} by, and the direction.")

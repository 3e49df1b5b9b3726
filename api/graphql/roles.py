"""The query node that each role of a GraphQL field becomes."""

from __future__ import annotations

from schema.model.field import Field
from schema.model.kind import Kind
from schema.surfaces.graphql.names import camel

from ..query import conditions
from ..query.bindings import bind, specialise
from ..query.nodes import (
    AddedIn,
    Chosen,
    ChosenFor,
    Claims,
    Constant,
    Disputed,
    Edges,
    EndCursor,
    FieldProof,
    HasNextPage,
    HasPreviousPage,
    Id,
    Link,
    Links,
    Nodes,
    OriginCount,
    PageInfo,
    Provenance,
    RecordNode,
    Revision,
    Revisions,
    RowCursor,
    Snapshot,
    TotalCount,
    Value,
    WithheldRows,
)
from ..sql.answering.records import SOURCE
from . import arguments, totals
from .translate import Roles, Selected, field_of, kind_of


def _spelt(kind: Kind) -> tuple[tuple[str, Field], ...]:
    return tuple((camel(name), one) for name, one in kind.fields.items())


ROLES: Roles = {
    "typename": lambda on, one, _: Constant(one.key, one.on),
    # Roots
    "record": lambda on, one, _: RecordNode(
        one.key, kind_of(one), bind(one.arguments["id"], conditions.parse_record_id), on.selection(one)
    ),
    "snapshot": lambda on, one, _: Snapshot(one.key, arguments.snapshot_at(one.arguments), on.selection(one)),
    "revision": lambda on, one, _: Revision(one.key, on.columns(one), bind(one.arguments.get("id"))),
    "revisions": lambda on, one, _: Revisions(
        one.key, on.columns(one, listed=True), conditions.page_size(one.arguments.get("first")), bind(one.arguments.get("before"))
    ),
    "withheld": lambda on, one, _: WithheldRows(one.key, on.columns(one)),
    "totals": lambda on, one, _: totals.totals_node(on, one),
    # Pages
    "page": lambda on, one, _: on.page(one),
    "nodes": lambda on, one, _: Nodes(one.key, on.selection(one)),
    "edges": lambda on, one, _: Edges(one.key, on.selection(one)),
    "node": lambda on, one, _: Nodes(one.key, on.selection(one)),
    "cursor": lambda on, one, _: RowCursor(one.key),
    "total": lambda on, one, _: TotalCount(one.key),
    "page_info": lambda on, one, _: PageInfo(one.key, on.selection(one)),
    "more": lambda on, one, _: HasNextPage(one.key),
    "previous": lambda on, one, _: HasPreviousPage(one.key),
    "start_cursor": lambda on, one, _: EndCursor(one.key, start=True),
    "end_cursor": lambda on, one, _: EndCursor(one.key),
    # Records and claims
    "id": lambda on, one, _: Id(one.key),
    "added_in": lambda on, one, _: AddedIn(one.key),
    "value": lambda on, one, _: Value(one.key, field_of(one.member)),
    "link": lambda on, one, _: Link(one.key, field_of(one.member), on.selection(one)),
    "links": lambda on, one, _: Links(one.key, field_of(one.member), on.selection(one)),
    "claim_source": lambda on, one, _: Link(one.key, SOURCE, on.selection(one)),
    "claims": lambda on, one, _: Claims(one.key, None, on.selection(one), deprecated(one)),
    "chosen_for": lambda on, one, _: ChosenFor(one.key, _spelt(kind_of(one))),
    # Provenance: below that of a field, all speaks of the field that is proved.
    "provenance": lambda on, one, _: Provenance(one.key, on.selection(one)),
    "proof": lambda on, one, _: FieldProof(one.key, on.selection(one, one.member)),
    "field_claims": lambda on, one, proved: Claims(one.key, field_of(proved), on.selection(one, proved), deprecated(one)),
    "origins": lambda on, one, proved: OriginCount(one.key, field_of(proved)),
    "disputed": lambda on, one, proved: Disputed(one.key, field_of(proved)),
    "chosen": lambda on, one, proved: Chosen(one.key, field_of(proved)),
    "claimed": lambda on, one, proved: on.claimed(one, proved),
}


def deprecated(one: Selected) -> bool:
    return bool(specialise(one.arguments.get("deprecated")))

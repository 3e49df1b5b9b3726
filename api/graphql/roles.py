"""The query node that each role of a GraphQL field becomes."""

from __future__ import annotations

from schema.model.completeness import complete
from schema.model.field import Field
from schema.model.kind import Kind
from schema.surfaces.graphql.surface import Surface

from ..query.nodes import (
    AddedIn,
    CheckClaim,
    CheckEvidence,
    CheckFigure,
    CheckValue,
    Chosen,
    ChosenFor,
    ClaimId,
    Claims,
    Column,
    Constant,
    Disputed,
    Edges,
    EndCursor,
    FieldProvenance,
    FoundMatch,
    FoundRecords,
    HasNextPage,
    HasPreviousPage,
    Id,
    Link,
    Links,
    NodeId,
    Nodes,
    OriginCount,
    PageInfo,
    Provenance,
    Revision,
    RowCursor,
    Snapshot,
    TotalCount,
    Value,
    WithheldRows,
)
from ..sql.answering.records import SOURCE
from ..words.answer_sentences import figure_words
from . import arguments, connections, nodes, totals
from . import claim_checks as checks
from . import search as found
from .translate import Roles, field_of, kind_of


def _field_codes(kind: Kind) -> tuple[tuple[str, Field], ...]:
    return tuple((name.upper(), field) for name, field in kind.fields.items())


# Each function takes the translator, the selected field, and the member whose provenance it is below, if any.
ROLES: Roles = {
    "typename": lambda translator, field, _: Constant(field.key, field.parent_type),
    # Roots
    "record": lambda translator, field, _: nodes.record(translator, field),
    "any": lambda translator, field, _: nodes.any_node(translator, field),
    "claim": lambda translator, field, _: nodes.claim(translator, field),
    "any_list": lambda translator, field, _: nodes.node_list(translator, field),
    "snapshot": lambda translator, field, _: Snapshot(field.key, arguments.snapshot_at(field.arguments), translator.selection(field)),
    "revision": lambda translator, field, _: Revision(field.key, translator.selection(field), nodes.revision_number(field)),
    "revisions": lambda translator, field, _: connections.revisions(translator, field),
    "withheld": lambda translator, field, _: WithheldRows(field.key, translator.selection(field)),
    "column": lambda translator, field, _: Column(field.key, field.member.column),
    "receipt": lambda translator, field, _: Column(field.key, field.member.column),
    "totals": lambda translator, field, _: totals.totals_node(translator, field),
    "search": lambda translator, field, _: found.search(translator, field),
    "found": lambda translator, field, _: found.records(translator, field),
    "found_edges": lambda translator, field, _: FoundRecords(field.key, (), translator.selection(field)),
    "found_match": lambda translator, field, _: FoundMatch(field.key),
    "check": lambda translator, field, _: checks.check_node(translator, field),
    "check_value": lambda translator, field, _: CheckValue(field.key, field.member.column),
    "check_totals": lambda translator, field, _: checks.check_totals(translator, field),
    "check_evidence": lambda translator, field, _: CheckEvidence(field.key, translator.selection(field)),
    "check_record": lambda translator, field, _: CheckFigure(field.key, translator.selection(field)),
    "check_claim": lambda translator, field, _: CheckClaim(field.key, translator.selection(field)),
    # Pages
    "page": lambda translator, field, _: connections.page(translator, field),
    "nodes": lambda translator, field, _: Nodes(field.key, translator.selection(field)),
    "edges": lambda translator, field, _: Edges(field.key, translator.selection(field)),
    "node": lambda translator, field, _: Nodes(field.key, translator.selection(field)),
    "cursor": lambda translator, field, _: RowCursor(field.key),
    "total": lambda translator, field, _: TotalCount(field.key),
    "page_info": lambda translator, field, _: PageInfo(field.key, translator.selection(field)),
    "more": lambda translator, field, _: HasNextPage(field.key),
    "previous": lambda translator, field, _: HasPreviousPage(field.key),
    "start_cursor": lambda translator, field, _: EndCursor(field.key, start=True),
    "end_cursor": lambda translator, field, _: EndCursor(field.key),
    # Records and claims
    "id": lambda translator, field, _: Id(field.key),
    "node_id": lambda translator, field, _: NodeId(field.key),
    "words": lambda translator, field, _: figure_words(
        translator.surface.kinds, kind_of(field), field.key, arguments.language(field.arguments)
    ),
    "added_in": lambda translator, field, _: AddedIn(field.key),
    "value": lambda translator, field, _: Value(field.key, field_of(field.member)),
    "link": lambda translator, field, _: Link(field.key, field_of(field.member), translator.selection(field)),
    "links": lambda translator, field, _: Links(field.key, field_of(field.member), translator.selection(field)),
    "claim_source": lambda translator, field, _: Link(field.key, SOURCE, translator.selection(field)),
    "claim_id": lambda translator, field, provenance_field: ClaimId(field.key, provenance_field.field),
    "claims": lambda translator, field, _: connections.claims(translator, field),
    "chosen_for": lambda translator, field, _: ChosenFor(field.key, _field_codes(kind_of(field))),
    # Provenance: everything below the provenance of a field is about that field.
    "provenance": lambda translator, field, _: Provenance(field.key, translator.selection(field)),
    "field_provenance": lambda translator, field, _: FieldProvenance(field.key, translator.selection(field, field.member)),
    "field_claims": lambda translator, field, provenance_field: Claims(
        field.key, field_of(provenance_field), translator.selection(field, provenance_field), arguments.deprecated(field.arguments)
    ),
    "origins": lambda translator, field, provenance_field: OriginCount(field.key, field_of(provenance_field)),
    "disputed": lambda translator, field, provenance_field: Disputed(field.key, field_of(provenance_field)),
    "chosen": lambda translator, field, provenance_field: Chosen(field.key, field_of(provenance_field)),
    "claimed": lambda translator, field, provenance_field: translator.claimed(field, provenance_field),
}


def check_roles(surface: Surface) -> None:
    """Raise BadDeclaration if a field of the schema has a role without a query node, or if no field has one of the roles."""
    used = {member.role for members in surface.members.values() for member in members.values()}
    complete("ROLES in api/graphql/roles.py", {*ROLES, *totals.TOTALS_ROLES}, used | {"typename"})

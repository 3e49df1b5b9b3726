"""One claim by its id, as REST has it: what it says, and the sources that it refers to."""

from __future__ import annotations

from ...query.nodes import ChosenFor, ClaimDocument, ClaimId, ClaimSources, Id, Node, Value
from .graphql_provenance import DIGEST
from .json import JoinedSql, Literal, json_literal, pair
from .records import COMPILERS, RowSql
from .rest_provenance import EvidenceSql, evidence_of, source_lists, sources
from .scope import Scope


def claim_document(scope: Scope, node: ClaimDocument) -> str:
    """What is known of a claim as in the provenance of its record, after its own id, the record, and the fields that it was chosen for."""
    evidence = _evidence(scope, node)
    kind, claim = node.kind, evidence.claim
    label: tuple[Node, ...] = (Value(kind.label, kind.fields[kind.label]),) if kind.label else ()
    chosen_for = ChosenFor("chosen_for", tuple(kind.fields.items()))
    pairs = [
        pair("node_id", COMPILERS[ClaimId](claim, ClaimId("node_id"))),
        pair("kind", json_literal(f'"{kind.name}"')),
        pair("record", evidence.row.document((Id("id"), *label))),
        pair("chosen_for", COMPILERS[ChosenFor](claim, chosen_for)),
    ]
    pieces = [piece for key, value in pairs for piece in (key, value, Literal(","))]
    document = JoinedSql([Literal("{"), *pieces, evidence.members(), Literal("}")])
    return f"(select {document} from {_found(scope, node, evidence)})"


def claim_sources(scope: Scope, node: ClaimSources) -> str:
    """The sources of a claim, by their ids."""
    evidence = _evidence(scope, node)
    lists = " || ".join(f"coalesce({evidence.claim.alias}.{name}, '{{}}')" for name in source_lists())
    return sources(scope, node.selection, f"select unnest({evidence.claim.alias}.source || {lists}) from {_found(scope, node, evidence)}")


def _evidence(scope: Scope, node: ClaimDocument | ClaimSources) -> EvidenceSql:
    return evidence_of(RowSql(scope, node.kind, scope.alias(node.kind.name)), tuple(node.kind.fields.values()))


def _found(scope: Scope, node: ClaimDocument | ClaimSources, evidence: EvidenceSql) -> str:
    """The relation of the one claim beside its record; empty if there is none. It may be deprecated."""
    row, claim = evidence.row.alias, evidence.claim.alias
    claims = evidence.claims(f"{claim}.record = {row}.key")
    one = f"select * from ({claims}) {claim} where {claim}.{DIGEST} = {scope.bind(node.digest, 'text')} limit 1"
    return f"{scope.records(node.kind)} {row} cross join lateral ({one}) {claim} where {row}.id = {scope.bind(node.record, 'text')}"

"""The claims about a record, and the provenance of each of its fields, as GraphQL has them: SQL expressions that yield their JSON text.

REST's form is in `rest_provenance.py`.
"""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable

from schema.model.claim import CLAIM_DIGEST_LENGTH, QUOTED_FROM
from schema.model.field import Field
from schema.model.kind import Kind

from ...query.nodes import Chosen, ChosenFor, ClaimId, ClaimNode, Claims, Constant, Disputed, FieldProvenance, Node, OriginCount, Provenance
from ..preference import contradiction, covered
from ..text import quote_literal
from .disputes import by_rule, disputed, group_stated_differently, live_claim
from .json import JoinedSql, Literal, array, obj, pair, string
from .records import COMPILERS, RowSql, constant
from .scope import Scope

DIGEST = "claim_digest"  # The column of a claim that has it.
DIGEST_BYTES = CLAIM_DIGEST_LENGTH // 2
QUOTED, ID_SEPARATOR = QUOTED_FROM, "chr(30)"  # The sources that a claim quotes, and what separates their ids in its digest.


def _claim_id(claim: RowSql, node: ClaimId) -> str:
    """`claim:`, the global id of the record, and the digest; a value within the provenance of a field has the name of the field behind it."""
    claim.has_digest, revision = True, claim.scope.named_revision
    ending = [claim.id_ending] if claim.id_ending else [Literal("@"), revision] if revision else []
    pieces: list[str] = [Literal(f"claim:{claim.kind.name}:"), f"{claim.record}.id", Literal(":"), f"{claim.alias}.{DIGEST}"]
    pieces += [Literal(f".{node.field.name}")] if node.field else []
    return string(JoinedSql([*pieces, *ending]))


def claim_digest(kind: Kind, claim: str, record: str, source: str, quoted_ids: str) -> str:
    """The digest of what makes a claim that claim, as docs/queries.md describes it; the arguments are aliases of rows, and an expression.

    It is the same in every database. Keys are not, and would say how much is withheld.
    """
    parts = [
        quote_literal(kind.name),
        f"{record}.id",
        f"{source}.id",
        quoted_ids,
        f"{claim}.attributed_to",
        f"{claim}.locator",
        f"{claim}.collection",
    ]
    text = ", ".join(f"coalesce({part}, '')" for part in parts)
    return f"encode(substr(sha256(convert_to(concat_ws(chr(31), {text}), 'UTF8')), 1, {DIGEST_BYTES}), 'hex')"


def quoted_sources(scope: Scope, claim: str) -> str:
    """A relation of one row with two texts: the ids of the sources that a claim quotes, and their roots; null if it quotes none."""
    quoted, item = scope.alias("quoted"), scope.alias("item")
    return (
        f"(select string_agg({quoted}.id, {ID_SEPARATOR} order by {item}.n) as ids, string_agg({quoted}.root::text, ',') as roots "
        f"from unnest({claim}.{QUOTED}) with ordinality {item}(key, n) {scope.join(scope.kinds['source'], quoted, f'key = {item}.key')})"
    )


def claim_node(scope: Scope, node: ClaimNode, item: str = "") -> str:
    """One claim by its id, or by the columns of a row of ids, whose alias is `item`."""
    record, digest = (f"{item}.record", f"{item}.digest") if item else (scope.bind(node.record, "text"), scope.bind(node.digest, "text"))
    if not node.at.now:
        scope = scope.as_of(node.at)
    row = RowSql(scope, node.kind, scope.alias(node.kind.name))
    claim = claim_row(row)
    claim.has_digest = True
    document = claim.document(node.selection)
    return (
        f"(select {document} from {scope.records(node.kind)} {row.alias} cross join lateral {claims_of(row, claim)} "
        f"where {row.alias}.id = {record} and {claim.alias}.{DIGEST} = {digest} limit 1)"
    )


def _chosen(claim: RowSql, node: Chosen) -> str:
    return f"({claim.alias}.key is not distinct from {claim.record}.{node.field.group_name}_claim)::text"


def _chosen_for(claim: RowSql, node: ChosenFor) -> str:
    """The names of the fields, group by group: the record may be packed, and then it takes long to find each of its columns."""
    chosen = []
    for group, fields in itertools.groupby(node.names, lambda named: named[1].group_name):
        names = [f"case when {claim.alias}.{field.name} is not null then {quote_literal(json.dumps(name))} end" for name, field in fields]
        given = names[0] if len(names) == 1 else f"nullif(concat_ws(',', {', '.join(names)}), '')"
        chosen.append(f"case when {claim.record}.{group}_claim = {claim.alias}.key then {given} end")
    return JoinedSql([Literal("["), f"concat_ws(',', {', '.join(chosen)})", Literal("]")])


def _provenance(row: RowSql, node: Provenance) -> str:
    """The claims about the record are read once, and the provenance of each field aggregates them."""
    claim = claim_row(row)
    document = obj(pair(field.key, _field_provenance(claim, field)) for field in node.fields)
    parts = (part for field in node.fields if isinstance(field, FieldProvenance) for part in field.parts)
    if not any(isinstance(part, (Claims, Disputed)) for part in parts):
        return f"({document})"  # Without an aggregate, each claim would be a row.
    return f"(select {document} from {claims_of(row, claim)})"


def _field_provenance(claim: RowSql, node: Node) -> str:
    if isinstance(node, Constant):
        return constant(claim, node)
    assert isinstance(node, FieldProvenance)
    return obj(pair(part.key, FIELD_PROVENANCE_COMPILERS[type(part)](claim, part)) for part in node.parts)


def _claims_of_field(claim: RowSql, node: Claims) -> str:
    fields = claim.kind.groups[node.field.group_name]
    live = "" if node.deprecated else f" and {claim.alias}.rank <> 'deprecated'"
    return array(claim.document(node.selection), f"{claim.alias}.key", covered(fields, claim.alias) + live)


def _disputed(claim: RowSql, node: Disputed) -> str:
    live = live_claim(claim.alias)
    whole = group_stated_differently(claim.kind, node.field.group_name, claim.alias, live)
    return f"{by_rule(claim.scope, disputed(claim.kind, node.field, claim.alias, live), whole)}::text"


def group_value(alias: str, fields: tuple[Field, ...]) -> str:
    """A group of fields as one value to compare."""
    return f"({', '.join(f'{alias}.{field.name}' for field in fields)})"


def origins(claim: RowSql, node: OriginCount) -> str:
    """The number of different roots of the sources of claims that agree with what is published, in all fields of the group.

    A claim that contradicts what the record is, is about something else, even if it gives the same number.
    """
    scope, fields = claim.scope, claim.kind.groups[node.field.group_name]
    other, origin = scope.alias("agreeing"), scope.alias("cited")
    name = node.field.name
    credited = f"case when cardinality({other}.quoted_from) = 0 then array[{other}.source] else {other}.quoted_from end"
    return (
        f"(select count(distinct {origin}.root)::text from {scope.claims(claim.kind)} {other} "
        f"{scope.join(scope.kinds['source'], origin, f'key = any({credited})')} "
        f"where {other}.record = {claim.record}.key and {other}.rank <> 'deprecated' "
        f"and {claim.record}.{name} is not null and {group_value(other, fields)} is not distinct from {group_value(claim.record, fields)}"
        f"{about_the_same(claim, other)})"
    )


def about_the_same(claim: RowSql, other: str) -> str:
    """A further condition: `other` does not contradict what the record is. Revisions settled by an earlier rule did not ask."""
    if not claim.kind.told_apart:
        return ""
    return f" and {by_rule(claim.scope, f'not ({contradiction(claim.kind.told_apart, other, claim.record)})', 'true')}"


def claim_row(row: RowSql) -> RowSql:
    """A claim about a record."""
    return RowSql(row.scope, row.kind, row.scope.alias("claim"), row.alias, row.scope.alias("source"))


def claims_of(row: RowSql, claim: RowSql) -> str:
    """The relation of the claims about a record, in order, each with the JSON of its source, rendered once for all fields that select it."""
    source = row.scope.kinds["source"]
    source_columns = "".join(
        f", {RowSql(row.scope, source, claim.source).document(selection)} as {name}"
        for selection, name in claim.source_columns.items()
    )  # fmt: skip
    quoted, digest, joined = row.scope.alias("quoted"), "", ""
    if claim.has_digest:
        digest = f", {claim_digest(row.kind, claim.alias, row.alias, claim.source, f'{quoted}.ids')} as {DIGEST}"
        joined = f"cross join lateral {quoted_sources(row.scope, claim.alias)} {quoted} "
    return (
        f"(select {claim.alias}.*{source_columns}{digest} from {row.scope.claims(row.kind)} {claim.alias} "
        f"{row.scope.join(source, claim.source, f'key = {claim.alias}.source')} {joined}"
        f"where {claim.alias}.record = {row.alias}.key order by {claim.alias}.key) {claim.alias}"
    )


COMPILERS |= {ClaimId: _claim_id, Chosen: _chosen, ChosenFor: _chosen_for, Provenance: _provenance}
FIELD_PROVENANCE_COMPILERS: dict[type[Node], Callable[..., str]] = {
    Constant: constant,
    Claims: _claims_of_field,
    Disputed: _disputed,
    OriginCount: origins,
}

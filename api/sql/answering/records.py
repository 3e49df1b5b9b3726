"""A record and what hangs on it, as an SQL expression that yields its JSON text."""

from __future__ import annotations

from collections.abc import Callable

from schema.model.claim import CLAIM_FIELDS
from schema.model.field import Field
from schema.model.kind import Kind
from schema.model.types import ref

from ...query.nodes import (
    AddedIn,
    Chosen,
    ChosenFor,
    Claims,
    Constant,
    Disputed,
    FieldProof,
    Geometry,
    Id,
    Link,
    Links,
    Node,
    OriginCount,
    Properties,
    Provenance,
    Reference,
    Value,
)
from .. import columns
from ..preference import covered
from ..text import quote_literal
from .json import JoinedSql, Literal, array, json_literal, obj, pair, scalar, string
from .scope import Scope

# The source of a claim is a column that every claim has; its record is joined wherever claims are read.
SOURCE = Field("source", ref("source"), "The source that makes the claim.", required=True)


class RowSql:
    """A row at hand: its alias, and of what it is. `record` is the row that a claim is about, `source` that of its source."""

    def __init__(self, scope: Scope, kind: Kind, alias: str, record: str = "", source: str = "") -> None:
        self.scope, self.kind, self.alias, self.record, self.source = scope, kind, alias, record, source
        self.told: dict[tuple[Node, ...], str] = {}  # What claims say of their source, and the column that it is rendered in, once a claim.

    def document(self, selection: tuple[Node, ...]) -> JoinedSql:
        """The JSON object of the selected nodes."""
        return obj(pair(node.key, COMPILERS[type(node)](self, node)) for node in selection)

    @property
    def whole(self) -> bool:
        """Whether it is sure to have all that its kind requires: a row of today's tables is; a claim is not, nor what was packed before a column came."""
        return not self.record and self.scope.at.now and not self.alias.startswith("(")

    def packed(self, name: str) -> bool:
        """Whether the row itself holds the records of a link, as they are today."""
        return name in self.kind.packs and not self.record

    def held(self, link: Field) -> str:
        """The record that a link leads to, as a value that the row holds; empty where it must be looked up."""
        return f"({self.alias}.{columns.packed_column(link.name)})" if self.packed(link.name) and self.scope.at.now else ""

    @property
    def settled(self) -> str:
        """Whether, as of the past, all that the row holds is as it was then: it was told of no change since."""
        return f"{self.alias}.{columns.PACKED_IN} <= {self.scope.revision}"

    def found(self, link: Field, alias: str) -> str:
        """Where the record that a link leads to is looked up, called `alias`."""
        scope, target = self.scope, self.scope.kinds[link.type.ref or ""]
        if self.packed(link.name):
            then = scope.held(target, self.alias, f"{self.alias}.{columns.packed_column(link.name)}", f"key = {self.alias}.{link.name}")
            return f"({' union all '.join(then)} limit 1) {alias}"
        return f"{scope.records(target)} {alias} where {alias}.key = {self.alias}.{link.name}"


def _constant(row: RowSql, node: Constant) -> str:
    return json_literal(f'"{node.text}"')


def _id(row: RowSql, node: Id) -> str:
    return string(f"{row.alias}.id")


def _value(row: RowSql, node: Value) -> str:
    return scalar(row.scope, node.field, f"{row.alias}.{node.field.name}", known=node.field.required and row.whole)


def _added_in(row: RowSql, node: AddedIn) -> str:
    return f"{row.alias}.added_in::text"


def _link(row: RowSql, node: Link) -> str:
    scope, target = row.scope, row.scope.kinds[node.field.type.ref or ""]
    if node.field == SOURCE:
        return f"{row.alias}.{row.told.setdefault(node.selection, scope.alias('told'))}"
    held = f"({row.alias}.{columns.packed_column(node.field.name)})"
    if row.held(node.field):
        return _of_held(row, node, held)
    alias = scope.alias(target.name)
    document = RowSql(scope, target, alias).document(node.selection)
    found = f"coalesce((select {document} from {row.found(node.field, alias)}), 'null')"
    if row.packed(node.field.name):
        return f"case when {row.settled} then {_of_held(row, node, held)} else {found} end"
    if row.record and node.field.name in row.kind.packs and scope.at.now:
        # Most claims name the record that is published, which is at hand.
        published = RowSql(scope, target, f"({row.record}.{columns.packed_column(node.field.name)})")
        same = f"{row.alias}.{node.field.name} = {published.alias}.key"
        return f"case when {same} then {published.document(node.selection)} else {found} end"
    return found


def _of_held(row: RowSql, node: Link, held: str) -> str:
    target = row.scope.kinds[node.field.type.ref or ""]
    return f"case when {held}.key is null then 'null' else {RowSql(row.scope, target, held).document(node.selection)} end"


def _links(row: RowSql, node: Links) -> str:
    scope, target = row.scope, row.scope.kinds[node.field.type.ref or ""]
    alias, item = scope.alias(target.name), scope.alias("item")
    document = RowSql(scope, target, alias).document(node.selection)
    found = (
        f"(select {array(document, f'{item}.n')} from unnest({row.alias}.{node.field.name}) with ordinality {item}(key, n) "
        f"{scope.joined(target, alias, f'key = {item}.key')})"
    )
    # A list that nobody gave is unknown, not empty; a claim's own lists are never unknown.
    known = f"{row.alias}.{node.field.name} is null"
    return found if node.field.name in CLAIM_FIELDS else f"case when {known} then 'null' else {found} end"


def _reference(row: RowSql, node: Reference) -> str:
    scope, target = row.scope, row.scope.kinds[node.field.type.ref or ""]
    if held := row.held(node.field):
        return f"coalesce({string(f'{held}.id')}, 'null')"
    alias = scope.alias(target.name)
    return f"coalesce((select {string(f'{alias}.id')} from {row.found(node.field, alias)}), 'null')"


def _properties(row: RowSql, node: Properties) -> str:
    return row.document(node.selection)


def _geometry(row: RowSql, node: Geometry) -> str:
    """A point, longitude first (RFC 7946), of the record or of the place that it refers to."""
    scope, alias, point = row.scope, row.alias, row.kind.point
    if len(point) == 1:
        link = row.kind.fields[point[0]]
        target = scope.kinds[link.type.ref or ""]
        if held := row.held(link):
            return _geometry(RowSql(scope, target, held), node)
        place = scope.alias(target.name)
        geometry = _geometry(RowSql(scope, target, place), node)
        return f"coalesce((select {geometry} from {row.found(link, place)}), 'null')"
    latitude, longitude = (f"{alias}.{name}" for name in point)
    known = JoinedSql([Literal('{"type":"Point","coordinates":['), longitude, Literal(","), latitude, Literal("]}")])
    return f"coalesce({known}, 'null')"


def _chosen(row: RowSql, node: Chosen) -> str:
    return f"({row.alias}.key is not distinct from {row.record}.{node.field.group_name}_claim)::text"


def _chosen_for(row: RowSql, node: ChosenFor) -> str:
    names = (
        f"case when {row.record}.{one.group_name}_claim = {row.alias}.key and {row.alias}.{one.name} is not null "
        f"then {quote_literal(f'{name}')} end"
        for name, one in node.names
    )
    return f"to_json(array_remove(array[{', '.join(names)}], null))::text"


def _provenance(row: RowSql, node: Provenance) -> str:
    """The claims of the record are read once, and every field picks from them."""
    claim = _claim_row(row)
    document = obj(pair(one.key, _field_proof(claim, one)) for one in node.fields)
    if not any(isinstance(part, (Claims, Disputed)) for one in node.fields if isinstance(one, FieldProof) for part in one.parts):
        return f"({document})"  # Nothing groups the claims, so each would be a row.
    return f"(select {document} {_claims_of(row, claim)})"


def _field_proof(claim: RowSql, node: Node) -> str:
    if isinstance(node, Constant):
        return _constant(claim, node)
    assert isinstance(node, FieldProof)
    return obj(pair(part.key, PROOFS[type(part)](claim, part)) for part in node.parts)


def _claims_of_field(claim: RowSql, node: Claims) -> str:
    assert node.field is not None
    fields = claim.kind.groups[node.field.group_name]
    live = "" if node.deprecated else f" and {claim.alias}.rank <> 'deprecated'"
    return array(claim.document(node.selection), f"{claim.alias}.key", covered(fields, claim.alias) + live)


def _disputed(claim: RowSql, node: Disputed) -> str:
    """A group is settled whole, so it is disputed whole: "100 exactly" and "more than 500" stand in different columns."""
    fields = claim.kind.groups[node.field.group_name]
    live = f"{claim.alias}.rank <> 'deprecated' and {covered(fields, claim.alias)}"
    return f"(count(distinct {_whole(claim.alias, fields)}) filter (where {live}) > 1)::text"


def _whole(alias: str, fields: tuple[Field, ...]) -> str:
    """A group of fields as one value to compare."""
    return f"({', '.join(f'{alias}.{one.name}' for one in fields)})"


def _origins(claim: RowSql, node: OriginCount) -> str:
    """Claims that agree with what is published, in the whole group, each followed to where it comes from; equal roots count once."""
    scope, fields = claim.scope, claim.kind.groups[node.field.group_name]
    other, origin = scope.alias("agreeing"), scope.alias("voice")
    name = node.field.name
    voices = f"case when cardinality({other}.quoted_from) = 0 then array[{other}.source] else {other}.quoted_from end"
    return (
        f"(select count(distinct {origin}.root)::text from {scope.claims(claim.kind)} {other} "
        f"{scope.joined(scope.kinds['source'], origin, f'key = any({voices})')} "
        f"where {other}.record = {claim.record}.key and {other}.rank <> 'deprecated' "
        f"and {claim.record}.{name} is not null and {_whole(other, fields)} is not distinct from {_whole(claim.record, fields)})"
    )


def _claims(row: RowSql, node: Claims) -> str:
    """The testimony of each source whole."""
    claim = _claim_row(row)
    condition = "" if node.deprecated else f"{claim.alias}.rank <> 'deprecated'"
    return f"(select {array(claim.document(node.selection), f'{claim.alias}.key', condition)} {_claims_of(row, claim)})"


def _claim_row(row: RowSql) -> RowSql:
    return RowSql(row.scope, row.kind, row.scope.alias("claim"), row.alias, row.scope.alias("source"))


def _claims_of(row: RowSql, claim: RowSql) -> str:
    """The claims about a record, in order, each with what is told of its source, rendered once for all fields that tell it."""
    source = row.scope.kinds["source"]
    told = "".join(
        f", {RowSql(row.scope, source, claim.source).document(selection)} as {name}"
        for selection, name in claim.told.items()
    )  # fmt: skip
    return (
        f"from (select {claim.alias}.*{told} from {row.scope.claims(row.kind)} {claim.alias} "
        f"{row.scope.joined(source, claim.source, f'key = {claim.alias}.source')} "
        f"where {claim.alias}.record = {row.alias}.key order by {claim.alias}.key) {claim.alias}"
    )


# Pages, which are made of records, add themselves in pages.py.
COMPILERS: dict[type[Node], Callable[..., str]] = {
    Constant: _constant,
    Id: _id,
    Value: _value,
    AddedIn: _added_in,
    Link: _link,
    Links: _links,
    Reference: _reference,
    Geometry: _geometry,
    Properties: _properties,
    Chosen: _chosen,
    ChosenFor: _chosen_for,
    Provenance: _provenance,
    Claims: _claims,
}
PROOFS: dict[type[Node], Callable[..., str]] = {
    Constant: _constant,
    Claims: _claims_of_field,
    Disputed: _disputed,
    OriginCount: _origins,
}

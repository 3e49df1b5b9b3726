"""A record and the records it refers to, as an SQL expression that yields their JSON text."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

from schema.model.claim import ALWAYS_ANSWERED
from schema.model.field import Field
from schema.model.kind import Kind
from schema.model.types import ref
from schema.storage import columns

from ...query.nodes import AddedIn, Constant, Id, Link, Links, Node, NodeId, Reference, Replaces, Value
from .json import JoinedSql, Literal, array, json_literal, obj, pair, scalar, sparse_obj, string
from .left_out_reason import counted_in
from .scope import Scope
from .text_budget import FREE, FREE_OBJECT, length_of

# The source of a claim, a column of every claim table; its record is joined wherever claims are read.
SOURCE = Field("source", ref("source"), "The source that makes the claim.", required=True)


class RowSql:
    """A row of a statement, by alias and kind. For a claim, `record` is the alias of the record it is about, `source` that of its source."""

    def __init__(self, scope: Scope, kind: Kind, alias: str, record: str = "", source: str = "") -> None:
        self.scope, self.kind, self.alias, self.record, self.source = scope, kind, alias, record, source
        # For claims: what is selected of their source, and the column that has it, so that it is rendered once for each claim.
        self.source_columns: dict[tuple[Node, ...], str] = {}
        self.evidence = ""  # The alias of the provenance of the record, which rest_provenance.py joins.
        self.id_ending = ""  # For claims that may have ended: the end of their ids, which names a revision in which they stood.
        self.has_digest = False  # For claims: whether the digest of the claim is selected, so that it is computed once for each claim.

    def document(self, selection: tuple[Node, ...]) -> JoinedSql:
        """The JSON object of the selected nodes. Raises TooMuch if the statement becomes too long."""
        before = self.scope.length.characters
        if self.scope.sparse:
            members = sparse_obj((node.key, _known(self, node)) for node in selection)
        else:
            members = obj(pair(node.key, COMPILERS[type(node)](self, node)) for node in selection)
        document = JoinedSql([*self._texts(selection), *members.pieces])
        self.scope.length.finish(before, len(document))
        return document

    def _texts(self, selection: tuple[Node, ...]) -> list[str]:
        """An empty text that refuses the statement if those of the selected nodes are too long, which is known before they are written."""
        if self.scope.texts.unlimited:
            return []
        lengths, free = Counter[str](), 0
        for node in selection:
            if isinstance(node, Value) and node.field.name not in self.kind.computed:
                length, unless = length_of(node.field, f"{self.alias}.{node.field.name}"), FREE
            elif isinstance(node, Link) and node.field == SOURCE:
                length, unless = f"coalesce(octet_length({self.alias}.{self.source_columns[node.selection]}), 0)", FREE_OBJECT
            else:
                continue
            if length:
                lengths[length] += 1
                free += unless
        return [self.scope.texts.spend(lengths, free)] if lengths else []

    @property
    def complete(self) -> bool:
        """Whether required fields are guaranteed non-null: true for live rows; false for claims and for rows packed before a column was added."""
        return not self.record and self.scope.at.now and not self.alias.startswith("(")

    def has_packed(self, link: str) -> bool:
        """Whether the row has a packed column with the live records of a link."""
        return link in self.kind.packs and not self.record

    def packed_record(self, link: Field) -> str:
        """The record that a link refers to, as a value packed in the row; empty if it must be looked up."""
        return f"({self.alias}.{columns.packed_column(link.name)})" if self.has_packed(link.name) and self.scope.at.now else ""

    @property
    def packed_unchanged(self) -> str:
        """A condition: the packed columns of the row have not changed since the revision that is read."""
        return f"{self.alias}.{columns.PACKED_IN} <= {self.scope.revision}"

    def linked(self, link: Field, alias: str) -> str:
        """The FROM clause that looks up the record that a link refers to, as `alias`."""
        scope, target = self.scope, self.scope.kinds[link.type.ref or ""]
        if self.has_packed(link.name):
            packed, condition = f"{self.alias}.{columns.packed_column(link.name)}", f"key = {self.alias}.{link.name}"
            return f"({' union all '.join(scope.packed_as_of(target, self.alias, packed, condition))} limit 1) {alias}"
        return f"{scope.records(target)} {alias} where {alias}.key = {self.alias}.{link.name}"


def _known(row: RowSql, node: Node) -> str:
    """The JSON text of a node of a sparse record; null if it is not known."""
    if isinstance(node, Value) and node.field.name not in row.kind.computed:
        return scalar(row.scope, node.field, f"{row.alias}.{node.field.name}", not_null=True)
    text = COMPILERS[type(node)](row, node)
    return text if isinstance(node, (Id, NodeId, Constant)) else f"nullif({text}, 'null')"


def constant(row: RowSql, node: Constant) -> str:
    return json_literal(f'"{node.text}"')


def _id(row: RowSql, node: Id) -> str:
    return string(f"{row.alias}.id")


def _node_id(row: RowSql, node: NodeId) -> str:
    """Neither the name of a kind nor an id contains ":" or "@"."""
    revision = row.scope.named_revision
    return string(JoinedSql([Literal(f"{row.kind.name}:"), f"{row.alias}.id", *([Literal("@"), revision] if revision else [])]))


def _value(row: RowSql, node: Value) -> str:
    if node.field.name in row.kind.computed:
        return scalar(row.scope, node.field, counted_in(row.scope, row.kind, row.alias))
    return scalar(row.scope, node.field, f"{row.alias}.{node.field.name}", not_null=node.field.required and row.complete)


def _added_in(row: RowSql, node: AddedIn) -> str:
    return f"{row.alias}.added_in::text"


def _replaces(row: RowSql, node: Replaces) -> str:
    replaced = row.scope.alias("replaced")
    ended = f"{replaced}.id = {row.alias}.id and {replaced}.removed_in = {row.alias}.added_in"
    return f"(exists (select from {row.kind.name}_history {replaced} where {ended}))::text"


def _link(row: RowSql, node: Link) -> str:
    scope, target = row.scope, row.scope.kinds[node.field.type.ref or ""]
    if node.field == SOURCE:
        return f"{row.alias}.{row.source_columns.setdefault(node.selection, scope.alias('source_json'))}"
    packed = f"({row.alias}.{columns.packed_column(node.field.name)})"
    if row.packed_record(node.field):
        return _packed_link(row, node, packed)
    alias = scope.alias(target.name)
    document = RowSql(scope, target, alias).document(node.selection)
    looked_up = f"coalesce((select {document} from {row.linked(node.field, alias)}), 'null')"
    if row.has_packed(node.field.name):
        return f"case when {row.packed_unchanged} then {_packed_link(row, node, packed)} else {looked_up} end"
    if row.record and node.field.name in row.kind.packs and scope.at.now:
        # Most claims refer to the record that is published, and its packed copy is in the row of the record.
        published = RowSql(scope, target, f"({row.record}.{columns.packed_column(node.field.name)})")
        same = f"{row.alias}.{node.field.name} = {published.alias}.key"
        return f"case when {same} then {published.document(node.selection)} else {looked_up} end"
    return looked_up


def _packed_link(row: RowSql, node: Link, packed: str) -> str:
    target = row.scope.kinds[node.field.type.ref or ""]
    return f"case when {packed}.key is null then 'null' else {RowSql(row.scope, target, packed).document(node.selection)} end"


def _links(row: RowSql, node: Links) -> str:
    scope, target = row.scope, row.scope.kinds[node.field.type.ref or ""]
    alias, item = scope.alias(target.name), scope.alias("item")
    document = RowSql(scope, target, alias).document(node.selection)
    records = (
        f"(select {array(document, f'{item}.n')} from unnest({row.alias}.{node.field.name}) with ordinality {item}(key, n) "
        f"{scope.join(target, alias, f'key = {item}.key')})"
    )
    # A list that nobody gives is unknown, not empty.
    unknown = f"{row.alias}.{node.field.name} is null"
    return records if node.field.name in ALWAYS_ANSWERED else f"case when {unknown} then 'null' else {records} end"


def _reference(row: RowSql, node: Reference) -> str:
    scope, target = row.scope, row.scope.kinds[node.field.type.ref or ""]
    if packed := row.packed_record(node.field):
        return f"coalesce({string(f'{packed}.id')}, 'null')"
    alias = scope.alias(target.name)
    return f"coalesce((select {string(f'{alias}.id')} from {row.linked(node.field, alias)}), 'null')"


# The nodes of a record. graphql_provenance.py and pages.py, which compile records themselves, add theirs; statement.py checks that all are there.
COMPILERS: dict[type[Node], Callable[..., str]] = {
    Constant: constant,
    Id: _id,
    NodeId: _node_id,
    Value: _value,
    AddedIn: _added_in,
    Replaces: _replaces,
    Link: _link,
    Links: _links,
    Reference: _reference,
}

"""The provenance of a record as REST has it, with each thing once: entries of fields, the claims behind them, and the sources of those.

GraphQL's form is in `graphql_provenance.py`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from schema.model.claim import ATTRIBUTED_TO, CLAIM_FIELDS, QUOTED_FROM
from schema.model.field import Field

from ...query.nodes import Evidence, EvidenceClaims, EvidenceSources, Node, SourcesNode, Words
from .graphql_provenance import DIGEST, ID_SEPARATOR, QUOTED, claim_digest, quoted_sources
from .json import JoinedSql, Literal, scalar, string
from .records import COMPILERS, SOURCE, RowSql
from .rest_provenance_entries import EntriesSql
from .scope import Scope
from .text_budget import FREE, length_of

ATTRIBUTED = (QUOTED_FROM, ATTRIBUTED_TO)  # Beside its source, whom a claim names as who says so.


@dataclass(frozen=True)
class EvidenceSql:
    """The provenance of some fields of a record `row`. `claim` is a claim about it, with the id and the root of its source. `brief` as in the node."""

    row: RowSql
    claim: RowSql
    fields: Sequence[Field]
    brief: bool = False

    @property
    def about(self) -> Sequence[Field]:
        """What is written of a claim itself."""
        return [CLAIM_FIELDS[name] for name in ATTRIBUTED] if self.brief else [*CLAIM_FIELDS.values()]

    @property
    def entries(self) -> EntriesSql:
        """What is known of each field."""
        return EntriesSql(self.row, self.claim, self.fields, self.brief)

    def relation(self) -> str:
        """A relation of one row with three texts: the entries, the claims, and the keys of the sources that the claims refer to."""
        claim, known, entries = self.claim.alias, self.row.scope.alias("known"), self.entries
        unopposed = f" and array_position({contradicted}, true) is null" if (contradicted := entries.contradicted) else ""
        roots = "" if self.brief else f"array_agg({claim}.roots) as roots, "
        described = JoinedSql([Literal('"'), f"{claim}.{DIGEST}", Literal('":{'), self.members(), Literal("}")])
        keys = ", ".join([f"{claim}.source", *(f"nullif(array_to_string({claim}.{name}, ','), '')" for name in source_lists())])
        return (
            f"(select case when {known}.plain then {entries.of_one(known)} else {entries.of_several(known)} end as entries, "
            f"concat('{{', {known}.claims, '}}') as claims, {known}.keys from (select count(*) = 1 and bool_and({entries.all_published}){unopposed} as plain, "
            f"array_agg({claim}.key) as claim_keys, array_agg({claim}.{DIGEST}) as digests, {roots}"
            f"string_agg({described}, ',') as claims, "
            f"string_agg(concat_ws(',', {keys}), ',') as keys from ({self.claims(entries.live)} order by {claim}.key) {claim}) {known})"
        )

    def keys(self) -> str:
        """The same keys alone, as a query of one column."""
        claim = self.claim.alias
        lists = " || ".join([f"array[{claim}.source]", *(f"{claim}.{name}" for name in source_lists())])
        return f"select unnest({lists}) from {self.row.scope.claims(self.row.kind)} {claim} where {self.entries.live}"

    def claims(self, condition: str) -> str:
        """A query of claims, each with its digest, the ids of the sources it quotes, and the roots of the sources that it speaks for."""
        scope, claim, source, quoted = self.row.scope, self.claim.alias, self.claim.source, self.row.scope.alias("quoted")
        digest = claim_digest(self.row.kind, claim, self.row.alias, source, f"{quoted}.ids")
        roots = f", case when {claim}.quoted_from <> '{{}}' then {quoted}.roots else {source}.root::text end as roots"
        return (
            f"select {claim}.*, {source}.id as source_id, {quoted}.ids as quoted_ids, "
            f"{f'{claim}.key::text' if self.brief else digest} as {DIGEST}{'' if self.brief else roots} from {scope.claims(self.row.kind)} {claim} {scope.join(scope.kinds['source'], source, f'key = {claim}.source')} "
            f"cross join lateral {quoted_sources(scope, claim)} {quoted} where {condition}"
        )

    def members(self) -> str:
        """The members of a JSON object: what a claim says of the fields, and what is known of it. What is not known is left out."""
        claim, scope = self.claim.alias, self.row.scope
        about = [
            self._about_ids(field)
            if field.type.many and field.type.ref
            else JoinedSql([_key(field), scalar(scope, field, f"{claim}.{field.name}", not_null=True)])
            for field in self.about
        ]
        says = ", ".join(self._said(field) for field in self.fields)
        parts = [JoinedSql([Literal('"source":"'), f"{claim}.source_id", Literal('"')]), *about]
        if not self.brief:
            parts.append(JoinedSql([Literal('"added_in":'), f"{claim}.added_in::text"]))
        parts.append(JoinedSql([Literal('"says":{'), f"concat_ws(',', {says})", Literal("}")]))
        return JoinedSql([self._texts(), f"concat_ws(',', {', '.join(parts)})"])

    def _texts(self) -> str:
        """An empty text that refuses the statement if those of a claim are too long."""
        fields = [*self.about, *self.fields]
        lengths = {length: 1 for field in fields if (length := length_of(field, f"{self.claim.alias}.{field.name}"))}
        return self.row.scope.texts.spend(lengths, FREE * len(lengths))

    def _said(self, field: Field) -> str:
        """`"field":value`, references as ids; null if the claim does not give the field."""
        claim, scope = self.claim.alias, self.row.scope
        if field.type.ref is None:
            return JoinedSql([_key(field), scalar(scope, field, f"{claim}.{field.name}", not_null=True)])
        if field.type.many:
            return self._ids(field, always=True)
        target = scope.alias("said")
        looked_up = f"(select {target}.id from {self.claim.linked(field, target)})"
        if published := self.row.packed_record(field):  # Most claims refer to the record that is published.
            looked_up = f"case when {claim}.{field.name} = {published}.key then {published}.id else {looked_up} end"
        return JoinedSql([_key(field), string(looked_up)])

    def _about_ids(self, field: Field) -> str:
        """The ids of a list of sources. Those of quoted ones are known already."""
        if field.name != QUOTED:
            return self._ids(field)
        ids = f"replace({self.claim.alias}.quoted_ids, {ID_SEPARATOR}, '\",\"')"
        return JoinedSql([_key(field), Literal('["'), ids, Literal('"]')])

    def _ids(self, field: Field, always: bool = False) -> str:
        """A list of ids; null if there is none or, unless `always`, if it is empty."""
        scope, column = self.row.scope, f"{self.claim.alias}.{field.name}"
        target, item = scope.alias("listed"), scope.alias("item")
        ids = (
            f"(select coalesce(string_agg('\"' || {target}.id || '\"', ',' order by {item}.n), '') from unnest({column}) with ordinality {item}(key, n) "
            f"{scope.join(scope.kinds[field.type.ref or ''], target, f'key = {item}.key')})"
        )
        given = f"{column} is not null" if always else f"{column} <> '{{}}'"
        return f"case when {given} then {JoinedSql([_key(field), Literal('['), ids, Literal(']')])} end"


def _key(field: Field) -> Literal:
    return Literal(f'"{field.name}":')


def source_lists() -> list[str]:
    """The fields of a claim that list sources."""
    return [field.name for field in CLAIM_FIELDS.values() if field.type.ref == SOURCE.type.ref and field.type.many]


def evidence_join(row: RowSql, selection: Sequence[Node]) -> str:
    """A join with the provenance of a row, if the selection has any; the nodes of the selection then read it from there."""
    for node in selection:
        if isinstance(node, Evidence):
            row.evidence = row.scope.alias("evidence")
            return f" cross join lateral {evidence_of(row, node.fields, node.brief).relation()} {row.evidence}"
    return ""


def evidence_of(row: RowSql, fields: Sequence[Field], brief: bool = False) -> EvidenceSql:
    """The provenance of some fields of a row."""
    claim = RowSql(row.scope, row.kind, row.scope.alias("claim"), row.alias, row.scope.alias("source"))
    return EvidenceSql(row, claim, fields, brief)


def sources(scope: Scope, selection: tuple[Node, ...], keys: str) -> str:
    """The sources whose keys a query returns, by their ids, as a JSON object. What is not known of a source is left out."""
    kind, alias = scope.kinds[SOURCE.type.ref or ""], scope.alias("cited")
    document = RowSql(replace(scope, sparse=True), kind, alias).document(selection)
    found = f"from (select distinct key from ({keys}) k(key)) k {scope.join(kind, alias, 'key = k.key')}"
    return JoinedSql(
        [
            Literal("{"),
            f"(select coalesce(string_agg('\"' || {alias}.id || '\":' || {document}, ',' order by {alias}.id), '') {found})",
            Literal("}"),
        ]
    )


def sources_of_page(scope: Scope, node: EvidenceSources, evidence: str, condition: str) -> str:
    """The sources of a page, from the keys that the provenance of its rows has."""
    only = f" filter (where {condition})" if condition else ""
    keys = f"select unnest(string_to_array(string_agg({evidence}.keys, ','){only}, ',')::bigint[])"
    return sources(scope, node.selection, keys)


def sources_of_record(scope: Scope, node: SourcesNode) -> str:
    """The sources that the claims about one record refer to."""
    row = RowSql(scope, node.kind, scope.alias(node.kind.name))
    keys = f"select q.key from {scope.records(node.kind)} {row.alias} cross join lateral ({evidence_of(row, node.fields).keys()}) q(key)"
    return sources(scope, node.selection, f"{keys} where {row.alias}.id = {scope.bind(node.id, 'text')}")


def _words(row: RowSql, node: Words) -> str:
    """The record once more with its own provenance, and with codes as REST has them."""
    scope = replace(row.scope, graphql=False)
    own = RowSql(scope, row.kind, scope.alias(row.kind.name))
    joined = evidence_join(own, node.selection)
    document, relation = own.document(node.selection), scope.join(row.kind, own.alias, f"key = {row.alias}.key")
    return f"(select {document} from (select 1) one {relation}{joined})"


COMPILERS |= {
    Words: _words,
    Evidence: lambda row, node: f"{row.evidence}.entries",
    EvidenceClaims: lambda row, node: f"{row.evidence}.claims",
    EvidenceSources: lambda row, node: sources(
        row.scope, node.selection, f"select unnest(string_to_array({row.evidence}.keys, ',')::bigint[])"
    ),
}

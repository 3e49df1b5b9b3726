"""The provenance of a record as REST has it, with each thing once: entries of fields, the claims behind them, and the sources of those.

GraphQL's form is in `provenance.py`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from schema.model.claim import CLAIM_FIELDS
from schema.model.field import Field

from ...query.nodes import Evidence, EvidenceClaims, EvidenceSources, Node, OriginCount, SourcesNode
from ..preference import covered
from ..text import quote_literal
from .json import JoinedSql, Literal, scalar
from .provenance import about_the_same, claim_digest, group_value, origins
from .records import COMPILERS, SOURCE, RowSql
from .scope import Scope


@dataclass(frozen=True)
class EvidenceSql:
    """The provenance of some fields of a record `row`. `claim` is a claim about it, with the id and the root of its source."""

    row: RowSql
    claim: RowSql
    fields: Sequence[Field]

    def relation(self) -> str:
        """A relation of one row with three texts: the entries, the claims, and the keys of the sources that the claims refer to."""
        claim, alias = self.claim.alias, self.row.scope.alias("entry")
        entries = ", ".join(f"{self._entry(field)} as e{number}" for number, field in enumerate(self.fields))
        names = [quote_literal(f'"{field.name}"') for field in self.fields]
        rows = ", ".join(f"({number}, {name}, a.e{number})" for number, name in enumerate(names))
        merged = (
            f"select string_agg({alias}.f, ',' order by {alias}.n) as f, {alias}.e, min({alias}.n) as n "
            f"from (values {rows}) {alias}(n, f, e) where {alias}.e is not null group by {alias}.e"
        )
        keys = ", ".join([f"{claim}.source", *(f"nullif(array_to_string({claim}.{name}, ','), '')" for name in source_lists())])
        return (
            f"(select (select concat('[', string_agg('{{\"fields\":[' || m.f || '],' || m.e || '}}', ',' order by m.n), ']') from ({merged}) m) "
            f"as entries, concat('{{', a.claims, '}}') as claims, a.keys from (select {entries}, "
            f"string_agg('\"' || {claim}.claim_digest || '\":' || {self.document()}, ',' order by {claim}.key) as claims, "
            f"string_agg(concat_ws(',', {keys}), ',') as keys from {self._claims()} {claim}) a)"
        )

    def keys(self) -> str:
        """The same keys alone, as a query of one column."""
        claim = self.claim.alias
        lists = " || ".join([f"array[{claim}.source]", *(f"{claim}.{name}" for name in source_lists())])
        return f"select unnest({lists}) from {self._claims(with_digest=False)} {claim}"

    def _claims(self, with_digest: bool = True) -> str:
        """The live claims that give one of the fields, or another field of its group, in order."""
        scope, claim, source = self.row.scope, self.claim.alias, self.claim.source
        digest = f", {claim_digest(scope, self.row.kind, claim, self.row.alias, source)} as claim_digest" if with_digest else ""
        groups = dict.fromkeys(field.group_name for field in self.fields)
        gives = " or ".join(covered(self.row.kind.groups[group], claim) for group in groups)
        return (
            f"(select {claim}.*, {source}.id as source_id, {source}.root as source_root{digest} from {scope.claims(self.row.kind)} {claim} "
            f"{scope.join(scope.kinds['source'], source, f'key = {claim}.source')} "
            f"where {claim}.record = {self.row.alias}.key and {claim}.rank <> 'deprecated' and ({gives}) order by {claim}.key)"
        )

    def _entry(self, field: Field) -> str:
        """What is known of a field, without its name, so that fields of which the same is known are equal.

        The fields of a group are settled together: the claims are those that give any field of the group, the chosen claim and the dispute are
        the group's. Null if no claim gives a field of the group.
        """
        claim, group = self.claim.alias, self.row.kind.groups[field.group_name]
        live = f"filter (where {covered(group, claim)})"
        chosen = f"max({claim}.claim_digest) filter (where {claim}.key = {self.row.alias}.{field.group_name}_claim)"
        return (
            f"case when count(*) {live} > 0 then concat('\"claims\":[', string_agg('\"' || {claim}.claim_digest || '\"', ',' order by {claim}.key) {live}, "
            f"'],\"chosen\":', coalesce('\"' || {chosen} || '\"', 'null'), ',\"origins\":', {self._origins(field, group)}, "
            f"',\"disputed\":', (count(distinct {group_value(claim, group)}) {live} > 1)::text) end"
        )

    def _origins(self, field: Field, group: tuple[Field, ...]) -> str:
        """The number of independent origins. Claims that quote nobody are their sources' own, and are counted with all others at once."""
        claim, record = self.claim.alias, self.row.alias
        agrees = f"{group_value(claim, group)} is not distinct from {group_value(record, group)}{about_the_same(self.claim, claim)}"
        own = f"(count(distinct {claim}.source_root) filter (where {agrees}))::text"
        quoting = f"bool_or({claim}.quoted_from <> '{{}}')"
        return f"case when {record}.{field.name} is null then '0' when {quoting} then {origins(self.claim, OriginCount('', field))} else {own} end"

    def document(self) -> str:
        """What a claim says of the fields, and what is known of it. What is not known is left out."""
        claim, scope = self.claim.alias, self.row.scope
        about = [
            self._ids(field)
            if field.type.many and field.type.ref
            else f"{_key(field)} || {scalar(scope, field, f'{claim}.{field.name}', not_null=True)}"
            for field in CLAIM_FIELDS.values()
        ]
        says = ", ".join(self._said(field) for field in self.fields)
        source = [quote_literal('{"source":"'), f"{claim}.source_id", quote_literal('"')]
        parts = [*source, *about, quote_literal(',"added_in":'), f"{claim}.added_in", quote_literal(',"says":{')]
        return f"concat({', '.join(parts)}, substr(concat({says}), 2), {quote_literal('}}')})"

    def _said(self, field: Field) -> str:
        """`,"field":value`, references as ids; null if the claim does not give the field."""
        claim, scope = self.claim.alias, self.row.scope
        if field.type.ref is None:
            return f"{_key(field)} || {scalar(scope, field, f'{claim}.{field.name}', not_null=True)}"
        if field.type.many:
            return self._ids(field, always=True)
        target = scope.alias("said")
        looked_up = f"(select {target}.id from {self.claim.linked(field, target)})"
        if published := self.row.packed_record(field):  # Most claims refer to the record that is published.
            looked_up = f"case when {claim}.{field.name} = {published}.key then {published}.id else {looked_up} end"
        return f"{_key(field)} || '\"' || {looked_up} || '\"'"

    def _ids(self, field: Field, always: bool = False) -> str:
        """A list of ids; null if there is none or, unless `always`, if it is empty."""
        scope, column = self.row.scope, f"{self.claim.alias}.{field.name}"
        target, item = scope.alias("listed"), scope.alias("item")
        ids = (
            f"(select coalesce(string_agg('\"' || {target}.id || '\"', ',' order by {item}.n), '') from unnest({column}) with ordinality {item}(key, n) "
            f"{scope.join(scope.kinds[field.type.ref or ''], target, f'key = {item}.key')})"
        )
        given = f"{column} is not null" if always else f"{column} <> '{{}}'"
        return f"case when {given} then {_key(field)} || '[' || {ids} || ']' end"


def _key(field: Field) -> str:
    return quote_literal(f',"{field.name}":')


def source_lists() -> list[str]:
    """The fields of a claim that list sources."""
    return [field.name for field in CLAIM_FIELDS.values() if field.type.ref == SOURCE.type.ref and field.type.many]


def evidence_join(row: RowSql, selection: Sequence[Node]) -> str:
    """A join with the provenance of a row, if the selection has any; the nodes of the selection then read it from there."""
    for node in selection:
        if isinstance(node, Evidence):
            row.evidence = row.scope.alias("evidence")
            return f" cross join lateral {evidence_of(row, node.fields).relation()} {row.evidence}"
    return ""


def evidence_of(row: RowSql, fields: Sequence[Field]) -> EvidenceSql:
    """The provenance of some fields of a row."""
    claim = RowSql(row.scope, row.kind, row.scope.alias("claim"), row.alias, row.scope.alias("source"))
    return EvidenceSql(row, claim, fields)


def sources(scope: Scope, selection: tuple[Node, ...], keys: str) -> str:
    """The sources whose keys a query returns, by their ids, as a JSON object. What is not known of a source is left out."""
    kind, alias = scope.kinds[SOURCE.type.ref or ""], scope.alias("cited")
    document = f"json_strip_nulls(({RowSql(scope, kind, alias).document(selection)})::json)::text"
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


COMPILERS |= {
    Evidence: lambda row, node: f"{row.evidence}.entries",
    EvidenceClaims: lambda row, node: f"{row.evidence}.claims",
    EvidenceSources: lambda row, node: sources(
        row.scope, node.selection, f"select unnest(string_to_array({row.evidence}.keys, ',')::bigint[])"
    ),
}

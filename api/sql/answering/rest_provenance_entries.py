"""What is known of the fields of a record, as entries that fields share: the claims, the chosen one, the number of origins, the dispute.

The fields of a group are settled together: the claims are those that give any field of the group, and the chosen claim is the group's. Each field has its own
dispute.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from schema.model.field import Field

from ..preference import covered
from ..text import quote_literal
from .disputes import SAID, any_disputed, by_rule, disputed, live_claim, opposing, said_of_all
from .graphql_provenance import DIGEST, about_the_same, group_value
from .records import RowSql


@dataclass(frozen=True)
class EntriesSql:
    """The entries of some fields of a record `row`, from the claims about it, of which `claim` is one.

    `known` is a relation that has, of all of these claims in order, the `claim_keys`, the `digests`, and the `roots` of the sources each speaks for.
    `brief`: entries do not say how many origins support them, and `known` has no `roots`.
    """

    row: RowSql
    claim: RowSql
    fields: Sequence[Field]
    brief: bool = False

    @cached_property
    def groups(self) -> dict[str, tuple[Field, ...]]:
        """The groups of the fields, each with all its fields: they are settled together."""
        return {field.group_name: self.row.kind.groups[field.group_name] for field in self.fields}

    @property
    def live(self) -> str:
        """A condition: a claim is a live one about the record, and gives one of the fields, or another field of its group."""
        claim, names = self.claim.alias, ", ".join(_names(group, self.claim.alias) for group in self.groups.values())
        return f"{claim}.record = {self.row.alias}.key and {claim}.rank <> 'deprecated' and num_nonnulls({names}) > 0"

    @property
    def contradicted(self) -> str:
        """Which of the fields are contradicted by claims that give only a field of another group, such as a first day after the last; empty if none can be.

        An array of truth values, as a query of its own, because those claims are no entry's.
        """
        kind, claim, scope = self.row.kind, self.row.scope.alias("other"), self.row.scope
        if not opposing(kind, self.fields):
            return ""
        found = (
            by_rule(scope, disputed(kind, field, claim, live_claim(claim)), "false") if opposing(kind, [field]) else "false"
            for field in self.fields
        )
        return f"(select array[{', '.join(found)}] from {scope.claims(kind)} {claim} where {claim}.record = {self.row.alias}.key)"

    @property
    def all_published(self) -> str:
        """A condition on the only claim: all that it gives of the groups is published. Nothing else can be, so it is enough to count groups."""
        claim, record = self.claim.alias, self.row.alias
        given = (
            f"{claim}.{group[0].name}" if len(group) == 1 else f"nullif(num_nonnulls({_names(group, claim)}), 0)"
            for group in self.groups.values()
        )
        published = (f"{record}.{name}_claim" for name in self.groups)
        return f"num_nonnulls({', '.join(given)}) = num_nonnulls({', '.join(published)})"

    def of_one(self, known: str) -> str:
        """The entries of a record with one claim, all of which is published, as most have: one of the fields that it gives, one of the others.

        The others are unknown, although the claim gives their groups.
        """
        digest, record = f"'\"' || {known}.digests[1] || '\"'", self.row.alias
        given = {field: f"{record}.{field.name} is not null" for field in self.fields}
        others = {
            field: f"{record}.{field.name} is null and {record}.{field.group_name}_claim is not null"
            for field in self.fields
            if len(self.groups[field.group_name]) > 1
        }
        entry = _with_fields(_listed(given), _entry(digest, digest, "" if self.brief else _origin_count(f"{known}.roots[1]"), "'false'"))
        other = _with_fields(_listed(others), _entry(digest, digest, "" if self.brief else "'0'", "'false'"))
        if not others:
            return f"concat('[', {entry}, ']')"
        in_order = f"concat('[', concat_ws(',', {entry}, {other}), ']')"
        # Which is the first follows from the first of the fields that is in an entry. A required one is in the one of fields that are given.
        first = list(itertools.takewhile(lambda field: not field.required, self.fields))
        if not any(field in others for field in first):
            return in_order
        cases = (f"when {given[field]} then false" + (f" when {others[field]} then true" if field in others else "") for field in first)
        return (
            f"case when case {' '.join(cases)} else false end then concat('[', concat_ws(',', {other}, {entry}), ']') else {in_order} end"
        )

    def of_several(self, known: str) -> str:
        """The entries of any record: fields of which the same is known share one, and fields of groups that no claim gives have none."""
        scope, claim, record, field = self.row.scope, self.claim.alias, self.row.alias, self.row.scope.alias("field")
        place, groups = f"array_position({known}.claim_keys, {claim}.key)", [self.groups[one.group_name] for one in self.fields]
        columns: dict[str, Iterable[str]] = {
            "name": map(_quoted, self.fields),
            "given": (covered(group, claim) for group in groups),
            "chosen": (f"{record}.{one.group_name}_claim" for one in self.fields),
        }
        of_origins = {} if self.brief else {
            "published": (f"{group_value(claim, group)} is not distinct from {group_value(record, group)}" for group in groups),
            "known": (f"{record}.{one.name} is not null" for one in self.fields),
        }  # fmt: skip
        others = [contradicted] if (contradicted := self.contradicted) else []
        is_disputed = f"({any_disputed(scope, field)} or bool_or({field}.contradicted))" if others else any_disputed(scope, field)
        # Unnested in the list of columns: in `from`, PostgreSQL first stores the elements of each array as a table, which took a third of the time.
        columns |= of_origins
        arrays = [*map(_array, columns.values()), *said_of_all(self.row.kind, self.fields, claim, not scope.at.now), *others]
        names = ", ".join([*columns, *SAID, *["contradicted"] * len(others), "n"])
        known_of_origins = "" if self.brief else (
            f"bool_and({field}.known) as known, string_agg({claim}.roots, ',') filter (where {field}.published and {claim}.about) as roots, "
        )  # fmt: skip
        about = "" if self.brief else f", {known}.roots[{place}] as roots, true{about_the_same(self.claim, claim)} as about"
        fields = (
            f"select {field}.n, min({field}.name) as name, {known_of_origins}"
            f"string_agg('\"' || {claim}.{DIGEST} || '\"', ',' order by {claim}.key) as claims, "
            f"max({claim}.{DIGEST}) filter (where {claim}.key = {field}.chosen) as chosen, "
            f"{is_disputed} as disputed from (select {claim}.*, {known}.digests[{place}] as {DIGEST}{about} from {scope.claims(self.row.kind)} {claim} where {self.live} offset 0) {claim} "
            f"cross join lateral (select {', '.join(f'unnest({values})' for values in arrays)}, generate_series(1, {len(self.fields)})) "
            f"{field}({names}) where {field}.given group by {field}.n"
        )
        origins = "" if self.brief else f"case when {field}.known then {_origin_count(f'{field}.roots')} else '0' end"
        text = _entry(f"{field}.claims", f"'\"' || {field}.chosen || '\"'", origins, f"{field}.disputed::text")
        merged = (
            f"select string_agg({field}.name, ',' order by {field}.n) as fields, {text} as text, min({field}.n) as n "
            f"from ({fields}) {field} group by text"
        )
        return f"(select concat('[', string_agg({_with_fields('m.fields', 'm.text')}, ',' order by m.n), ']') from ({merged}) m)"


def _entry(claims: str, chosen: str, origins: str, disputed: str) -> str:
    """An entry without its fields, from SQL expressions of text; without the number of origins if that is empty."""
    counted = f"',\"origins\":', {origins}, " if origins else ""
    return f"concat('\"claims\":[', {claims}, '],\"chosen\":', coalesce({chosen}, 'null'), {counted}',\"disputed\":', {disputed})"


def _with_fields(names: str, entry: str) -> str:
    """An entry with the names of its fields; null if there are none."""
    return f"'{{\"fields\":[' || {names} || '],' || {entry} || '}}'"


def _origin_count(roots: str) -> str:
    """The number of different roots in a text of roots, as a tsvector counts its words: a query would take longer to prepare."""
    return f"coalesce(length(array_to_tsvector(string_to_array({roots}, ',')))::text, '0')"


def _array(expressions: Iterable[str]) -> str:
    return f"array[{', '.join(expressions)}]"


def _quoted(field: Field) -> str:
    return quote_literal(f'"{field.name}"')


def _names(fields: Sequence[Field], alias: str) -> str:
    return ", ".join(f"{alias}.{field.name}" for field in fields)


def _listed(fields: Mapping[Field, str]) -> str:
    """The quoted names of the fields whose conditions hold; null if there are none."""
    names = (f"case when {condition} then {_quoted(field)} end" for field, condition in fields.items())
    return f"nullif(concat_ws(',', {', '.join(names)}), '')"

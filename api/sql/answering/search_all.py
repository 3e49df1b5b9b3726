"""A search across kinds: the records that it finds, in one order, as an SQL expression that yields their JSON text.

A record matches by the first of these that applies: its id, its whole name, the beginning of its name, words in its names, what it refers to
with its codes and days. Each is a branch for each kind, with its own limit, in the order of ids, so that no match is looked for beyond what is
returned. A record in several branches counts as its best match: of a branch that is cut off, the first rows are there.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from schema.model.kind import Kind
from schema.model.search import MATCHES as WORDS_OF_MATCHES
from schema.model.types import INTEGER, TEXT

from ...query.bindings import Parameter
from ...query.nodes import (
    Constant,
    EndCursor,
    FoundKind,
    FoundMatch,
    FoundRecord,
    FoundRecords,
    HasNextPage,
    HasPreviousPage,
    Node,
    PageInfo,
    Search,
)
from ...query.search import MAX_FOUND
from .conditions import folded_pattern, search_contains
from .json import JoinedSql, array, json_literal, obj, pair, string
from .records import RowSql
from .rest_provenance import evidence_join
from .scope import Scope, page_size
from .search import SearchedWord, search_branches

MATCHES = (*WORDS_OF_MATCHES,)
BY = 'order by found.match, found.kind, found.id collate "C"'


class FoundSql:
    """A search in a statement."""

    def __init__(self, scope: Scope, node: Search) -> None:
        self.scope, self.node = scope, node
        self.size = page_size(scope, node.first)

    def sql(self) -> str:
        most = f"limit {MAX_FOUND + 1 if isinstance(self.node.first, Parameter) else int(self.node.first) + 1}"
        # Of each branch as many as of the longest answer: for two, the planner would walk all ids and compare each, to end early if many matched.
        hits = " union all ".join(
            f"(select {match} as match, {number} as kind, {row}.key, {row}.id from {table} {row} where {condition} order by {row}.id limit {MAX_FOUND + 1})"
            for number, kind in enumerate(self.node.kinds)
            for row in [self.scope.alias(kind.name)]
            for match, condition in self._branches(kind, row)
            for table in self._tables(kind)
        )
        best = (
            f'select min(match) as match, kind, key, id from ({hits}) hits group by kind, key, id order by 1, kind, id collate "C" {most}'
        )
        numbered = f"select found.*, row_number() over ({BY}) as n from ({best}) found {BY}"
        return f"(select {self.parts(self.node.parts)} from ({numbered}) found)"

    def parts(self, parts: tuple[Node, ...]) -> JoinedSql:
        return obj(pair(part.key, PART_COMPILERS[type(part)](self, part)) for part in parts)

    def _tables(self, kind: Kind) -> list[str]:
        return [kind.name] if self.scope.at.now else [f"({branch})" for branch in self.scope.plain_branches(kind)]

    def _branches(self, kind: Kind, row: str) -> Iterator[tuple[int, str]]:
        """The conditions of a kind, each with the place in MATCHES of the match that it stands for."""
        scope, sought = self.scope, self.node.sought
        for condition in self._ids(kind, row):
            yield MATCHES.index("id"), condition
        if kind.searched:
            text = scope.bind(sought.text, "text")
            contains = search_contains(row, text)
            yield MATCHES.index("name"), f"{contains} and {_has_name(kind, row, '=', f'fold({text})')}"
            beginning = f"{folded_pattern(text)} || '%'"
            yield MATCHES.index("start"), f"{contains} and {_has_name(kind, row, 'like', beginning)}"
            words = (SearchedWord(scope, word) for word in sought.words)
            yield MATCHES.index("words"), " and ".join(search_contains(row, word.text) for word in words)
        yield from ((MATCHES.index("related"), condition) for condition in self._related(kind, row))

    def _ids(self, kind: Kind, row: str) -> Iterator[str]:
        """The id that the text is, and the numbers and ids that others gave to a record."""
        sought = self.node.sought
        if kind.name not in sought.ids:
            return
        yield f"{row}.id = {self.scope.bind(sought.ids[kind.name], 'text')}"
        for field in kind.fields.values():
            if field.index and field.type == TEXT:
                yield f"{row}.{field.name} = {self.scope.bind(sought.text, 'text')}"
            elif field.index and field.type == INTEGER and sought.number is not None:
                yield f"{row}.{field.name} = {self.scope.bind(sought.number, 'integer')}"

    def _related(self, kind: Kind, row: str) -> list[str]:
        """Words in what a record refers to and in its codes, and days. Without either, names were looked for already."""
        sought = self.node.sought
        if not (kind.finds if sought.days is None else self.scope.kinds.has_days(kind)):
            return []
        branches = search_branches(self.scope, kind, sought.others, row) if sought.others else [""]
        dated = self._dated(kind, row) if sought.days else ""
        return [" and ".join(filter(None, (branch, dated))) for branch in branches]

    def _dated(self, kind: Kind, row: str) -> str:
        """The condition that a record has a day of the span; that of what it is about, if it has no days of its own.

        A number that is summed has its last day there: a running total ends on each day of a series, and goes on from there.
        """
        assert self.node.sought.days is not None
        since, until = (self.scope.bind(day, "date") for day in self.node.sought.days)
        about, linked = self.scope.kinds.dated_link(kind), ""
        if about:
            target = self.scope.kinds[about.type.ref or ""]
            other = self.scope.alias(target.name)
            keys = f"select {other}.key from {self.scope.records(target)} {other} where {self._dated(target, other)}"
            linked = f"{row}.{about.name} in ({keys})"
        if kind.span is None:
            return linked
        first, last = (f"{row}.{field.name}" for field in kind.span)
        if kind.totals:
            own = f"coalesce({last}, {first}) between {since} and {until}"
        else:
            own = f"{first} <= {until} and coalesce({last}, {first}) >= {since}"
        return f"({own} or (coalesce({last}, {first}) is null and {linked}))" if linked else f"({own})"


def _has_name(kind: Kind, row: str, operator: str, value: str) -> str:
    """The condition that one of the names of a record compares with a folded text. What `search` looks in is folded already, if it is one name."""
    if len(kind.searched) == 1 and not kind.searched[0].type.many:
        return f"{row}.search {operator} {value}"
    names = (
        f"exists (select from unnest({row}.{field.name}) name where fold(name) {operator} {value})"
        if field.type.many
        else f"fold({row}.{field.name}) {operator} {value}"
        for field in kind.searched
    )
    return f"({' or '.join(names)})"


def found(scope: Scope, node: Search) -> str:
    return FoundSql(scope, node).sql()


def _records(search: FoundSql, node: FoundRecords) -> str:
    record = _record(search, node.records)
    if node.parts:
        record = obj(pair(part.key, ITEM_COMPILERS[type(part)](search, part)) for part in node.parts)
    return array(record, "found.n", f"found.n <= {search.size}")


def _record(search: FoundSql, records: tuple[FoundRecord, ...]) -> str:
    """The record of a row, looked up in the table of its kind."""
    scope = search.scope
    cases = []
    for record in records:
        row = RowSql(scope, record.kind, scope.alias(record.kind.name))
        joined = evidence_join(row, record.selection)
        document, alias = row.document(record.selection), row.alias
        cases.append(
            f"when {search.node.kinds.index(record.kind)} then "
            f"(select {document} from {scope.records(record.kind)} {alias}{joined} where {alias}.key = found.key)"
        )
    return f"case found.kind {' '.join(cases)} end"


def _kind(search: FoundSql, node: FoundKind) -> str:
    names = " ".join(f"when {number} then '{kind.name}'" for number, kind in enumerate(search.node.kinds))
    return string(f"case found.kind {names} end")


def _match(search: FoundSql, node: FoundMatch) -> str:
    names = ", ".join(f"'{match.upper() if search.scope.graphql else match}'" for match in MATCHES)
    return string(f"(array[{names}])[found.match + 1]")


def _more(search: FoundSql, node: HasNextPage) -> str:
    return f"(count(*) > {search.size})::text"


def _constant(search: FoundSql, node: Constant) -> str:
    return json_literal(f'"{node.text}"')


PART_COMPILERS: dict[type[Node], Callable[..., str]] = {
    FoundRecords: _records,
    HasNextPage: _more,
    HasPreviousPage: lambda search, node: json_literal("false"),
    EndCursor: lambda search, node: json_literal("null"),  # A search has one page.
    PageInfo: lambda search, node: search.parts(node.parts),
    Constant: _constant,
}
ITEM_COMPILERS: dict[type[Node], Callable[..., str]] = {
    FoundKind: _kind,
    FoundMatch: _match,
    FoundRecords: lambda search, node: _record(search, node.records),
    Constant: _constant,
}

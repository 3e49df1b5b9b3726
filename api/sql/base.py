"""What every part of a statement shares: bound arguments, and which tables hold the facts as of when."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from schema.kind import Field, Kind, Kinds

from ..query import At
from . import columns

CURRENT = "(select coalesce(max(id), 0) from revision)"


@dataclass(frozen=True)
class Scope:
    """Where a part of a statement is compiled: the kinds, the arguments bound so far, as of when, for whom.

    Scopes of one statement share `arguments`; each alias is given out once.
    """

    kinds: Kinds
    graphql: bool
    at: At = field(default_factory=At)
    current: int | None = None  # The revision that is taken to be today's: asked for by number, the live tables answer it.
    arguments: list[object] = field(default_factory=list)
    aliases: list[str] = field(default_factory=list)
    moments: dict[At, str] = field(default_factory=dict)  # How a revision or a time that was bound is written; it is bound once.

    def as_of(self, at: At) -> Scope:
        return replace(self, at=At() if at.revision is not None and at.revision == self.current else at)

    def bind(self, value: object, sql: str) -> str:
        self.arguments.append(value)
        return f"${len(self.arguments)}::{sql}"

    def alias(self, name: str) -> str:
        self.aliases.append(name)
        return f"{name}_{len(self.aliases)}"

    @property
    def revision(self) -> str:
        """The number of the revision that the facts are as of."""
        if self.at.now:
            return CURRENT
        if self.at not in self.moments:
            self.moments[self.at] = self._moment()
        return self.moments[self.at]

    def _moment(self) -> str:
        if self.at.revision is not None:
            return self.bind(self.at.revision, "bigint")
        return f"(select coalesce(max(id), 0) from revision where recorded_at <= {self.bind(self.at.time, 'timestamptz')})"

    def records(self, kind: Kind) -> str:
        """The relation of settled records of a kind."""
        return self._relation(kind.name, columns.live(kind))

    def joined(self, kind: Kind, alias: str, which: str) -> str:
        """A join of the settled records that `which` says, a column and what it equals, as `key = c.source`.

        Of the past, the condition stands inside each branch: PostgreSQL does not take it there from outside, and would read every
        record of the kind for each row.
        """
        if self.at.now:
            return f"join {kind.name} {alias} on {alias}.{which}"
        branches = " union all ".join(f"{branch} and {which}" for branch in self.branches(kind.name, columns.live(kind)))
        return f"cross join lateral ({branches}) {alias}"

    def claims(self, kind: Kind) -> str:
        """The relation of claims about records of a kind."""
        return self._relation(f"{kind.name}_claim", columns.claim(kind))

    def _relation(self, table: str, names: list[str]) -> str:
        return table if self.at.now else f"({' union all '.join(self.branches(table, names))})"

    def branches(self, table: str, names: list[str]) -> tuple[str, str]:
        """A revision's rows: those of today that were there by then, and the removed ones that still stood."""
        revision = self.revision
        listed = columns.listed(["key", *names])
        return (
            f"select {listed} from {table} where added_in <= {revision}",
            f"select {listed} from {table}_history where added_in <= {revision} and removed_in > {revision}",
        )


def quoted(text: str) -> str:
    """A text as an SQL literal."""
    return "'" + text.replace("'", "''") + "'"


def pair(key: str, value: str) -> str:
    """`"key": value` of a JSON object, as an SQL expression."""
    return f"{quoted(json.dumps(key, ensure_ascii=False) + ':')} || {value}"


def obj(pairs: Iterable[str]) -> str:
    """A JSON object of pairs, as an SQL expression. Texts are joined: no limit of arguments, and the fastest measured."""
    inner = " || ',' || ".join(pairs)
    return f"'{{' || {inner} || '}}'" if inner else "'{}'"


def array(expression: str, order: str, condition: str = "") -> str:
    """A JSON array of the rows of a group, as an SQL expression."""
    only = f" filter (where {condition})" if condition else ""
    return f"'[' || coalesce(string_agg({expression}, ',' order by {order}){only}, '') || ']'"


def scalar(scope: Scope, one: Field, column: str) -> str:
    """The JSON text of a value. PostgreSQL's own text of numbers, dates and booleans is JSON already."""
    type = one.type
    if type.escaped:
        text = f"to_json({column})::text"
    elif type.quoted:
        shown = f"upper({column})" if scope.graphql and type.vocabulary else f"{column}::text" if type.sql != "text" else column
        text = f"'\"' || {shown} || '\"'"
    else:
        text = f"{column}::text"
    return f"coalesce({text}, 'null')"

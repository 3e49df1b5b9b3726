"""What every part of a statement shares: bound arguments, and which tables hold the facts as of when."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from schema.model.kind import Field, Kind, Kinds

from ...query.bindings import Slot, now
from ...query.nodes import At
from .. import columns

CURRENT = "(select coalesce(max(id), 0) from revision)"
NEWEST = f"select {CURRENT}"
MIGRATION = "select version_num from alembic_version"


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
        return replace(self, at=At() if at.revision is not None and now(at.revision) == self.current else at)

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
        return kind.name if self.at.now else f"({' union all '.join(self.branches(kind))})"

    def joined(self, kind: Kind, alias: str, which: str) -> str:
        """A join of the settled records that `which` says, a column and what it equals, as `key = c.source`.

        Of the past, the condition stands inside each branch: PostgreSQL does not take it there from outside, and would read every
        record of the kind for each row.
        """
        if self.at.now:
            return f"join {kind.name} {alias} on {alias}.{which}"
        branches = " union all ".join(f"{branch} and {which}" for branch in self.branches(kind))
        return f"cross join lateral ({branches}) {alias}"

    def claims(self, kind: Kind) -> str:
        """The relation of claims about records of a kind."""
        table = f"{kind.name}_claim"
        return table if self.at.now else f"({' union all '.join(self._branches(table, columns.claim(kind), {}))})"

    def branches(self, kind: Kind) -> tuple[str, str]:
        """A revision's records, and what each of them holds today: those of today that were there by then, and the removed ones that still stood."""
        gathered = columns.packs(self.kinds, kind, f"{kind.name}_history")
        # What hangs on a removed one may have changed whenever; this is later than any revision in which it stood.
        held = {**gathered, columns.PACKED_IN: "removed_in"} if gathered else {}
        return self._branches(kind.name, columns.live(kind), held)

    def held(self, kind: Kind, holder: str, value: str, which: str) -> tuple[str, str]:
        """The same of the records that another one holds, in `value`, and that `which` says: a column and what it equals.

        What has been removed since is looked for only where the holder was told of a change since.
        """
        shown = columns.listed(["key", *columns.live(kind)], "(held)")
        _, removed = self.branches(kind)
        return (
            f"select {shown} from (select {value} as held) held where (held).added_in <= {self.revision}",
            f"{removed} and {which} and {holder}.{columns.PACKED_IN} > {self.revision}",
        )

    def _branches(self, table: str, names: list[str], held: Mapping[str, str]) -> tuple[str, str]:
        revision = self.revision
        listed = columns.listed(["key", *names])
        made = "".join(f", {value} as {name}" for name, value in held.items())
        return (
            f"select {columns.listed(['key', *names, *held])} from {table} where added_in <= {revision}",
            f"select {listed}{made} from {table}_history where added_in <= {revision} and removed_in > {revision}",
        )


def count(scope: Scope, number: int | Slot) -> str:
    """A size of a page. One that is known when the statement is written stands in it, so that the planner knows that it is small."""
    return scope.bind(number, "bigint") if isinstance(number, Slot) else str(number)


def quoted(text: str) -> str:
    """A text as an SQL literal."""
    return "'" + text.replace("'", "''") + "'"


class Literal(str):
    """A piece of JSON that is known when the statement is written; it becomes SQL as part of a Joined."""


class Joined(str):
    """Pieces joined to one text, as an SQL expression. It keeps its pieces, so that what it becomes a piece of can go on joining."""

    pieces: tuple[str, ...]

    def __new__(cls, pieces: Iterable[str]) -> Joined:
        kept = _merged(pieces)
        made = super().__new__(cls, _tree([quoted(one) if isinstance(one, Literal) else one for one in kept]))
        made.pieces = tuple(kept)
        return made


def _merged(pieces: Iterable[str]) -> list[str]:
    """All pieces in one row; neighbouring literals are one."""
    kept: list[str] = []
    for piece in pieces:
        for one in piece.pieces if isinstance(piece, Joined) else (piece,):
            if isinstance(one, Literal) and kept and isinstance(kept[-1], Literal):
                kept[-1] = Literal(kept[-1] + one)
            else:
                kept.append(one)
    return kept


def _tree(expressions: list[str]) -> str:
    """Joined in halves: each `||` copies both its sides, so a chain of n would copy the first of them n times."""
    if len(expressions) < 2:
        return expressions[0] if expressions else "''"
    middle = len(expressions) // 2
    return f"({_tree(expressions[:middle])} || {_tree(expressions[middle:])})"


def literal(text: str) -> Joined:
    """JSON that is known already, as an SQL expression."""
    return Joined([Literal(text)])


def string(expression: str) -> Joined:
    """A JSON string of a text that needs no escapes and is not null, as an SQL expression."""
    return Joined([Literal('"'), expression, Literal('"')])


def pair(key: str, value: str) -> tuple[Literal, str]:
    """`"key":` of a JSON object, and its value, as an SQL expression."""
    return Literal(json.dumps(key, ensure_ascii=False) + ":"), value


def obj(pairs: Iterable[tuple[Literal, str]]) -> Joined:
    """A JSON object of pairs, as an SQL expression. Texts are joined: no limit of arguments, and the fastest measured."""
    pieces = [piece for key, value in pairs for piece in (Literal(","), key, value)]
    return Joined([Literal("{"), *pieces[1:], Literal("}")])


def array(expression: str, order: str = "", condition: str = "") -> Joined:
    """A JSON array of the rows of a group, as an SQL expression. Without an order, as they come from a query that has put them in theirs."""
    by = f" order by {order}" if order else ""
    only = f" filter (where {condition})" if condition else ""
    return Joined([Literal("["), f"coalesce(string_agg({expression}, ','{by}){only}, '')", Literal("]")])


def scalar(scope: Scope, one: Field, column: str, known: bool = False) -> str:
    """The JSON text of a value; `known`: it is never null. PostgreSQL's own text of numbers, dates and booleans is JSON already."""
    type = one.type
    if type.escaped:
        text = f"to_json({column})::text"
    elif type.quoted:
        # By the rules of the collation "C", which are the quickest: codes are ASCII.
        shown = f'upper({column} collate "C")' if scope.graphql and type.vocabulary else column if type.sql == "text" else f"{column}::text"
        text = string(shown)
    else:
        text = f"{column}::text"
    return text if known else f"coalesce({text}, 'null')"

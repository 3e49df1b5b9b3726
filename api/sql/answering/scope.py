"""What every part of a statement shares: bound arguments, and which tables hold the facts as of when."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from schema.model.kind import Kind
from schema.model.kinds import Kinds

from ...query.bindings import Parameter, compile_value
from ...query.nodes import At
from .. import columns
from ..revision import CURRENT


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
        return replace(self, at=At() if at.revision is not None and compile_value(at.revision) == self.current else at)

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
        return table if self.at.now else f"({' union all '.join(self._branches(table, columns.claim_names(kind), {}))})"

    def branches(self, kind: Kind) -> tuple[str, str]:
        """A revision's records, and what each of them holds today: those of today that were there by then, and the removed ones that still stood."""
        gathered = columns.packed_queries(self.kinds, kind, f"{kind.name}_history")
        # What hangs on a removed one may have changed whenever; this is later than any revision in which it stood.
        held = {**gathered, columns.PACKED_IN: "removed_in"} if gathered else {}
        return self._branches(kind.name, columns.live_names(kind), held)

    def held(self, kind: Kind, holder: str, value: str, which: str) -> tuple[str, str]:
        """The same of the records that another one holds, in `value`, and that `which` says: a column and what it equals.

        What has been removed since is looked for only where the holder was told of a change since.
        """
        shown = columns.column_list(["key", *columns.live_names(kind)], "(held)")
        _, removed = self.branches(kind)
        return (
            f"select {shown} from (select {value} as held) held where (held).added_in <= {self.revision}",
            f"{removed} and {which} and {holder}.{columns.PACKED_IN} > {self.revision}",
        )

    def _branches(self, table: str, names: list[str], held: Mapping[str, str]) -> tuple[str, str]:
        revision = self.revision
        listed = columns.column_list(["key", *names])
        made = "".join(f", {value} as {name}" for name, value in held.items())
        return (
            f"select {columns.column_list(['key', *names, *held])} from {table} where added_in <= {revision}",
            f"select {listed}{made} from {table}_history where added_in <= {revision} and removed_in > {revision}",
        )


def count(scope: Scope, number: int | Parameter) -> str:
    """A size of a page. One that is known when the statement is written stands in it, so that the planner knows that it is small."""
    return scope.bind(number, "bigint") if isinstance(number, Parameter) else str(number)

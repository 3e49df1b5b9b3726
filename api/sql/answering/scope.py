"""The state that all parts of one statement share: bound arguments, aliases, and the revision as of which facts are read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from schema.model.kind import Kind
from schema.model.kinds import Kinds
from schema.storage import columns

from ...query.bindings import Parameter, compiled_value
from ...query.nodes import NOW, At
from ..columns import column_list, packed_queries
from ..revision import CURRENT
from .text_budget import UNLIMITED, TextBudget
from .written_length import WrittenLength


@dataclass(frozen=True)
class Scope:
    """Where a part of a statement is compiled: the kinds, the arguments bound so far, the revision that is read, and the API it is for.

    Scopes of one statement share `arguments`, `aliases` and `length`, so that each alias is unique in the statement.
    """

    kinds: Kinds
    graphql: bool
    at: At = NOW
    named: At = NOW  # The revision that global ids name; none in the newest facts.
    sparse: bool = False  # Whether records are written without what is not known of them.
    steps: list[str] | None = None  # Where conditions may add steps, if a statement reads nearly all records, and not a page of them.
    semi_joins: bool = False  # Whether conditions on linked records are written as joins, for such a statement.
    own_reasons: str = ""  # The relation with the reasons why totals of this query leave records out, where it is not that of all records.
    current: int | None = None  # The newest revision: a query for it by number is answered from the live tables.
    arguments: list[object] = field(default_factory=list)
    texts: TextBudget = UNLIMITED  # The bytes of texts that the answer may have.
    aliases: list[str] = field(default_factory=list)
    length: WrittenLength = field(default_factory=WrittenLength)
    bound_revisions: dict[At, str] = field(default_factory=dict)  # The SQL of each past revision or time; each is bound once.

    def as_of(self, at: At) -> Scope:
        """A scope as of a revision. Ids name it, unless it is the newest, and only the cursor of a page names it."""
        is_current = at.revision is not None and compiled_value(at.revision) == self.current
        unnamed = at.now or not at.named or (is_current and at.walk and self.named.now)
        return replace(self, at=NOW if is_current else at, named=NOW if unnamed else at)

    def with_steps(self) -> Scope:
        """A scope whose conditions look linked records up once, in steps of their own (common table expressions), which it collects."""
        return replace(self, steps=[])

    def of_keys(self) -> KeysScope:
        """The scope of a query of keys that is planned apart from the statement."""
        return KeysScope(self.kinds, self.graphql, self.at, self.named, current=self.current, aliases=self.aliases, outer=self)

    def with_semi_joins(self) -> Scope:
        """A scope whose conditions on linked records can be joins, which PostgreSQL runs in parallel, unlike such steps."""
        return replace(self, semi_joins=True)

    def bind(self, value: object, sql_type: str) -> str:
        """Add an argument to the statement, and return its placeholder with a cast to its type."""
        self.arguments.append(value)
        return f"${len(self.arguments)}::{sql_type}"

    def alias(self, name: str) -> str:
        self.aliases.append(name)
        return f"{name}_{len(self.aliases)}"

    @property
    def revision(self) -> str:
        """The number of the revision that is read, as an SQL expression."""
        return CURRENT if self.at.now else self._revision_of(self.at)

    @property
    def named_revision(self) -> str:
        """The number of the revision that global ids name, as an SQL expression; empty if they name none."""
        return "" if self.named.now else self._revision_of(self.named)

    def _revision_of(self, at: At) -> str:
        if at not in self.bound_revisions:
            self.bound_revisions[at] = self._bind_revision(at)
        return self.bound_revisions[at]

    def _bind_revision(self, at: At) -> str:
        if at.revision is not None:
            return self.bind(at.revision, "bigint")
        return f"(select coalesce(max(id), 0) from revision where recorded_at <= {self.bind(at.time, 'timestamptz')})"

    def records(self, kind: Kind) -> str:
        """The relation of the settled records of a kind."""
        return kind.name if self.at.now else f"({' union all '.join(self.record_branches(kind))})"

    def claims(self, kind: Kind) -> str:
        """The relation of the claims about records of a kind."""
        table = f"{kind.name}_claim"
        return table if self.at.now else f"({' union all '.join(self.claim_branches(kind))})"

    def claim_branches(self, kind: Kind) -> tuple[str, str]:
        """The claims of a past revision as two selects."""
        return self._branches(f"{kind.name}_claim", columns.claim_names(kind), {})

    def plain_branches(self, kind: Kind) -> tuple[str, str]:
        """The records of a past revision as two selects, without packed columns."""
        return self._branches(kind.name, columns.live_names(kind), {})

    def join(self, kind: Kind, alias: str, condition: str) -> str:
        """A join of the settled records that meet a condition, given as a column and an expression it equals, such as `key = c.source`.

        As of the past, the condition is inside each branch: PostgreSQL does not push it into a union, and would read every record of
        the kind for each row.
        """
        if self.at.now:
            return f"join {kind.name} {alias} on {alias}.{condition}"
        branches = " union all ".join(f"{branch} and {condition}" for branch in self.record_branches(kind))
        return f"cross join lateral ({branches}) {alias}"

    def record_branches(self, kind: Kind) -> tuple[str, str]:
        """The records of a past revision as two selects, with their packed columns: live ones that existed then, and ones removed since."""
        packed = packed_queries(self.kinds, kind, f"{kind.name}_history")
        # Records packed with a removed one may have changed at any time since; `removed_in` is later than any revision in which it existed.
        values = {**packed, columns.PACKED_IN: "removed_in"} if packed else {}
        return self._branches(kind.name, columns.live_names(kind), values)

    def packed_as_of(self, kind: Kind, parent: str, packed: str, condition: str) -> tuple[str, str]:
        """The same two selects, of the records packed in a column of the row `parent`; `condition` relates removed records to that row.

        Removed records are looked for only where the packed column of `parent` has changed since.
        """
        names = column_list(["key", *columns.live_names(kind)], "(packed)")
        _, removed = self.record_branches(kind)
        return (
            f"select {names} from (select {packed} as packed) packed where (packed).added_in <= {self.revision}",
            f"{removed} and {condition} and {parent}.{columns.PACKED_IN} > {self.revision}",
        )

    def _branches(self, table: str, names: list[str], values: Mapping[str, str]) -> tuple[str, str]:
        revision = self.revision
        history_values = "".join(f", {value} as {name}" for name, value in values.items())
        return (
            f"select {column_list(['key', *names, *values])} from {table} where added_in <= {revision}",
            f"select {column_list(['key', *names])}{history_values} from {table}_history "
            f"where added_in <= {revision} and removed_in > {revision}",
        )


@dataclass(frozen=True)
class KeysScope(Scope):
    """The scope of a query that `planned_keys` plans apart from its statement: a value bound in it is an item of its argument, an array of texts."""

    outer: Scope = field(kw_only=True)
    given: list[str] = field(default_factory=list)  # The items, as expressions of the statement.

    def bind(self, value: object, sql_type: str) -> str:
        self.given.append(f"{self.outer.bind(value, sql_type)}::text")
        return f"($1)[{len(self.given)}]::{sql_type}"


def page_size(scope: Scope, number: int | Parameter) -> str:
    """The size of a page. A constant is written into the statement, so that the planner knows that it is small."""
    return scope.bind(number, "bigint") if isinstance(number, Parameter) else str(number)

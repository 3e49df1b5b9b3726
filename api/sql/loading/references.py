"""The statements that find the claims that refer to records which are no longer there, by index. Text; no I/O."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from schema.model.claim import CLAIM_FIELDS
from schema.model.kind import Kind
from schema.model.kinds import Kinds

MAX_LOOKUPS = 10_000  # Up to this many records, those that refer to each are found by an index; beyond, all claims are read once.
# One source makes most claims, and most sources make none: the planner expects that any of them makes most, and would read the entire
# table. Of lists it knows nothing. So it is told to use the indexes.
BY_INDEX, BY_ANY_PLAN = "set local enable_seqscan = off", "set local enable_seqscan = on"


@dataclass(frozen=True)
class Reference:
    """A column of the claims about `kind` that refers to records of another kind: to one, or to a list of them (`many`)."""

    kind: Kind
    column: str
    many: bool

    def claims(self, gone: str, by_index: bool) -> str:
        """A FROM item: the claims `c` that refer to the records whose keys are in the column `key` of the table `gone`, as `g`."""
        name = f"{self.kind.name}_claim"
        if by_index:
            return f"{gone} g cross join lateral ({claims_by_index(name, self.column, self.many, 'g.key')}) c"
        if not self.many:
            return f"{gone} g join {name} c on c.{self.column} = g.key"
        # Lists are unnested, so that PostgreSQL can hash their items: searching each list for each record takes hours.
        return f"{name} c cross join lateral unnest(c.{self.column}) u(key) join {gone} g on g.key = u.key"


def claims_by_index(table: str, column: str, many: bool, key: str) -> str:
    """A select of the claims of a table that refer to one record, to be run under `BY_INDEX`; `offset 0` keeps it from becoming a join."""
    condition = f"{column} @> array[{key}]" if many else f"{column} = {key}"
    return f"select * from {table} where {condition} offset 0"


def references_to(kinds: Kinds, kind: Kind) -> Iterator[Reference]:
    """Every column of claims that refers to records of a kind."""
    for other in kinds.values():
        if kind.name == "source":
            yield Reference(other, "source", False)
        for field in (*other.fields.values(), *CLAIM_FIELDS.values()):
            if field.type.ref == kind.name:
                yield Reference(other, field.name, field.type.many)


def dangling(kinds: Kinds, kind: Kind, by_index: bool) -> Iterator[str]:
    """Claims that still refer to records of `kind` that this load removed: their kind, id and field, and the removed id."""
    for reference in references_to(kinds, kind):
        other = reference.kind.name
        yield (
            f"select '{other}' as kind, o.id, '{reference.column}' as field, g.id as gone\n"
            f"from {reference.claims(f'removed_{kind.name}', by_index)} join {other} o on o.key = c.record"
        )

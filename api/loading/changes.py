"""What a revision changed in records that existed before it, as readers see them; new records are not among its changes."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass

import asyncpg

from schema.model.kinds import Kinds

from ..sql.loading import changes as sql
from ..sql.revision import NEWEST
from ..store.sessions import Connection

MAX_CHANGES_LISTED = 50
MAX_VALUE_LENGTH = 60  # Characters of a value in a line; the JSON has all of them.
UNKNOWN = "unknown"


@dataclass(frozen=True)
class RecordChange:
    """A changed value of a record: the field, and what readers saw before and see now; None is unknown. No field: it was removed."""

    kind: str
    id: str
    field: str | None
    old: str | None
    new: str | None
    reasons: tuple[str, ...] = dataclasses.field(default=(), compare=False)  # Codes: why claims about the record ended.

    def __str__(self) -> str:
        if self.field is None:
            return f"{self.kind} {self.id}: removed"
        return f"{self.kind} {self.id}, {self.field}: {' → '.join(self.excerpts)}"

    @property
    def excerpts(self) -> tuple[str, str]:
        """What readers saw before and see now, each in one short line."""
        return _excerpts(UNKNOWN if self.old is None else self.old, UNKNOWN if self.new is None else self.new)

    def json(self) -> dict[str, object]:
        return {"kind": self.kind, "id": self.id, "field": self.field, "old": self.old, "new": self.new}


@dataclass(frozen=True)
class Changes:
    """The first changed values, figures before what they belong to, and then the first removed records; and how many there are.

    By kind: `records`, how many records that remain have one; `originals`, how many claims changed only in their `original`, which no field shows.
    """

    first: tuple[RecordChange, ...] = ()
    count: int = 0
    records: Mapping[str, int] = dataclasses.field(default_factory=dict)
    originals: Mapping[str, int] = dataclasses.field(default_factory=dict)

    @property
    def not_listed(self) -> int:
        return self.count - len(self.first)

    def lines(self) -> list[str]:
        """A line for each listed change, and one for how many are not listed."""
        lines = [str(change) for change in self.first]
        return [*lines, f"… and {self.not_listed:,} more changes"] if self.not_listed else lines

    def json(self) -> dict[str, object]:
        return {"changes": [change.json() for change in self.first], "changes_not_listed": self.not_listed}


async def changes_of(
    kinds: Kinds, connection: asyncpg.Connection | Connection, revision: int, records: Mapping[str, Mapping[str, int]],
    claims: Mapping[str, Mapping[str, int]],
) -> Changes:  # fmt: skip
    """What a recorded revision changed; `records` and `claims` are its counts, by kind. One or two statements for each kind that has changes.

    Withheld values are never among them: withholding removes their versions from history.
    """
    newest = revision == await connection.fetchval(NEWEST)
    values: list[RecordChange] = []
    removed: list[RecordChange] = []
    numbers: dict[str, int] = {}
    originals: dict[str, int] = {}
    count = 0
    for kind in reversed(kinds.values()):
        counts = records.get(kind.name, {})
        if claims.get(kind.name, {}).get("changed", 0):
            originals[kind.name] = await connection.fetchval(sql.only_in_original(kind, newest), revision)
        if not counts.get("changed", 0) + counts.get("removed", 0):
            continue
        rows = await connection.fetch(sql.changes(kind, newest), revision, MAX_CHANGES_LISTED)
        listed = [
            RecordChange(kind.name, row["id"], row["field"], row["old"], row["new"], tuple(row["reasons"]))
            for row in rows
            if row["id"] is not None
        ]
        values += [change for change in listed if change.field is not None]
        removed += [change for change in listed if change.field is None]
        numbers[kind.name], count = rows[0]["records"], count + rows[0]["changes"]
    return Changes(tuple([*values, *removed][:MAX_CHANGES_LISTED]), count, numbers, originals)


def _excerpts(old: str, new: str) -> tuple[str, str]:
    """Both values in one line; of long values, the part around their first difference."""
    old, new = (" ".join(value.split()) or repr(value) for value in (old, new))
    if max(len(old), len(new)) <= MAX_VALUE_LENGTH:
        return old, new
    same = next((number for number, (a, b) in enumerate(zip(old, new, strict=False)) if a != b), min(len(old), len(new)))
    start = max(0, same - MAX_VALUE_LENGTH // 3)
    return _excerpt(old, start), _excerpt(new, start)


def _excerpt(value: str, start: int) -> str:
    end = start + MAX_VALUE_LENGTH
    return ("…" if start else "") + value[start:end] + ("…" if end < len(value) else "")

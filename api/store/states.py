"""Which state of a database an answer is of, and what that state withholds."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from schema.model.kind import Kind


@dataclass(frozen=True)
class State:
    """Which state of which database a complete list is of: its bytes depend on nothing else of the database."""

    revision: int
    current: int  # The newest revision.
    last_withdrawal: int
    database: str  # Its identity and the version of its tables.
    recorded_at: str  # When the revision was recorded.


@dataclass(frozen=True)
class WithheldCounts:
    """What a revision withholds: how many records of each kind, and the last revision that withheld what had been published before."""

    revision: int = 0
    records: Mapping[str, int] = field(default_factory=dict)
    last_withdrawal: int = 0

    def of(self, kinds: Iterable[Kind]) -> int:
        return sum(self.records.get(name, 0) for name in {kind.name for kind in kinds})

"""What a card of totals asks for, what was read for it, and what a chart of it draws."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ..query.nodes import At, RecordNode, TotalsNode
from ..rest.parameters import Parameters
from .card_options import CardOptions
from .card_words import Content
from .totals_words import Sums, Totals

Row = Mapping[str, Any]


@dataclass(frozen=True)
class Request:
    """What a card of totals asks for."""

    node: TotalsNode
    names: tuple[tuple[str, RecordNode], ...]  # The records that its conditions name, for their names, each with the field.
    params: Parameters  # Without the options of cards.
    options: CardOptions
    timeline: bool
    drawn: bool = False
    every: dict[int, Sums] = field(default_factory=dict)  # The rows that were read, by their revision.
    printed: dict[int, Sums] = field(default_factory=dict)  # Those of them that a card of the revision prints.

    def named(self, records: Sequence[Mapping[str, Any] | None]) -> dict[str, str]:
        """The names of the records that its conditions name, by field."""
        return {name: record[node.kind.label or "id"] for (name, node), record in zip(self.names, records, strict=True) if record}


@dataclass(frozen=True)
class Read:
    """The rows as of one revision."""

    rows: Sequence[Row]
    revision: int
    current: int
    moment: Mapping[str, Any]
    names: Mapping[str, str]
    left_out: Sequence[Row]


@dataclass(frozen=True)
class Drawing:
    """A timeline to draw: its rows, what is said of them, and the revision that they are of."""

    totals: Totals
    rows: Sequence[Row]
    content: Content
    revision: int
    current: int
    recorded_at: str
    at: At
    node: TotalsNode

    @property
    def frozen(self) -> bool:
        return not self.at.now

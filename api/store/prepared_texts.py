"""The texts of the statements that one connection has prepared: PostgreSQL keeps the plan of each, which takes up to a hundred times the memory of its text."""

from __future__ import annotations

from collections import OrderedDict

MAX_PREPARED = 64  # Statements of a connection; asyncpg forgets the one that was used longest ago.
MAX_LENGTH = (
    200_000  # Characters of a statement that is kept. The longest that is worth it is that of a record with all its provenance, 150 kB.
)
MAX_TOTAL = 1_000_000  # Characters of all that a connection keeps, about. One that has more is closed, since only that frees the memory.


class PreparedTexts:
    """Counts as asyncpg keeps them, which does not tell."""

    def __init__(self) -> None:
        self.lengths: OrderedDict[str, int] = OrderedDict()  # The one that was used longest ago first.
        self.total = 0  # Characters.

    def use(self, text: str) -> None:
        """Count a statement that has been run."""
        if text in self.lengths:
            self.lengths.move_to_end(text)
        elif len(text) <= MAX_LENGTH:
            self.lengths[text] = len(text)
            self.total += len(text)
            if len(self.lengths) > MAX_PREPARED:
                self.total -= self.lengths.popitem(last=False)[1]

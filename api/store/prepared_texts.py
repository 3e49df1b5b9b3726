"""The texts of the statements that one connection has prepared: PostgreSQL keeps the plan of each, which takes up to a hundred times the memory of its text."""

from __future__ import annotations

from collections import OrderedDict

from ..sql.text import planned_length

MAX_PREPARED = 64  # Statements of a connection; asyncpg forgets the one that was used longest ago.
MAX_LENGTH = (
    200_000  # Characters of a statement that is kept. The longest that is worth it is that of a record with all its provenance, 150 kB.
)
# Characters of all that a connection keeps, without literals, about: each takes 300 to 500 bytes. A connection that has more is closed, since only that
# frees the memory.
MAX_TOTAL = 400_000


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
            self.lengths[text] = planned_length(text)
            self.total += self.lengths[text]
            if len(self.lengths) > MAX_PREPARED:
                self.total -= self.lengths.popitem(last=False)[1]

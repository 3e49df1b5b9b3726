"""How much of a statement has been written, so that one that is found to be too long is not written to its end."""

from __future__ import annotations

from dataclasses import dataclass

from ...errors import TooMuch

MAX_WITH_LITERALS = 600_000  # Characters of a statement.
ADVICE = (
    "request fewer records by id or by alias at once, or select less of each: as of an earlier revision each takes several times as many"
)


@dataclass
class WrittenLength:
    """The characters of those parts of a statement that are finished, at least."""

    characters: int = 0

    def finish(self, before: int, length: int) -> None:
        """Count a part, before which there were so many characters, and which has in it whatever was counted since. Raises TooMuch."""
        self.characters = max(self.characters, before + length)
        if self.characters > MAX_WITH_LITERALS:
            raise TooMuch(
                f"the SQL statement for this request has more than {MAX_WITH_LITERALS:,} characters with its literals, and that is the limit; {ADVICE}"
            )

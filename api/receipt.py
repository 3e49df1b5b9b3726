"""Why a load is made, and what it did."""

from __future__ import annotations

import getpass
import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from importlib.metadata import version

TOOL = f"conflict-facts {version('conflict-facts')}"


def user() -> str:
    """Who runs this: a name, or, as in a container, the number of a user who has none."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # Python before 3.13 raises the first, later ones the second.
        return f"uid {os.getuid()}"


@dataclass(frozen=True)
class Cause:
    """Why a revision is made, as its makers say it."""

    message: str = ""
    author: str = field(default_factory=user)
    reason: str = "source_revised"  # A code of the vocabulary `reason`, for what is changed or gone.
    kind: str = "load"

    @property
    def gone(self) -> str:
        """What no longer stands was retracted, unless its makers say otherwise."""
        return "retracted" if self.reason == "source_revised" else self.reason


@dataclass
class Receipt:
    """What a load did. `revision` is None where nothing differed, and then nothing was written."""

    revision: int | None = None
    claims: dict[str, dict[str, int]] = field(default_factory=dict)  # By kind: added, changed, retracted, unchanged.
    records: dict[str, dict[str, int]] = field(default_factory=dict)  # By kind: added, changed, removed.
    oddities: list[str] = field(default_factory=list)
    elsewhere: list[str] = field(default_factory=list)  # Collections that the database has and the loaded folder lacks.

    def lines(self) -> Iterator[str]:
        yield from (f"odd, and kept: {one}" for one in self.oddities)
        for name in self.elsewhere:
            yield f"kept: the collection {name} is in the database and not in this folder; `conflict-facts retract {name}` takes it back"
        for kind, counts in self.claims.items():
            yield f"  {kind}: " + ", ".join(f"{number} {what}" for what, number in counts.items() if number or what == "unchanged")
        yield f"recorded as revision {self.revision}" if self.revision else "nothing differs; no new revision"

    def moved(self, kind: str) -> int:
        """How many claims about records of a kind are not as they were."""
        return sum(count for what, count in self.claims[kind].items() if what != "unchanged")

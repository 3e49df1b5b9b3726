"""Which revision a page shows, and when it was recorded."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from ..query.nodes import At
from ..store.store import Answer


@dataclass(frozen=True)
class Moment:
    """The revision that a page shows, when it was recorded, and whether the address names it."""

    revision: int
    recorded_at: str
    named: bool

    @property
    def query(self) -> str:
        """What the links of the page end in, so that they lead to the same revision."""
        return f"?revision={self.revision}" if self.named else ""


def moment(answer: Answer, document: str | None, at: At) -> Moment:
    """The revision of an answer, from the member that describes it."""
    recorded: dict[str, Any] = json.loads(document or "null") or {}
    return Moment(answer.revision, str(recorded.get("recorded_at") or ""), not at.now and not at.walk)

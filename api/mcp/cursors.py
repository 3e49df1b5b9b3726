"""Where a result continues: the revision, how many items of which page of REST were returned, and of which call."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ..errors import BadCursor

CURSOR = re.compile(r"([0-9]{1,9})\.([0-9]{1,6})\.([0-9a-f]{10})(?:\.([A-Za-z0-9_=-]+))?")
REPEATED = "repeat the call unchanged, and add only the cursor; or start again without one"


@dataclass(frozen=True)
class Position:
    """The place in a list at which a result begins."""

    revision: int | None = None  # None in the first call: as the arguments say.
    skipped: int = 0  # Items of the page that earlier results have.
    after: str | None = None  # The cursor of REST that the page was requested with.

    def parameters(self, params: Mapping[str, str], at: tuple[str, ...]) -> dict[str, str]:
        """The parameters of the page; `at` are the names of those that choose a revision."""
        if self.revision is None:
            return dict(params)
        rest = {name: text for name, text in params.items() if name not in at}
        return {**rest, "after": self.after} if self.after else {**rest, at[0]: str(self.revision)}

    def text(self, call: str) -> str:
        """The cursor; `call` is the digest of the call."""
        return f"{self.revision}.{self.skipped}.{call}" + (f".{self.after}" if self.after else "")


def digest(tool: str, arguments: Mapping[str, Any]) -> str:
    """What tells a call from others."""
    text = json.dumps([tool, {name: value for name, value in arguments.items() if value is not None}], sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:10]


def position(cursor: str, call: str) -> Position:
    """Where a call begins. Raises BadCursor if the cursor is not one, or is that of another call."""
    if not cursor:
        return Position()
    match = CURSOR.fullmatch(cursor)
    if match is None:
        raise BadCursor(f"cursor: is not one that this tool returned; {REPEATED}")
    if match[3] != call:
        raise BadCursor(f"cursor: is that of a call with other arguments; {REPEATED}")
    return Position(int(match[1]), int(match[2]), match[4])

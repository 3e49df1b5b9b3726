"""Why a revision is made, and by whom."""

from __future__ import annotations

import getpass
import os
from dataclasses import dataclass, field

from .. import __version__

TOOL = f"conflict-facts {__version__}"


def current_user() -> str:
    """Who runs this: a name, or, as in a container, the number of a user who has none."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # Python before 3.13 raises the first, later ones the second.
        return f"uid {os.getuid()}"


@dataclass(frozen=True)
class Change:
    """Why a revision is made, as its makers say it."""

    message: str = ""
    author: str = field(default_factory=current_user)
    reason: str = "source_revised"  # A code of the vocabulary `reason`, for what is changed or gone.
    kind: str = "load"

    @property
    def gone(self) -> str:
        """What no longer stands was retracted, unless its makers say otherwise."""
        return "retracted" if self.reason == "source_revised" else self.reason

"""Why a revision is made, and by whom."""

from __future__ import annotations

import getpass
import os
from dataclasses import dataclass, field

from .. import __version__

TOOL = f"conflict-facts {__version__}"


UPGRADE = "upgrade"  # The kind of the revision in which a newer version of the rule settles all facts again.


def current_user() -> str:
    """The name of the user who runs the command. If the system has no name for the user, as in some containers: `uid` and the number."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # Python before 3.13 raises the first, later ones the second.
        return f"uid {os.getuid()}"


class DryRun(Exception):
    """Rolls back the transaction of a dry run, once its receipt is complete."""


@dataclass(frozen=True)
class Change:
    """Message, author, reason and kind of a revision, as its author gives them."""

    message: str = ""
    author: str = field(default_factory=current_user)
    reason: str = "source_revised"  # A code of the vocabulary `reason`: why claims were changed or removed.
    kind: str = "load"

    @property
    def settling_reason(self) -> str:
        """Why records changed that were settled again."""
        return self.reason if self.kind == UPGRADE else "resettled"

    @property
    def removal_reason(self) -> str:
        """Why removed claims and records were removed: they were retracted, unless the author gives another reason."""
        return "retracted" if self.reason == "source_revised" else self.reason

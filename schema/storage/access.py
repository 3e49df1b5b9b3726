"""Which tables are served, and which columns of them are not: what the reading role may read is derived from here, and from the kinds."""

from __future__ import annotations

from ..model.kinds import Kinds
from . import columns

# Tables of all kinds. Of the revisions, what could confirm a guess about withheld claims is not served: functions tell what may be known.
SERVED, UNSERVED = ("revision", "withheld"), ("revision_digest", "claim_tombstone", "purged_count", "purged_record")
UNSERVED_COLUMNS = {"revision": ("digest", "receipt")}
SERVED_REVISION_COLUMNS = tuple(name for name in columns.names(columns.REVISION_COLUMNS) if name not in UNSERVED_COLUMNS["revision"])


def served_tables(kinds: Kinds) -> list[str]:
    """The tables that answers are read from."""
    return [
        *SERVED,
        *(f"{kind}{suffix}" for kind in kinds for suffix in ("", "_claim", "_history", "_claim_history")),
        *(f"{kind.name}_sum" for kind in kinds.summed),
    ]


def unserved_tables(kinds: Kinds) -> list[str]:
    """The other tables, which only loads and `verify` read."""
    return [*UNSERVED, *(f"{kind}_withheld" for kind in kinds)]

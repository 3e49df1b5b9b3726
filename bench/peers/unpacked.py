"""The command line of Conflict Facts without packed columns: lists read linked records from their own tables."""

from __future__ import annotations

from api.__main__ import main
from schema.kinds import KINDS

if __name__ == "__main__":
    for kind in KINDS.values():
        kind.packs = ()
    main()

"""Keeps apart, in a load, what may not be passed on; it costs one question where nothing is to be withheld."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import asyncpg

from schema.model.kind import Kind
from schema.model.kinds import Kinds

from ..errors import LoadRefused
from ..sql.loading import purge, withheld
from ..sql.loading import withhold as sql

CHANGES = ("added", "changed", "retracted", "taken", "released")


@dataclass
class Withholding:
    """What one load withholds and gives back, inside its transaction. `begin` comes before keys are made, `end` after totals are kept."""

    kinds: Kinds
    connection: asyncpg.Connection
    collections: list[str]
    whole: bool
    private: bool
    revision: int = 0
    counts: dict[str, dict[str, int]] = field(default_factory=dict)  # By kind, as a receipt has them.
    past: dict[str, int] = field(default_factory=dict)  # By kind, how many claims are taken out of history as well.
    returned: dict[str, int] = field(default_factory=dict)  # By kind, how many are staged again.

    @property
    def concerned(self) -> bool:
        return bool(self.counts)

    @property
    def moved(self) -> bool:
        """Whether anything that is withheld is not as it was."""
        return any(counts[what] for counts in self.counts.values() for what in CHANGES)

    async def begin(self, revision: int) -> None:
        """Take what may not be shown out of what is staged and what stands, and stage what may be shown again."""
        self.revision = revision
        if not await self.connection.fetchval(sql.anything_withheld(self.kinds, self.private)):
            return
        for text in sql.create_forbidden(self.kinds, self.private, self.whole):
            await self.connection.execute(text, *([self.collections] if "$1" in text else []))
        for kind in self.kinds.values():
            await self._apart(kind)

    async def _apart(self, kind: Kind) -> None:
        arguments: Mapping[str, object] = {"revision": self.revision, "collections": self.collections}
        moved = {}
        for name, text in (*sql.withdraw(kind), *sql.set_aside(kind, self.whole), *sql.release(kind, self.whole)):
            status = await self.connection.execute(text, *(arguments[one] for one in sql.STATEMENT_ARGUMENTS.get(name, ())))
            moved[name] = status.rpartition(" ")[2]
        row = await self.connection.fetchrow(sql.count_claims(kind))
        assert row is not None
        counts = dict(row)
        staged = counts.pop("staged")
        self.past[kind.name], self.returned[kind.name] = counts.pop("past"), counts.pop("returned")
        counts["released"] = int(moved["released"])
        counts["unchanged"] = staged - counts["added"] - counts["changed"]
        self.counts[kind.name] = counts

    async def touch(self, kind: Kind) -> None:
        """Have those settled anew that lose a claim."""
        if self.past.get(kind.name):
            await self.connection.execute(sql.touch(kind))

    async def named(self, kind: Kind, ids: list[str]) -> dict[str, str]:
        """Which of these ids only a source that is withheld speaks of, and which source that is."""
        if not ids or not self.concerned:
            return {}
        return {row["id"]: row["source"] for row in await self.connection.fetch(sql.withholding_sources(kind), ids)}

    async def end(self) -> None:
        """Take out of the past what may not be shown any more, prove that what is withheld leads somewhere, and count it."""
        if not self.concerned:
            return
        await self._refuse_unknown()
        if any(self.past.values()):
            await self.connection.execute(purge.source_weights(self.kinds))
        for kind in self.kinds.values():
            if self.past[kind.name]:
                for text in (*purge.purge_history(self.kinds, kind), sql.REDACT_RECEIPTS.format(name=kind.name)):
                    await self.connection.execute(text)
        await recount_withheld(self.kinds, self.connection)

    async def _refuse_unknown(self) -> None:
        found = {
            f"{row['kind']} {row['id']}: is referred to by a claim about {kind.plural} that is withheld, and no claim describes it"
            for kind in self.kinds.values()
            for row in await self.connection.fetch(sql.undescribed(kind))
        }
        if found:
            raise LoadRefused("\n".join(sorted(found)) + "\nrefused whole; nothing was written")

    def told(self) -> dict[str, dict[str, int]]:
        """What a receipt says: by kind, what there was any of."""
        return {kind: counts for kind, counts in self.counts.items() if any(counts.values())}


async def recount_withheld(kinds: Kinds, connection: asyncpg.Connection) -> None:
    """Count anew how much is withheld."""
    for text in withheld.recount(kinds):
        await connection.execute(text)

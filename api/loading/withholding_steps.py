"""Withholds, during a load, the claims of sources whose terms forbid redistribution; if there are none, one query is all it costs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import asyncpg

from schema.model.kind import Kind
from schema.model.kinds import Kinds

from ..sql.loading import count_withheld, forget_sums, merge, purge, sums, withdraw
from ..sql.loading import withhold as sql
from .refusals import refuse_load, rejected_record
from .stored_sums import run

CHANGES = ("added", "changed", "retracted", "taken", "released")  # The counts that are not zero only if withheld claims change.


@dataclass
class Withholding:
    """What one load withholds and releases, inside its transaction: `begin` before keys are assigned, `end` after totals are updated."""

    kinds: Kinds
    connection: asyncpg.Connection
    collections: list[str]
    replace_collections: bool
    private: bool
    unstated: Sequence[str] = ()  # The kinds of which it is staged what rows of the files could say and do not.
    partial: bool = False  # Whether a record of the files was rejected.
    revision: int = 0
    counts: dict[str, dict[str, int]] = field(default_factory=dict)  # By kind, as in a receipt.
    withdrawn: dict[str, int] = field(default_factory=dict)  # By kind, public claims that are withheld from now on, with their history.
    depending: dict[str, int] = field(default_factory=dict)  # By kind, records whose past is settled again.
    returned: dict[str, int] = field(default_factory=dict)  # By kind, withheld claims that are staged again.
    retained: int = 0  # Withheld claims that stay although no staged one makes them, because a record was rejected.

    @property
    def active(self) -> bool:
        """Whether this load has anything to withhold or to release."""
        return bool(self.counts)

    @property
    def changed(self) -> bool:
        """Whether the load changes anything that is withheld."""
        return any(counts[name] for counts in self.counts.values() for name in CHANGES)

    async def begin(self, revision: int) -> None:
        """Withhold staged and public claims where their source's terms demand it, and stage the claims that become public again."""
        self.revision = revision
        if not await self.connection.fetchval(sql.anything_withheld(self.kinds, self.private)):
            return
        for text in sql.create_forbidden(self.kinds, self.private, self.replace_collections, self.partial):
            await self.connection.execute(text, *([self.collections] if "$1" in text else []))
        for text in sql.create_freed():
            await self.connection.execute(text)
        for kind in self.kinds.settling_order:  # Sources first: records depend on what their sources weigh.
            await self._withhold(kind)

    async def _withhold(self, kind: Kind) -> None:
        values: Mapping[str, object] = {"revision": self.revision, "collections": self.collections}
        rows = {}
        steps = (
            *withdraw.withdraw(kind),
            *sql.set_aside(kind, self.replace_collections, kind.name in self.unstated, self.partial),
            *sql.release(kind, self.replace_collections, self.partial),
        )
        for name, text in steps:
            status = await self.connection.execute(text, *(values[argument] for argument in sql.STATEMENT_ARGUMENTS.get(name, ())))
            rows[name] = status.rpartition(" ")[2]
        self.retained += int(rows.get("retained", 0))
        row = await self.connection.fetchrow(sql.count_claims(kind))
        assert row is not None
        counts = dict(row)
        staged = counts.pop("staged")
        self.depending[kind.name] = int(rows["depending"])
        self.withdrawn[kind.name], self.returned[kind.name] = counts.pop("past"), counts.pop("returned")
        counts["released"] = int(rows["released"])
        counts["unchanged"] = staged - counts["added"] - counts["changed"]
        self.counts[kind.name] = counts

    async def touch(self, kind: Kind) -> None:
        """Mark the records that lose a claim, so that they are settled again."""
        if self.depending.get(kind.name):
            await self.connection.execute(withdraw.touch(kind))

    async def sources_of(self, kind: Kind, ids: list[str]) -> dict[str, str]:
        """Of these ids, those that only withheld claims describe, each with the source of a claim."""
        if not ids or not self.active:
            return {}
        return {row["id"]: row["source"] for row in await self.connection.fetch(sql.withholding_sources(kind), ids)}

    async def end(self) -> None:
        """Remove from history what is withheld from now on, check the references of withheld claims, and count them."""
        if not self.active:
            return
        await self._refuse_undescribed()
        await self._refuse_contradictory()
        purged = [kind for kind in self.kinds.values() if self.depending[kind.name]]
        for kind in self.kinds.summed if purged else ():
            await run(self.connection, forget_sums.find_families(self.kinds, kind, purged))
        for kind in self.kinds.settling_order:  # Sources first: the past of other records is weighed by theirs.
            if self.depending[kind.name]:
                for text in (*purge.purge_history(self.kinds, kind), withdraw.REDACT_RECEIPTS.format(name=kind.name)):
                    await self.connection.execute(text, *([self.revision] if "$1" in text else []))
        if purged:
            await self._store_sums_again(purged)
        for name in (name for name, withdrawn in self.withdrawn.items() if withdrawn):
            await self.connection.execute(
                merge.analyze(name)
            )  # The samples of a table tell what was in it, and costs are computed from them.
        await recount_withheld(self.kinds, self.connection)

    async def _store_sums_again(self, purged: list[Kind]) -> None:
        """Store what records add to totals again for every revision, where it depended on what is withheld from now on."""
        for kind in self.kinds.summed:
            await run(self.connection, forget_sums.find_families(self.kinds, kind, purged, again=True))
            await run(self.connection, forget_sums.forget(self.kinds, kind, purged))
            for row in await self.connection.fetch(sums.STORED_REVISIONS, self.revision):
                await run(self.connection, sums.replay(self.kinds, kind, row["id"], newest=False))
            await run(self.connection, sums.replay(self.kinds, kind, self.revision, newest=True))

    async def _refuse_undescribed(self) -> None:
        problems = [
            f"there is no {row['kind']} {row['id']!r}: a withheld claim about {kind.plural} refers to it, but no claim describes it"
            for kind in self.kinds.values()
            for row in await self.connection.fetch(sql.undescribed(kind))
        ]
        refuse_load(problems)

    async def _refuse_contradictory(self) -> None:
        """A source must not contradict itself in what is withheld either: it may become public."""
        for kind in self.kinds.values():
            if kind.told:
                rows = await self.connection.fetch(sql.contradictory(kind), self.revision)
                refuse_load(rejected_record(kind, "contradictory", dict(row)) for row in rows)

    def nonzero_counts(self) -> dict[str, dict[str, int]]:
        """The counts of a receipt, without kinds that have none."""
        return {kind: counts for kind, counts in self.counts.items() if any(counts.values())}


async def recount_withheld(kinds: Kinds, connection: asyncpg.Connection) -> None:
    """Count withheld claims and records again."""
    for text in count_withheld.recount(kinds):
        await connection.execute(text)

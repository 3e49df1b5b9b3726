"""From claims that stand in the staging tables to a revision: merge what differs, settle, prove, sum; inside an open transaction."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass, field

import asyncpg

from schema.model.kind import Kind
from schema.model.kinds import Kinds

from ..errors import LoadRefused
from ..sql.loading import deferred, merge, rollup
from ..sql.loading import settle as settle_sql
from ..sql.loading.keys import assign_keys, undescribed
from ..sql.loading.roots import cycles
from ..sql.preference import RULE
from ..sql.revision import LOCK, NOTIFY
from .change import TOOL, Change
from .receipts import Receipt
from .withholding import Withholding

# Claims from which a first load builds keys, references and indexes afterwards, and from which tables get new statistics at once.
LARGE_LOAD = 50_000
OnStage = Callable[[str], None]
# Somebody uses the tables just now, or they are not ours to alter: then they stay as they are, and the load takes longer.
LOCK_FAILURES = (
    asyncpg.LockNotAvailableError, asyncpg.DeadlockDetectedError, asyncpg.InsufficientPrivilegeError, asyncpg.DependentObjectsStillExistError,
)  # fmt: skip


def no_progress(_: str) -> None:
    """Tells nobody."""


async def record_revision(
    kinds: Kinds, connection: asyncpg.Connection, collections: list[str], cause: Change, *,
    digest: str = "", receipt: Receipt | None = None, whole: bool = True, private: bool = False, tell: OnStage = no_progress,
) -> Receipt:  # fmt: skip
    """Make a revision of what is staged, in the caller's transaction, whose isolation must be `read committed`.

    Every staged claim is of one of `collections`, and none is staged twice. `whole`: they are all that these collections claim; otherwise
    all that they claim of the records that are staged. `receipt` has what was told before, and gets the rest. `tell` hears of each stage as
    it begins. `private`: nothing is withheld. Raises LoadRefused with every problem found.
    """
    receipt = receipt or Receipt()
    one = LoadTransaction(kinds, connection, collections, cause, whole, private, tell, receipt)
    await one.begin()
    await one.merge()
    if one.apart.moved or any(receipt.moved(kind.name) for kind in kinds.values()):
        await one.settle()
        await one.prove()
        await one.record(digest)
    return receipt


@dataclass
class LoadTransaction:
    """One load under way."""

    kinds: Kinds
    connection: asyncpg.Connection
    collections: list[str]
    cause: Change
    whole: bool = True
    private: bool = False
    tell: OnStage = no_progress
    receipt: Receipt = field(default_factory=Receipt)
    revision: int = 0
    staged: dict[str, int] = field(default_factory=dict)  # By kind, how many claims.
    bare: list[tuple[str, str]] = field(default_factory=list)  # What a first load has taken off and builds at the end: its sort, its text.
    unchecked: bool = False  # Whether references are proved at the end, and not row by row.

    def __post_init__(self) -> None:
        self.apart = Withholding(self.kinds, self.connection, self.collections, self.whole, self.private)

    async def begin(self) -> None:
        """The keys of all that is staged; and of a first load, tables without what would slow it down."""
        self.tell("find keys")
        await self.connection.execute(LOCK)  # Who staged has it already: a second load waits for the first.
        await self.connection.execute(f"{merge.SESSION_SETTINGS}; {merge.DEFER_FOREIGN_KEYS}")
        self.revision = await self.connection.fetchval(merge.NEXT_REVISION)
        await self.apart.begin(self.revision)
        self.receipt.withheld = self.apart.told()
        self.receipt.returned = self.apart.returned
        self.receipt.taken_back = sum(self.apart.past.values())
        for _, text in assign_keys(self.kinds):
            await self.connection.execute(text)
        self.staged = {kind.name: await self.connection.fetchval(merge.count_staged(kind)) for kind in self.kinds.values()}
        if sum(self.staged.values()) >= LARGE_LOAD:
            await (self._strip() if await self.connection.fetchval(deferred.is_empty(self.kinds)) else self._hasten())

    async def _strip(self) -> None:
        """A first load builds keys, indexes and references at the end."""
        with suppress(*LOCK_FAILURES):
            async with self.connection.transaction():
                await self.connection.execute(deferred.lock_exclusively(self.kinds))
                taken = await self.connection.fetch(deferred.DEFERRABLE, deferred.fact_tables(self.kinds))
                for row in reversed(taken):
                    await self.connection.execute(row["off"])
                await self.connection.execute(deferred.truncate(self.kinds))
                self.bare = [(f"build {row['sort']}", row["on"]) for row in taken]

    async def _hasten(self) -> None:
        """A later one, which readers must not feel, proves references at the end."""
        with suppress(*LOCK_FAILURES):
            async with self.connection.transaction():
                await self.connection.execute(deferred.suspend_foreign_keys(self.kinds))
                self.unchecked = True

    async def merge(self) -> None:
        for kind in self.kinds.settling_order:
            self.tell(f"merge {kind.plural}")
            moved = await self._merge(kind)
            self.receipt.claims[kind.name] = {**moved, "unchanged": self.staged[kind.name] - moved["added"] - moved["changed"]}
            if self.receipt.moved(kind.name) >= LARGE_LOAD:
                await self.connection.execute(merge.analyze(f"{kind.name}_claim"))

    async def _merge(self, kind: Kind) -> dict[str, int]:
        """How many claims were added, changed and retracted."""
        standing = await self.connection.fetchval(merge.has_claims(kind), self.collections)
        arguments = {"revision": self.revision, "collections": self.collections, "reason": self.cause.reason, "gone": self.cause.gone}
        moved = {}
        for name, text in merge.merge(kind, standing, self.whole, every=bool(self.bare)):
            moved[name] = affected_rows(
                await self.connection.execute(text, *(arguments[one] for one in merge.MERGE_ARGUMENTS.get(name, ())))
            )
        await self.apart.touch(kind)
        return {"added": moved["added"], "changed": moved.get("changed", 0), "retracted": moved.get("gone", 0)}

    async def settle(self) -> None:
        for kind in self.kinds.settling_order:
            self.tell(f"settle {kind.plural}")
            self.receipt.records[kind.name] = await self._settle(kind)
            if self.receipt.moved(kind.name) >= LARGE_LOAD:
                await self.connection.execute(merge.analyze(kind.name))

    async def _settle(self, kind: Kind) -> dict[str, int]:
        """How many records were added, changed and removed."""
        moved = {}
        for name, text in (settle_sql.settle_first if self.bare else settle_sql.settle)(self.kinds, kind):
            if name in settle_sql.CHECKS:
                _refuse(_rejected_record(kind, name, row["id"], row["field"]) for row in await self.connection.fetch(text))
            else:
                arguments = (self.revision, self.cause.gone) if name == "history" else (self.revision,) if "$1" in text else ()
                moved[name] = affected_rows(await self.connection.execute(text, *arguments))
        return {"added": moved["additions"], "changed": moved.get("updates", 0), "removed": moved.get("removals", 0)}

    async def prove(self) -> None:
        """What the database would refuse, refused here in kinder words; then what it refuses."""
        self.tell("prove")
        problems = [one for kind in self.kinds.values() for one in [*await self._circles(kind), *await self._dangling(kind)]]
        _refuse(problems)
        for kind, text in undescribed(self.kinds):
            ids = [row["id"] for row in await self.connection.fetch(text)]
            held = await self.apart.named(kind, ids)
            _refuse(f"{kind.name} {id}: is referred to, and {_undescribed_reason(held.get(id))}" for id in ids)
        for what, text in self.bare:
            self.tell(what)
            await self.connection.execute(text)
        if self.unchecked:
            await self._references()
        await self.connection.execute(merge.CHECK_FOREIGN_KEYS)

    async def _references(self) -> None:
        """What the database would have looked up row by row, looked up for all rows at once."""
        self.tell("prove references")
        await self.connection.execute(deferred.RESUME_FOREIGN_KEYS)
        for row in await self.connection.fetch(deferred.FOREIGN_KEY_PROOFS, deferred.fact_tables(self.kinds)):
            if count := await self.connection.fetchval(row["proof"]):
                _refuse([f"{row['relation']}: {row['name']} leads nowhere from {count} of its rows"])

    async def _circles(self, kind: Kind) -> list[str]:
        found = []
        for one in kind.fields.values():
            if one.type.ref == kind.name:
                rows = await self.connection.fetch(cycles(kind, one, every=bool(self.bare)))
                found += [f"{kind.name} {row['id']}, {one.name}: goes round in a circle; take one link out" for row in rows]
        return found

    async def _dangling(self, kind: Kind) -> list[str]:
        if not self.receipt.records[kind.name]["removed"]:
            return []
        rows = await self.connection.fetch(merge.dangling(self.kinds, kind))
        held = await self.apart.named(kind, [row["gone"] for row in rows])
        return [
            f"{kind.name} {row['gone']}: {_undescribed_reason(held.get(row['gone']), ' any more')}, but a claim about {row['kind']} {row['id']} still names it "
            f"in {row['field']}; retract or mend that one too"
            for row in rows
        ]

    async def record(self, digest: str = "") -> None:
        """Keep the totals as the settled records give them, and write down that all this was done."""
        self.tell("sum")
        for kind in self.kinds.summed:
            for one in rollup.refresh(self.kinds, kind, self.revision, await self.connection.fetchval(rollup.has_totals(kind))):
                await self.connection.execute(one.text, *one.arguments)
        await self.apart.end()
        self.tell("record")
        message = self.cause.message or f"Load of {', '.join(self.collections)}"
        await self.receipt.counted(self.connection, self.revision, self.collections, self.kinds)
        await self.connection.execute(
            merge.ADD_REVISION, self.revision, self.cause.kind, message, self.cause.author, TOOL, RULE, digest,
            self.receipt.counts(), self.receipt.document(),
        )  # fmt: skip
        await self.connection.execute(NOTIFY, self.revision)
        self.receipt.revision = self.revision


def _rejected_record(kind: Kind, proof: str, id: str, field: str) -> str:
    if proof == "rootless":
        return f"{kind.name} {id}, {field}: goes round in a circle; take one link out"
    return f"{kind.name} {id}, {field}: no live claim gives it, and every {kind.name} must have it"


def _undescribed_reason(source: str | None, since: str = "") -> str:
    """Why there is no record: nobody speaks of it, or only `source`, which is withheld."""
    return f"only {source} speaks of it, whose terms forbid to show that" if source else f"no claim describes it{since}"


def affected_rows(status: str) -> int:
    """The number at the end of a command tag, as in `INSERT 0 12`."""
    last = status.rpartition(" ")[2]
    return int(last) if last.isdigit() else 0


def _refuse(problems: Iterable[str]) -> None:
    listed = sorted(set(problems))
    if listed:
        raise LoadRefused("\n".join(listed) + "\nrefused whole; nothing was written")

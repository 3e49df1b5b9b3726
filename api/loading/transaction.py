"""Turns staged claims into a revision inside an open transaction: merge the differences, settle, prove, total, record.

The steps share the state of one transaction, so they are one class and stay in one module.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field

import asyncpg

from schema.formats.maps import of_own_table
from schema.model.kind import Kind
from schema.model.kinds import Kinds
from schema.model.totals import TOTALS_RULE

from ..errors import LoadRefused
from ..sql.loading import bulk_build as suspended
from ..sql.loading import checks, digests, merge, references, row_numbers, statistics, withdraw
from ..sql.loading import files as files_sql
from ..sql.loading import possible_duplicates as beside
from ..sql.loading import settle as settle_sql
from ..sql.loading import withhold as withhold_sql
from ..sql.loading.keys import assign_keys, undescribed
from ..sql.loading.missing_unit_or_basis import uncounted
from ..sql.loading.reference_roots import cycles
from ..sql.preference import RULE
from ..sql.revision import LOCK, NOTIFY
from .change import TOOL, UPGRADE, Change
from .ended_claims import end_claims
from .file_receipt import MAX_BESIDE, MAX_RETAINED, FileReceipt, beside_lines, retained_lines, twice_lines
from .receipts import MAX_OTHER_THINGS, Receipt, other_thing_lines
from .refusals import refuse_load, rejected_record, undescribed_reason, undescribed_record
from .stored_sums import refresh_statistics, store_sums
from .withholding_steps import Withholding

# From this many claims, a first load builds keys, foreign keys and indexes at the end, and tables get complete statistics during the load,
# which the first queries need. Any later load this large checks foreign keys at the end.
LARGE_LOAD = 50_000
OnStage = Callable[[str], None]
# The tables are in use, or belong to another role: then indexes and foreign keys stay in place, and the load takes longer.
LOCK_FAILURES = (
    asyncpg.LockNotAvailableError, asyncpg.DeadlockDetectedError, asyncpg.InsufficientPrivilegeError, asyncpg.DependentObjectsStillExistError,
)  # fmt: skip


def no_progress(_: str) -> None:
    """Ignore the stages of a load."""


async def record_revision(
    kinds: Kinds, connection: asyncpg.Connection, collections: list[str], change: Change, *, digest: str = "",
    receipt: Receipt | None = None, replace_collections: bool = True, private: bool = False, on_stage: OnStage = no_progress,
    unstated: Sequence[str] = (), partial: bool = False,
) -> Receipt:  # fmt: skip
    """Record the staged claims as a revision, in the caller's transaction, whose isolation must be `read committed`.

    Every staged claim belongs to one of `collections`, and none is staged twice. With `replace_collections`, they replace all claims of
    these collections; without, only those about the staged records. `receipt` has the counts known before, and gets the others. `on_stage`
    is called with the name of each stage as it begins. `private`: nothing is withheld. `unstated`: the kinds of which it is staged what rows could
    say and do not. `partial`: a record of the files was rejected, so no claim is retracted for not being staged. Raises LoadRefused with every problem found.
    """
    receipt = receipt or Receipt()
    load = LoadTransaction(kinds, connection, collections, change, replace_collections, private, on_stage, receipt, unstated, partial)
    await load.begin()
    await load.merge()
    if load.withholding.changed or any(receipt.changed_claims(kind.name) for kind in kinds.values()):
        await load.settle()
        await load.prove()
        await load.record(digest)
    return receipt


@dataclass
class LoadTransaction:
    """The steps of one load, in the order of its methods: begin, merge, settle, prove, record."""

    kinds: Kinds
    connection: asyncpg.Connection
    collections: list[str]
    change: Change
    replace_collections: bool = True
    private: bool = False
    on_stage: OnStage = no_progress
    receipt: Receipt = field(default_factory=Receipt)
    unstated: Sequence[str] = ()  # The kinds of which it is staged what rows of the files could say and do not.
    partial: bool = False  # Whether a record of the files was rejected, which may make any claim that is not staged.
    revision: int = 0
    staged: dict[str, int] = field(default_factory=dict)  # The number of staged claims, by kind.
    dropped: list[tuple[str, str]] = field(default_factory=list)  # Indexes, keys and foreign keys to build at the end: stage and statement.
    foreign_keys_suspended: bool = False  # Whether foreign keys are proved at the end, and not row by row.

    def __post_init__(self) -> None:
        self.withholding = Withholding(
            self.kinds, self.connection, self.collections, self.replace_collections, self.private, self.unstated, self.partial
        )

    async def begin(self) -> None:
        """Withhold what must be withheld, give every staged id its key, and choose how a large load keeps indexes and foreign keys."""
        self.on_stage("find keys")
        await self.connection.execute(LOCK)  # Whoever staged the claims has it already: a second load waits for the first.
        await self.connection.execute(f"{merge.SESSION_SETTINGS}; {merge.DEFER_FOREIGN_KEYS}")
        self.revision = await self.connection.fetchval(merge.NEXT_REVISION)
        await self.withholding.begin(self.revision)
        self.receipt.withheld = self.withholding.nonzero_counts()
        self._warn(retained_lines("", [], self.withholding.retained))
        self.receipt.returned = self.withholding.returned
        self.receipt.taken_back = sum(self.withholding.withdrawn.values())
        for _, text in assign_keys(self.kinds):
            await self.connection.execute(text)
        self.staged = {kind.name: await self.connection.fetchval(merge.count_staged(kind)) for kind in self.kinds.values()}
        if sum(self.staged.values()) >= LARGE_LOAD:
            first_load = await self.connection.fetchval(suspended.is_empty(self.kinds))
            await (self._drop_indexes() if first_load else self._suspend_foreign_keys())

    async def _drop_indexes(self) -> None:
        """Drop indexes, keys and foreign keys, to build them at the end: only in a first load, since nobody can read meanwhile."""
        with suppress(*LOCK_FAILURES):
            async with self.connection.transaction():
                await self.connection.execute(suspended.lock_exclusively(self.kinds))
                objects = await self.connection.fetch(suspended.REBUILDABLE, suspended.fact_tables(self.kinds))
                for row in reversed(objects):
                    await self.connection.execute(row["off"])
                await self.connection.execute(suspended.truncate(self.kinds))
                self.dropped = [(f"build {row['sort']}", row["on"]) for row in objects]

    async def _suspend_foreign_keys(self) -> None:
        """Prove foreign keys at the end, for all rows at once; readers are not affected."""
        with suppress(*LOCK_FAILURES):
            async with self.connection.transaction():
                await self.connection.execute(suspended.suspend_foreign_keys(self.kinds))
                self.foreign_keys_suspended = True

    async def merge(self) -> None:
        """Add, change and retract claims so that they agree with the staged ones."""
        for kind in self.kinds.settling_order:
            self.on_stage(f"merge {kind.plural}")
            counts = await self._merge(kind)
            self.receipt.claims[kind.name] = {**counts, "unchanged": self.staged[kind.name] - counts["added"] - counts["changed"]}
            if self.receipt.changed_claims(kind.name) >= LARGE_LOAD:
                await self.connection.execute(merge.analyze(f"{kind.name}_claim"))
            if self.receipt.changed_claims(kind.name):
                await self.refresh_statistics(statistics.claim_tables(kind))

    async def refresh_statistics(self, statements: dict[str, str]) -> None:
        """Make new statistics for those of these tables that have grown, so that the next statements get plans for their present size."""
        await refresh_statistics(self.connection, statements)

    async def _merge(self, kind: Kind) -> dict[str, int]:
        """Merge the claims about one kind; returns how many were added, changed and retracted."""
        has_claims = await self.connection.fetchval(merge.has_claims(kind), self.collections)
        values = {
            "revision": self.revision, "collections": self.collections, "reason": self.change.reason, "gone": self.change.removal_reason,
        }  # fmt: skip
        if has_claims and await self.connection.fetchval(row_numbers.any_numbered(kind)):
            await self.connection.execute(row_numbers.keep_locators(kind), self.collections)
        rows: dict[str, int] = {}
        statements = merge.merge(kind, self.staged[kind.name], has_claims, self.replace_collections, bool(self.dropped), self.partial)
        for name, text in statements:
            if name in merge.OF_DIFFERENCES and rows.get("moved") == 0:
                continue
            arguments = (values[argument] for argument in merge.MERGE_ARGUMENTS.get(name, ()))
            rows[name] = affected_rows(await self.connection.execute(text, *arguments))
        if retained := rows.get("retained"):
            listed = await self.connection.fetch(merge.list_retained(kind), MAX_RETAINED)
            self._warn(retained_lines(kind.name, [dict(row) for row in listed], retained))
        ended = await self._end(kind) if kind.name in self.unstated else 0
        await self.withholding.touch(kind)
        counts = {"added": rows.get("added", 0), "changed": rows.get("changed", 0), "retracted": rows.get("gone", 0) + ended}
        await self._check_balance(kind, counts, has_claims)
        return counts

    def _warn(self, lines: Iterable[str]) -> None:
        """Add warnings to the receipt of a load of files."""
        if isinstance(self.receipt, FileReceipt):
            self.receipt.warn(lines)

    async def _warn_of_other_things(self, kind: Kind) -> None:
        """Name new claims that say of a record that it is another thing than another source says: its id may have been copied."""
        rows = [dict(row) for row in await self.connection.fetch(checks.another_thing(kind), self.revision, MAX_OTHER_THINGS)]
        lines = [*other_thing_lines(kind.name, rows)]
        if isinstance(self.receipt, FileReceipt):
            self.receipt.warn(lines)
        else:
            self.receipt.flag_messages += lines

    async def _end(self, kind: Kind) -> int:
        """Retract what rows of the files said earlier and do not say any more; returns the number of claims."""
        count, lines = await end_claims(kind, self.connection, self.collections, self.revision, self.change.removal_reason)
        self._warn(lines)
        return count

    async def _check_balance(self, kind: Kind, counts: dict[str, int], had_claims: bool) -> None:
        """Check that every staged claim is stored exactly once. Raises LoadRefused: wrong counts are never recorded."""
        staged, stored = self.staged[kind.name], counts["added"]
        if had_claims:
            count = merge.count_stored(kind, self.replace_collections, self.partial)
            stored = await self.connection.fetchval(count, self.collections) + self.receipt.returned.get(kind.name, 0)
        added, changed = counts["added"], counts["changed"]
        if stored != staged or added + changed > staged:
            raise LoadRefused(
                f"{kind.name}: {staged} claims were staged, but {stored} are stored ({added} added, {changed} changed); "
                "this is a bug in the loader: nothing was written"
            )
        if (unchanged := self.receipt.withheld.get(kind.name, {}).get("unchanged", 0)) < 0:
            raise LoadRefused(f"{kind.name}: {unchanged} withheld claims are unchanged; this is a bug in the loader: nothing was written")

    async def settle(self) -> None:
        """Settle the records whose claims changed."""
        for kind in self.kinds.settling_order:
            self.on_stage(f"settle {kind.plural}")
            self.receipt.records[kind.name] = await self._settle(kind)
            if self.receipt.changed_claims(kind.name) >= LARGE_LOAD:
                await self.connection.execute(merge.analyze(kind.name))
            if any(self.receipt.records[kind.name].values()):
                await self.refresh_statistics(statistics.live_tables(kind))
            if (
                kind.told_together
                and self.change.kind == "load"
                and (self.dropped or await self.connection.fetchval(settle_sql.any_touched(kind)))
            ):
                await self._warn_of_other_things(kind)
        for kind in self.kinds.values():
            if kind.totals and any(self.receipt.records[kind.name].values()):
                rows = await self.connection.fetch(uncounted(kind, every=bool(self.dropped)), self.revision)
                self.receipt.uncounted[kind.name] = {row["reason"]: row["number"] for row in rows}
            if kind.totals and isinstance(self.receipt, FileReceipt) and self.receipt.records[kind.name]["added"] and not self.dropped:
                await self._warn_of_pairs(kind, kind.fields[kind.totals.event].type.ref or "", self.receipt)

    async def _warn_of_pairs(self, kind: Kind, event: str, receipt: FileReceipt) -> None:
        """Warn of new figures that stand beside earlier ones of the same source about the same thing."""
        statements = {False: beside.beside(kind)}
        if any(of_own_table(file.format) for file in receipt.intake.files):
            arguments = (self.revision, self.collections, MAX_BESIDE)
            rows = await self.connection.fetch(beside.said_twice(self.kinds, kind), *arguments)
            rows = rows or await self.connection.fetch(beside.said_elsewhere(self.kinds, kind), *arguments)
            lines = [*twice_lines([dict(row) for row in rows], self.collections[0], self.revision)]
            receipt.warn(lines)
            if not lines and any(file.nameless for file in receipt.intake.files):
                statements[True] = beside.beside_alike(kind, self.kinds[event])
        for alike, statement in statements.items():
            rows = await self.connection.fetch(statement, self.revision, MAX_BESIDE + 1)
            receipt.warn(beside_lines([dict(row) for row in rows], alike))

    async def _settle(self, kind: Kind) -> dict[str, int]:
        """Settle the records of one kind; returns how many were added, changed and removed."""
        rows: dict[str, int] = {}
        for name, text in await self._settling(kind):
            if rows.get(settle_sql.DEPENDS_ON.get(name, "")) == 0:
                continue
            if name in checks.CHECKS:
                await self._refuse(kind, name, text)
            else:
                arguments: tuple[object, ...] = (self.revision,) if "$1" in text else ()
                if name == "history":
                    arguments = (self.revision, self.change.removal_reason, self.change.settling_reason)
                rows[name] = affected_rows(await self.connection.execute(text, *arguments))
        return {"added": rows.get("additions", 0), "changed": rows.get("updates", 0), "removed": rows.get("removals", 0)}

    async def _settling(self, kind: Kind) -> Iterator[tuple[str, str]]:
        """The statements that settle the records of one kind."""
        if self.dropped:
            return settle_sql.settle_first(self.kinds, kind)
        if kind.name != "source" and await self.connection.fetchval(settle_sql.SOURCES_WEIGH_OTHERWISE):
            for text in settle_sql.weigh(kind):
                await self.connection.execute(text)
        if await self.connection.fetchval(settle_sql.any_touched(kind)):
            return settle_sql.settle(self.kinds, kind, withdraw.depending(kind) if self.withholding.depending.get(kind.name) else "")
        return settle_sql.settle_nothing(self.kinds, kind)

    async def _refuse(self, kind: Kind, check: str, text: str) -> None:
        """Refuse the load for the records that a check selects. An upgrade and an undo judge nothing that was accepted earlier."""
        if self.change.kind != UPGRADE:
            rows = await self.connection.fetch(text, *([self.revision] if "$1" in text else []))
            found = [row for row in rows if self.change.kind != "undo" or not dict(row).get("together")]
            refuse_load(rejected_record(kind, check, dict(row)) for row in found)

    async def prove(self) -> None:
        """Refuse broken references with messages for people; then have the database check its constraints."""
        self.on_stage("prove")
        refuse_load([problem for kind in self.kinds.values() for problem in [*await self._cycles(kind), *await self._dangling(kind)]])
        for kind, text in undescribed(self.kinds):
            ids = [row["id"] for row in await self.connection.fetch(text)]
            withheld_by = await self.withholding.sources_of(kind, ids)
            refuse_load(undescribed_record(kind, id, withheld_by.get(id), self._file_name()) for id in ids)
        for stage, text in self.dropped:
            self.on_stage(stage)
            await self.connection.execute(text)
        if self.foreign_keys_suspended:
            await self._prove_foreign_keys()
        await self.connection.execute(f"{references.BY_INDEX}; {merge.CHECK_FOREIGN_KEYS}; {references.BY_ANY_PLAN}")

    def _file_name(self) -> str:
        """The file that every staged claim comes from; empty for several files and for collections."""
        files = self.receipt.intake.files if isinstance(self.receipt, FileReceipt) else []
        return files[0].file if len(files) == 1 else ""

    async def _prove_foreign_keys(self) -> None:
        """Look up for all rows at once the foreign keys that the database would have looked up row by row."""
        self.on_stage("prove references")
        await self.connection.execute(suspended.RESUME_FOREIGN_KEYS)
        for row in await self.connection.fetch(suspended.FOREIGN_KEY_PROOFS, suspended.fact_tables(self.kinds)):
            if count := await self.connection.fetchval(row["proof"]):
                refuse_load([f"{row['relation']}: {count} of its rows violate the foreign key {row['name']}"])

    async def _cycles(self, kind: Kind) -> list[str]:
        problems: list[str] = []
        if not any(self.receipt.records[kind.name].values()):
            return problems
        for name, link in kind.fields.items():
            if link.type.ref == kind.name:
                rows = await self.connection.fetch(cycles(kind, link, every=bool(self.dropped)))
                problems += [f"{kind.name} {row['id']}, {name}: forms a cycle; remove one of its links" for row in rows]
        return problems

    async def _dangling(self, kind: Kind) -> list[str]:
        if not (removed := self.receipt.records[kind.name]["removed"]):
            return []
        by_index = removed <= references.MAX_LOOKUPS
        await self.connection.execute(references.BY_INDEX if by_index else references.BY_ANY_PLAN)
        rows = [row for text in references.dangling(self.kinds, kind, by_index) for row in await self.connection.fetch(text)]
        await self.connection.execute(references.BY_ANY_PLAN)
        withheld_by = await self.withholding.sources_of(kind, [row["gone"] for row in rows])
        return [
            f"{kind.name} {row['gone']}: {undescribed_reason(withheld_by.get(row['gone']), ' any more')}, but a claim about "
            f"{row['kind']} {row['id']} still refers to it in {row['field']}; retract or correct that claim too"
            for row in rows
        ]

    async def record(self, digest: str = "") -> None:
        """Update the totals, and write the revision with its receipt."""
        self.on_stage("sum")
        await store_sums(self.kinds, self.connection, self.revision)
        await self.withholding.end()
        self.on_stage("record")
        if isinstance(self.receipt, FileReceipt):
            await self._count_file_records(self.receipt)
        message = self.change.message or f"Load of {', '.join(self.collections)}"
        await self.connection.execute(
            merge.ADD_REVISION, self.revision, self.change.kind, message, self.change.author, TOOL, RULE, TOTALS_RULE, digest,
            self.receipt.counts_json(), self.receipt.receipt_json(),
        )  # fmt: skip
        await self.connection.execute(digests.seal(self.kinds, every=bool(self.dropped)), self.revision)
        await self.connection.execute(NOTIFY, self.revision)
        self.receipt.revision = self.revision

    async def _count_file_records(self, receipt: FileReceipt) -> None:
        """Count the records of files that are new or changed."""
        main, unchanged = receipt.withheld.get(receipt.main_kind) or receipt.claims[receipt.main_kind], receipt.unchanged
        if main["added"] == unchanged and not main["changed"] + main["retracted"]:
            receipt.added = unchanged
        elif receipt.main_kind in receipt.withheld or receipt.has_locators:
            sql = withhold_sql if receipt.main_kind in receipt.withheld else files_sql
            await self.connection.execute(references.BY_INDEX)
            row = await self.connection.fetchrow(sql.count_records(self.kinds, receipt.main_kind), self.revision, self.collections)
            await self.connection.execute(references.BY_ANY_PLAN)
            receipt.added, receipt.changed = (row["added"], row["changed"]) if row else (0, 0)
        else:  # A row of a claim table is one claim.
            receipt.added, receipt.changed = (sum(counts[name] for counts in receipt.claims.values()) for name in ("added", "changed"))


def affected_rows(status: str) -> int:
    """The number at the end of a command tag, as in `INSERT 0 12`."""
    last = status.rpartition(" ")[2]
    return int(last) if last.isdigit() else 0

"""Accounts for every record of foreign files: what came of each, told by kind and record, and refused where it does not add up."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field

import asyncpg

from schema.model.kinds import Kinds

from ..errors import LoadRefused
from ..intake.intake import Intake
from ..sql.loading import files as files_sql
from ..sql.loading import withhold
from .receipts import (
    MAX_ODDITIES_KEPT,
    MAX_REJECTIONS_KEPT,
    Receipt,
    storable_json,
    without_zeros,
)

MAX_REJECTIONS_LISTED = 100  # Rejections that a refusal lists.


@dataclass
class FileReceipt(Receipt):
    """The receipt of a load of foreign files, in records of the files; `claims` has the claims by kind."""

    intake: Intake = field(default_factory=Intake)
    main: str = ""  # The kind that a record of the files stands for.
    located: bool = True  # Whether claims say in which record of the files they stand.
    added: int = 0
    changed: int = 0
    describes: bool = False  # Whether the dataset itself is described by one claim more.
    differences: list[str] = field(default_factory=list)  # Field by field, of a dry run.
    dry: bool = False
    private: bool = False
    recipe: str = ""  # What the claims are made of.
    collection: str = ""  # The only collection whose claims the files are, if there is but one.

    async def counted(self, connection: asyncpg.Connection, revision: int, collections: Sequence[str], kinds: Kinds) -> None:
        """Count the records that are new or changed, before the revision is written down."""
        storable_json, main = self.unchanged, self.withheld.get(self.main) or self.claims[self.main]
        if main["added"] == storable_json and not main["changed"] + main["retracted"]:
            self.added = storable_json
        elif self.main in self.withheld:
            row = await connection.fetchrow(withhold.count_records(kinds, self.main), revision, list(collections))
            self.added, self.changed = (row["added"], row["changed"]) if row else (0, 0)
        elif self.located:
            row = await connection.fetchrow(files_sql.count_records(kinds, self.main), revision, list(collections))
            self.added, self.changed = (row["added"], row["changed"]) if row else (0, 0)
        else:  # Of tables of ours, a row is a claim.
            self.added, self.changed = (sum(counts[what] for counts in self.claims.values()) for what in ("added", "changed"))

    @property
    def unchanged(self) -> int:
        return self.intake.sum("read") - self.intake.sum("rejected") - self.intake.sum("repeated") - self.added - self.changed

    def summary(self) -> dict[str, object]:
        """What `--json` prints."""
        files = [{"file": one.file, "sha256": one.sha256, "format": one.format.name, "records": one.read} for one in self.intake.files]
        return {
            "read": self.intake.sum("read"), "added": self.added, "changed": self.changed, "unchanged": self.unchanged,
            "rejected": self.intake.sum("rejected"), "repeated": self.intake.sum("repeated"), "flagged": sum(self.intake.flags.values()),
            "revision": self.revision, "dry_run": self.dry, "claims": self.claims, "records": self.records, "flags": self.intake.flags, "files": files, **self.apart(),
        }  # fmt: skip

    def document(self) -> str:
        told = {name: value for name, value in self.summary().items() if name not in ("revision", "dry_run")}
        # What everybody can read of a revision says nothing of what is withheld.
        rejections = [] if self.withheld else [asdict(one) for one in self.intake.rejections[:MAX_REJECTIONS_KEPT]]
        odd = [] if self.withheld else self.intake.odd[:MAX_ODDITIES_KEPT]
        return storable_json({**told, "records": without_zeros(self.records), "rejections": rejections, "odd": odd, **self._made_of()})

    def _made_of(self) -> dict[str, str]:
        """By what a later load knows that it is the same: not where several collections are loaded, anything is withheld, or could have been."""
        alone = self.collection and not self.private and not self.apart()
        return {"recipe": self.recipe, "collection": self.collection} if alone else {}

    def lines(self) -> Iterator[str]:
        for one in self.intake.files:
            yield f"{one.file}: {one.format.title} ({one.format.name}), {one.read} records"
        for name, number in self.intake.flags.items():
            yield f"  kept and flagged: {number} {name}"
        yield from (f"  rejected: {one}" for one in self.intake.rejections[:MAX_REJECTIONS_LISTED])
        told = {name: value for name, value in self.summary().items() if name in ("added", "changed", "unchanged", "rejected", "repeated")}
        yield f"{self.intake.sum('read')} records read: " + ", ".join(f"{number} {name}" for name, number in told.items())
        for kind, counts in self.claims.items():
            yield f"  claims about {kind}: " + ", ".join(f"{number} {what}" for what, number in counts.items())
        yield from self.withheld_lines()
        yield from self.differences
        if self.dry:
            yield "a dry run: nothing was written"
        else:
            yield f"recorded as revision {self.revision}" if self.revision else "nothing differs; no new revision"


def check_balance(receipt: FileReceipt) -> None:
    """Every record and every claim must be told of exactly once. Raises LoadRefused: what does not add up is not recorded."""
    for kind, copied in receipt.intake.claims.items():
        apart = receipt.withheld.get(kind, {})
        told = sum(counts.get(what, 0) for counts in (receipt.claims[kind], apart) for what in ("added", "changed", "unchanged"))
        told -= (kind == "source" and receipt.describes) + receipt.returned.get(kind, 0)
        if told != copied:
            raise LoadRefused(
                f"{copied} claims about {kind} were read and {told} are accounted for; this is a fault of ours: nothing was written"
            )
    if receipt.unchanged < 0:
        raise LoadRefused(
            f"more records were added and changed than were read, {receipt.summary()}; this is a fault of ours: nothing was written"
        )

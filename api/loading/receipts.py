"""What a revision did, as it is told to its maker and kept with the revision."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from schema.model.kinds import Kinds

from .fixtures import FixtureFile

MAX_REJECTIONS_KEPT, MAX_ODDITIES_KEPT = 1000, 100  # So many are kept with the revision; all of them are counted.
Counts = dict[str, dict[str, int]]


@dataclass
class Receipt:
    """What was done. `revision` is None where nothing differed, and then nothing was written."""

    revision: int | None = None
    claims: Counts = field(default_factory=dict)  # By kind: added, changed, retracted, unchanged.
    records: Counts = field(default_factory=dict)  # By kind: added, changed, removed.
    oddities: list[str] = field(default_factory=list)
    elsewhere: list[str] = field(default_factory=list)  # Collections that the database has and the loaded folder lacks.
    files: list[FixtureFile] = field(default_factory=list)
    flags: dict[str, int] = field(default_factory=dict)  # How many oddities there are of each sort.
    flagged: int = 0  # Records of the files that have any.
    undone: int | None = None  # The revision that was taken back.
    withheld: Counts = field(
        default_factory=dict
    )  # By kind, claims that are not shown: added, changed, retracted, taken, released, unchanged.
    returned: dict[str, int] = field(default_factory=dict)  # By kind, claims that were withheld and that no file says anew.
    taken_back: int = 0  # Claims that had been shown, in all their versions, and are not any more.

    async def counted(self, connection: Any, revision: int, collections: Sequence[str], kinds: Kinds) -> None:
        """Count what else the receipt tells, before the revision is written down."""

    def lines(self) -> Iterator[str]:
        yield from (f"odd, and kept: {one}" for one in self.oddities)
        for name in self.elsewhere:
            yield f"kept: the collection {name} is in the database and not in this folder; `conflict-facts retract {name}` takes it back"
        for kind, counts in self.claims.items():
            yield f"  {kind}: " + ", ".join(f"{number} {what}" for what, number in counts.items() if number or what == "unchanged")
        yield from self.withheld_lines()
        yield f"recorded as revision {self.revision}" if self.revision else "nothing differs; no new revision"

    def withheld_lines(self) -> Iterator[str]:
        for kind, counts in self.withheld.items():
            yield f"  withheld, since its source forbids to pass it on: {kind}: {_counts_text(counts)}"

    def moved(self, kind: str) -> int:
        """How many claims about records of a kind are not as they were."""
        return sum(count for what, count in self.claims[kind].items() if what != "unchanged")

    def counts(self) -> str:
        """The short of it as JSON, for lists of revisions."""
        told = {"claims": without_zeros(self.claims), "records": without_zeros(self.records), "oddities": len(self.oddities)}
        return json.dumps({**told, **self.apart()})

    def apart(self) -> dict[str, object]:
        """What is told of what is withheld, where anything is."""
        withheld: dict[str, object] = {"withheld": without_zeros(self.withheld)} if self.withheld else {}
        return {**withheld, "taken_back": self.taken_back} if self.taken_back else withheld

    def document(self) -> str:
        """All of it as JSON, to be kept with the revision."""
        added, unchanged = (sum(by.get(what, 0) for by in self.claims.values()) for what in ("added", "unchanged"))
        told = {
            "read": sum(one.records for one in self.files), "added": added, "unchanged": unchanged,
            "rejected": 0, "flagged": self.flagged, "files": [asdict(one) for one in self.files],
            "claims": kinds_with_counts(self.claims), "records": without_zeros(self.records), "flags": self.flags,
            "rejections": [], "odd": [] if self.withheld else self.oddities[:MAX_ODDITIES_KEPT], **self.apart(),
            **({"undone": self.undone} if self.undone else {}),
        }  # fmt: skip
        return storable_json(told)


def revision_line(revision: dict[str, Any]) -> str:
    """A revision in a list of them."""
    return f"{revision['id']:>5}  {revision['recorded_at'][:19]}  {revision['author']}: {revision['message']}"


def revision_lines(revision: dict[str, Any]) -> Iterator[str]:
    """A revision with its receipt, for a person to read."""
    yield f"revision {revision['id']}: {revision['message']}"
    told = {name: revision[name] for name in ("kind", "author", "recorded_at", "tool", "rule", "digest") if revision[name]}
    yield from (f"  {name.replace('_', ' '):<12} {value}" for name, value in told.items())
    receipt = revision["receipt"]
    if receipt is None:
        yield "  no receipt was kept; what changed, by kind:"
        receipt = {"claims": revision["counts"].get("claims", {}), "records": revision["counts"].get("records", {})}
    else:
        yield "  " + ", ".join(f"{receipt[name]:,} {name}" for name in ("read", "added", "unchanged", "rejected", "flagged"))
    yield from _detail_lines(receipt)


def _detail_lines(receipt: dict[str, Any]) -> Iterator[str]:
    for name in ("claims", "records", "withheld"):
        for kind, by in receipt.get(name, {}).items():
            yield f"  {name + ' ' + kind:<26} {_counts_text(by)}"
    for one in receipt.get("files", []):
        yield f"  file {one['file']}: " + ", ".join(f"{name} {value}" for name, value in one.items() if name != "file")
    if receipt.get("flags"):
        yield f"  flagged: {_counts_text(receipt['flags'])}"
    yield from (f"  odd, and kept: {one}" for one in receipt.get("odd", []))
    for one in receipt.get("rejections", []):
        yield f"  rejected: {one['file']}, {one['record']}, {one['field']}: {one['value']!r}: {one['reason']}"


def _counts_text(by: dict[str, int]) -> str:
    return ", ".join(f"{number:,} {what}" for what, number in by.items() if number)


def storable_json(told: Mapping[str, object]) -> str:
    """A receipt as PostgreSQL can hold it: without U+0000, which no text of a claim has either, but a rejected value might."""
    return json.dumps(told, ensure_ascii=False).replace("\\u0000", "\\ufffd")


def without_zeros(counts: Counts) -> Counts:
    """Without what there is none of."""
    some = {kind: {what: number for what, number in by.items() if number} for kind, by in counts.items()}
    return {kind: by for kind, by in some.items() if by}


def kinds_with_counts(counts: Counts) -> Counts:
    """Only the kinds of which there was anything, with all of their counts."""
    return {kind: by for kind, by in counts.items() if any(by.values())}

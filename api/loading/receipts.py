"""The receipt of a revision: what it did, printed after a load and stored with the revision."""

from __future__ import annotations

import json
import shlex
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from .fixtures import FixtureFile

MAX_REJECTIONS_KEPT, MAX_FLAG_MESSAGES_KEPT = 1000, 100  # Stored with the revision; all of them are counted.
Counts = dict[str, dict[str, int]]


@dataclass
class Receipt:
    """What a load, retraction or undo did. `revision` is None if nothing changed; then nothing was written."""

    revision: int | None = None
    claims: Counts = field(default_factory=dict)  # By kind: added, changed, retracted, unchanged.
    records: Counts = field(default_factory=dict)  # By kind: added, changed, removed.
    flag_messages: list[str] = field(default_factory=list)
    other_collections: list[str] = field(default_factory=list)  # In the database, but not in the loaded folder of collections.
    files: list[FixtureFile] = field(default_factory=list)
    flags: dict[str, int] = field(default_factory=dict)  # How many values have each flag.
    flagged: int = 0  # Records of the files with at least one flag.
    undone: int | None = None  # The revision that was undone.
    withheld: Counts = field(default_factory=dict)  # By kind, of withheld claims: added, changed, retracted, taken, released, unchanged.
    returned: dict[str, int] = field(default_factory=dict)  # By kind, claims released from withholding that no file of the load states.
    taken_back: int = 0  # Claims that were public and are withheld now, in all their versions.

    def lines(self) -> Iterator[str]:
        """The receipt as lines for a person to read."""
        yield from (f"kept, but unusual: {message}" for message in self.flag_messages)
        for name in self.other_collections:
            yield (
                f"kept: the collection {name} is in the database but not in this folder; "
                f'if its folder was removed or renamed, retract it: conflict-facts retract {shlex.quote(name)} -m "Why"'
            )
        yield "claims:"
        for kind, counts in self.claims.items():
            yield f"  {kind}: " + ", ".join(f"{number} {name}" for name, number in counts.items() if number or name == "unchanged")
        yield from self.withheld_lines()
        yield self.outcome()

    def outcome(self) -> str:
        """The last line: the number of the revision, or that there is none."""
        return f"recorded as revision {self.revision}" if self.revision else "nothing changed; no new revision"

    def withheld_lines(self) -> Iterator[str]:
        for kind, counts in self.withheld.items():
            yield f"  withheld because the source forbids redistribution: {kind}: {_counts_text(counts)}"

    def changed_claims(self, kind: str) -> int:
        """How many claims about records of a kind were added, changed or retracted."""
        return sum(number for name, number in self.claims[kind].items() if name != "unchanged")

    def counts_json(self) -> str:
        """The counts as JSON, for lists of revisions."""
        counts = {"claims": without_zeros(self.claims), "records": without_zeros(self.records), "oddities": len(self.flag_messages)}
        return json.dumps({**counts, **self.withheld_counts()})

    def withheld_counts(self) -> dict[str, object]:
        """The counts of withheld claims; empty if there are none."""
        withheld: dict[str, object] = {"withheld": without_zeros(self.withheld)} if self.withheld else {}
        return {**withheld, "taken_back": self.taken_back} if self.taken_back else withheld

    def receipt_json(self) -> str:
        """The receipt as JSON, to be stored with the revision."""
        added, unchanged = (sum(counts.get(name, 0) for counts in self.claims.values()) for name in ("added", "unchanged"))
        values = {
            "read": sum(file.records for file in self.files), "added": added, "unchanged": unchanged,
            "rejected": 0, "flagged": self.flagged, "files": [asdict(file) for file in self.files],
            "claims": kinds_with_counts(self.claims), "records": without_zeros(self.records), "flags": self.flags,
            "rejections": [], "odd": [] if self.withheld else self.flag_messages[:MAX_FLAG_MESSAGES_KEPT], **self.withheld_counts(),
            **({"undone": self.undone} if self.undone else {}),
        }  # fmt: skip
        return storable_json(values)


def revision_line(revision: dict[str, Any]) -> str:
    """A revision as one line of a list."""
    return f"{revision['id']:>5}  {revision['recorded_at'][:19]}  {revision['author']}: {revision['message']}"


def revision_lines(revision: dict[str, Any]) -> Iterator[str]:
    """A revision with its receipt, for a person to read."""
    yield f"revision {revision['id']}: {revision['message']}"
    names = [name for name in ("kind", "author", "recorded_at", "tool", "rule", "digest") if revision[name]]
    yield from (f"  {name.replace('_', ' '):<12} {revision[name]}" for name in names)
    receipt = revision["receipt"]
    if receipt is None:
        yield "  no receipt was stored; changes by kind:"
        receipt = {"claims": revision["counts"].get("claims", {}), "records": revision["counts"].get("records", {})}
    else:
        yield "  " + ", ".join(f"{receipt[name]:,} {name}" for name in ("read", "added", "unchanged", "rejected", "flagged"))
    yield from _detail_lines(receipt)


def _detail_lines(receipt: dict[str, Any]) -> Iterator[str]:
    for name in ("claims", "records", "withheld"):
        for kind, counts in receipt.get(name, {}).items():
            yield f"  {name + ' ' + kind:<26} {_counts_text(counts)}"
    for file in receipt.get("files", []):
        yield f"  file {file['file']}: " + ", ".join(f"{name} {value}" for name, value in file.items() if name != "file")
    if receipt.get("flags"):
        yield f"  flagged: {_counts_text(receipt['flags'])}"
    yield from (f"  kept, but unusual: {message}" for message in receipt.get("odd", []))
    for rejection in receipt.get("rejections", []):
        place = f"{rejection['file']}, {rejection['record']}, {rejection['field']}"
        yield f"  rejected: {place}: {rejection['value']!r}: {rejection['reason']}"


def _counts_text(counts: dict[str, int]) -> str:
    return ", ".join(f"{number:,} {name}" for name, number in counts.items() if number)


def plural(number: int, noun: str) -> str:
    """A number with its noun, as in `1 record` and `2 records`."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def storable_json(receipt: Mapping[str, object]) -> str:
    """A receipt as JSON that PostgreSQL can store: without U+0000, which a rejected value may contain."""
    return json.dumps(receipt, ensure_ascii=False).replace("\\u0000", "\\ufffd")


def without_zeros(counts: Counts) -> Counts:
    """The counts without zeros, and without kinds of which nothing is left."""
    nonzero = {kind: {name: number for name, number in by_name.items() if number} for kind, by_name in counts.items()}
    return {kind: by_name for kind, by_name in nonzero.items() if by_name}


def kinds_with_counts(counts: Counts) -> Counts:
    """The kinds with any count that is not zero, with all of their counts."""
    return {kind: by_name for kind, by_name in counts.items() if any(by_name.values())}

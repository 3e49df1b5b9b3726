"""The receipt of a revision: what it did, printed after a load and stored with the revision."""

from __future__ import annotations

import json
import shlex
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from schema.fixtures.other_things import CURE_OF_ANOTHER_THING
from schema.formats.flags import FLAGS
from schema.model.totals import LEFT_OUT_REASON

from ..intake.result import Rejection, unplaced_columns
from .changes import Changes
from .fixtures import FixtureFile

MAX_OTHER_THINGS = 10  # Claims that a receipt names, which may have a copied id.
MAX_REJECTIONS_KEPT, MAX_FLAG_MESSAGES_KEPT = 1000, 100  # Stored with the revision; all of them are counted.
Counts = dict[str, dict[str, int]]


@dataclass
class Receipt:
    """What a load, retraction or undo did. `revision` is None if nothing changed or in a dry run; then nothing was written."""

    revision: int | None = None
    dry_run: bool = False
    changes: Changes = field(default_factory=Changes)
    claims: Counts = field(default_factory=dict)  # By kind: added, changed, retracted, unchanged.
    records: Counts = field(default_factory=dict)  # By kind: added, changed, removed.
    flag_messages: list[str] = field(default_factory=list)
    other_collections: list[str] = field(default_factory=list)  # Loaded from folders that the loaded folder of collections lacks.
    folder: str = ""  # The folder of collections that was loaded.
    files: list[FixtureFile] = field(default_factory=list)
    not_named: list[str] = field(default_factory=list)  # Files in the folders that no document names.
    quotes: list[str] = field(default_factory=list)  # Flagged values of data files, which are stored and not printed.
    recipes: dict[str, str] = field(default_factory=dict)  # By collection with data files, the fingerprint that it is recognized by.
    not_read: dict[str, int] = field(default_factory=dict)  # Collections that were not read again, with the revision that loaded them.
    flags: dict[str, int] = field(default_factory=dict)  # How many values have each flag.
    flagged: int = 0  # Records of the files with at least one flag.
    undone: int | None = None  # The revision that was undone.
    withheld: Counts = field(default_factory=dict)  # By kind, of withheld claims: added, changed, retracted, taken, released, unchanged.
    returned: dict[str, int] = field(default_factory=dict)  # By kind, claims released from withholding that no file of the load states.
    uncounted: Counts = field(default_factory=dict)  # By kind, how many added or changed records count in no total, by reason.
    taken_back: int = 0  # Claims that were public and are withheld now, in all their versions.

    def lines(self) -> Iterator[str]:
        """The receipt as lines for a person to read; the summary comes last."""
        yield from self.input_lines()
        yield from self.changes.lines()
        yield from count_lines(self.records, self.claims, self.changes.records, self.changes.originals)
        yield from (f"  {line}" for line in uncounted_lines(self.uncounted))
        yield from self.withheld_lines()
        yield from self.summary_lines()
        yield self.outcome()

    def input_lines(self) -> Iterator[str]:
        """What was read, and what is remarkable about it."""
        yield from (f"not read: {name}; to load it, name it under `files` in the document of its source" for name in self.not_named)
        yield from (f"unchanged since revision {revision}: {name}" for name, revision in self.not_read.items())
        yield from (f"warning: {file.file}: {warning}" for file in self.files for warning in file.warnings)
        yield from (f"kept, but unusual: {message}" for message in self.flag_messages)
        yield from flag_lines(self.flags)
        if names := self.other_collections:
            which = f"the collection {names[0]}, which was" if len(names) == 1 else f"the collections {', '.join(names)}, which were"
            retracted = shlex.quote(names[0]) if len(names) == 1 else "NAME"
            yield (
                f"kept: {which} loaded from a folder that {self.folder} does not have; "
                f'only if it was removed or renamed, retract it: conflict-facts retract {retracted} -m "Why"'
            )

    def summary_lines(self) -> Iterator[str]:
        """The counts of all kinds together, if there are several."""
        if len(without_zeros(self.claims)) > 1:
            changes = self.changes
            changed, originals = ({"all": sum(numbers.values())} for numbers in (changes.records, changes.originals))
            yield from count_lines({"all": _sum(self.records)}, {"all": _sum(self.claims)}, changed, originals)

    def outcome(self) -> str:
        """The last line: the number of the revision, or that there is none."""
        if self.dry_run:
            return "dry run: nothing was written" if self.records else "nothing would change; dry run: nothing was written"
        return f"recorded as revision {self.revision}" if self.revision else "nothing changed; no new revision"

    def summary(self) -> dict[str, object]:
        """The JSON object that `--json` prints. Its counts are claims, since each record of a collection's files is one claim."""
        claims = _sum(self.claims)
        return {
            "read": sum(file.records for file in self.files),
            **{name: claims.get(name, 0) for name in ("added", "changed", "unchanged", "retracted")},
            "rejected": 0, "repeated": 0, "flagged": self.flagged, "revision": self.revision, "dry_run": self.dry_run,
            "claims": self.claims, "records": self.records, "flags": self.flags, "files": [*map(_file_json, self.files)],
            **self.changes.json(), **self.withheld_counts(),
        }  # fmt: skip

    def withheld_lines(self) -> Iterator[str]:
        for kind, counts in self.withheld.items():
            yield f"  withheld because the source forbids redistribution: {kind}: {_counts_text(counts)}"

    def changed_claims(self, kind: str) -> int:
        """How many claims about records of a kind were added, changed or retracted."""
        return sum(number for name, number in self.claims[kind].items() if name != "unchanged")

    def counts_json(self) -> str:
        """The counts as JSON, for lists of revisions."""
        counts: dict[str, object] = {"claims": without_zeros(self.claims), "records": without_zeros(self.records)}
        if not self.withheld_counts():  # Whoever has a withheld file could recognize it by its anomalies.
            counts["oddities"] = len(self.flag_messages)
        return json.dumps({**counts, **self.withheld_counts()})

    def withheld_counts(self) -> dict[str, object]:
        """The counts of withheld claims; empty if there are none."""
        withheld: dict[str, object] = {"withheld": without_zeros(self.withheld)} if self.withheld else {}
        return {**withheld, "taken_back": self.taken_back} if self.taken_back else withheld

    def receipt_json(self) -> str:
        """The receipt as JSON, to be stored with the revision."""
        claims = _sum(self.claims)
        values = {
            "read": sum(file.records for file in self.files), "added": claims.get("added", 0), "unchanged": claims.get("unchanged", 0),
            "rejected": 0, "flagged": self.flagged, "files": [_file_json(file, quotes=not self.withheld) for file in self.files],
            "claims": kinds_with_counts(self.claims), "records": without_zeros(self.records), "flags": self.flags,
            "rejections": [], "odd": [] if self.withheld else [*self.flag_messages, *self.quotes][:MAX_FLAG_MESSAGES_KEPT],
            **self.withheld_counts(), **({"recipes": self.recipes} if self.recipes and not self.withheld_counts() else {}),
            **({"undone": self.undone} if self.undone else {}),
        }  # fmt: skip
        return storable_json(values)


def _file_json(file: FixtureFile, quotes: bool = True) -> dict[str, object]:
    """A file as JSON; `quotes`: with the warnings about it, if there are any, which may quote a record."""
    values = asdict(file)
    warnings = values.pop("warnings")
    return {**values, **({"warnings": [*warnings]} if warnings and quotes else {})}


def other_thing_lines(kind: str, rows: Iterable[Mapping[str, Any]]) -> Iterator[str]:
    """What to say of claims that contradict one of another source in what the record is, rows of `another_thing`."""
    for row in rows:
        yield (
            f"{kind} {row['id']}, {row['field']}: {row['source']} says {row['new']}, and {row['other_source']} {row['other']} ({row['place']}); "
            f"{CURE_OF_ANOTHER_THING}"
        )


def revision_line(revision: dict[str, Any]) -> str:
    """A revision as one line of a list."""
    return f"{revision['id']:>5}  {revision['recorded_at'][:19]}  {revision['author']}: {revision['message']}"


def revision_lines(kinds: Iterable[str], revision: dict[str, Any], changes: Changes) -> Iterator[str]:
    """A revision with its receipt and what it changed, for a person to read, by kind in this order; the summary comes last."""
    yield f"revision {revision['id']}: {revision['message']}"
    names = ("kind", "author", "recorded_at", "tool", "rule", "digest")
    yield from (f"  {name.replace('_', ' '):<12} {revision[name]}" for name in names if revision[name])
    receipt, counts = revision["receipt"] or {}, revision["counts"]
    yield from _input_lines(receipt)
    yield from changes.lines()
    claims = {name: counts.get("claims", {}).get(name, {}) for name in kinds}
    yield from count_lines(counts.get("records", {}), claims, changes.records, changes.originals)
    for kind, numbers in counts.get("withheld", {}).items():
        yield f"  withheld because the source forbids redistribution: {kind}: {_counts_text(numbers)}"
    if receipt:
        counted = [name for name in ("read", "added", "changed", "unchanged", "rejected", "repeated", "flagged") if name in receipt]
        whose = "records" if "changed" in receipt else "claims"
        yield f"  {whose} of its files: " + ", ".join(f"{receipt[name]:,} {name}" for name in counted)
    else:
        yield "  no receipt was stored"


def _input_lines(receipt: dict[str, Any]) -> Iterator[str]:
    for file in receipt.get("files", []):
        yield f"  file {file['file']}: " + ", ".join(f"{name} {file[name]}" for name in file if name not in ("file", "columns", "warnings"))
        if unplaced := unplaced_columns(file.get("columns", {})):
            yield f"    columns in `original` only: {', '.join(unplaced)}"
        yield from (f"    warning: {warning}" for warning in file.get("warnings", []))
    yield from (f"  kept, but unusual: {message}" for message in receipt.get("odd", []))
    yield from flag_lines(receipt.get("flags", {}))
    yield from (f"  rejected: {Rejection(**rejection)}" for rejection in receipt.get("rejections", []))


def flag_lines(flags: Mapping[str, int]) -> Iterator[str]:
    """How many values have each flag, and what the flag means."""
    for flag, number in flags.items():
        yield f"  kept and flagged: {number:,} {flag}" + (f": {FLAGS[flag]}" if flag in FLAGS else "")


def uncounted_lines(uncounted: Counts) -> Iterator[str]:
    """How many records of each kind count in no total, and why: `2 figures count in no total: basis unknown (1), unit unknown (1)`."""
    for kind, counts in without_zeros(uncounted).items():
        number = sum(counts.values())
        why = ", ".join(
            LEFT_OUT_REASON.codes[reason].label.lower() + (f" ({count:,})" if len(counts) > 1 else "") for reason, count in counts.items()
        )
        yield f"{number:,} {kind}{' counts' if number == 1 else 's count'} in no total: {why}"


def count_lines(
    records: Mapping[str, Mapping[str, int]],
    claims: Mapping[str, Mapping[str, int]],
    changed: Mapping[str, int],
    originals: Mapping[str, int],
) -> Iterator[str]:
    """For each kind, the records that readers get, and the claims that sources make about them.

    `changed`: by kind, the number of records of which a value changed; the other changed records only have other claims for it.
    `originals`: by kind, the number of claims that changed only in their `original`.
    """
    for kind, numbers in claims.items():
        if not any({**numbers, **records.get(kind, {})}.values()):
            continue
        of_records = _counts_text(records.get(kind, {})) or "no change"
        if same := records.get(kind, {}).get("changed", 0) - changed.get(kind, 0):
            of_records = of_records.replace(" changed", f" changed ({same:,} only in their claims)")
        of_claims = _counts_text(numbers) or "no change"
        if number := originals.get(kind, 0):
            of_claims = of_claims.replace(" changed", f" changed ({number:,} only in `original`, which has what no field has)")
        yield f"  {kind}: {of_records}; claims: {of_claims}"


def _sum(counts: Mapping[str, Mapping[str, int]]) -> dict[str, int]:
    """The counts of all kinds together."""
    return {name: sum(by_name.get(name, 0) for by_name in counts.values()) for names in counts.values() for name in names}


def _counts_text(counts: Mapping[str, int]) -> str:
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

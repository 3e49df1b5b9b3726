"""The receipt of a load of files: accounts for every record by its outcome, and refuses the load if the counts do not balance."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from schema.formats.maps import of_own_table

from ..errors import LoadRefused
from ..intake.result import ORIGINAL, FileSummary, Intake, unplaced_columns
from .receipts import MAX_FLAG_MESSAGES_KEPT, MAX_REJECTIONS_KEPT, Receipt, flag_lines, plural, storable_json, without_zeros
from .refusals import MAX_REJECTIONS_LISTED

NOT_STORED = ("revision", "dry_run", "changes", "changes_not_listed")  # What a revision changed is read from its tables and their history.
MAX_BESIDE = 10  # Figures that warnings name, which stand beside earlier ones.
MAX_RETAINED = 10  # Claims that warnings name, which stay because a record was rejected.
MAX_TWICE = 5  # Of those that say the same.
OUTCOMES = ("added", "changed", "unchanged", "rejected", "repeated", "sums")  # Every record of the files has exactly one.


@dataclass
class FileReceipt(Receipt):
    """The receipt of a load of files. Its counts are records of the files; `claims` has the counts of claims by kind."""

    intake: Intake = field(default_factory=Intake)
    main_kind: str = ""  # The kind that each record of the files stands for.
    has_locators: bool = True  # Whether claims name the record of the files that they come from.
    added: int = 0
    changed: int = 0
    describes_source: bool = False  # Whether one more claim, in no record of the files, describes the dataset itself.
    private: bool = False
    fingerprint: str = ""  # A digest of everything that determines the claims; see fingerprint.py.
    collection: str = ""  # The collection that the claims belong to, if there is only one.

    @property
    def unchanged(self) -> int:
        return (
            self.intake.sum("read")
            - self.intake.sum("rejected")
            - self.intake.sum("repeated")
            - self.intake.sum("sums")
            - self.added
            - self.changed
        )

    def warn(self, lines: Iterable[str]) -> None:
        """Add warnings that became known after the files were read."""
        last = self.intake.files[-1]
        self.intake.files[-1] = replace(last, warnings=(*last.warnings, *lines))

    def _files(self, quotes: bool = True) -> list[dict[str, object]]:
        """The files as JSON; `quotes`: with the warnings, which may quote a record."""
        return [
            {
                "file": file.file,
                "sha256": file.sha256,
                "format": file.format.name,
                "records": file.read,
                "columns": {name: [*fields] for name, fields in file.fields_of.items()},
                "warnings": [*file.warnings] if quotes else [],
            }
            for file in self.intake.files
        ]

    def summary(self) -> dict[str, object]:
        """The JSON object that `--json` prints."""
        return {
            "read": self.intake.sum("read"), "added": self.added, "changed": self.changed, "unchanged": self.unchanged,
            "rejected": self.intake.sum("rejected"), "repeated": self.intake.sum("repeated"), "sums": self.intake.sum("sums"), "flagged": sum(self.intake.flags.values()),
            "revision": self.revision, "dry_run": self.dry_run, "claims": self.claims, "records": self.records, "flags": self.intake.flags,
            "files": self._files(), **self.changes.json(), **self.withheld_counts(),
        }  # fmt: skip

    def receipt_json(self) -> str:
        """The receipt as JSON, to be stored with the revision."""
        summary = {name: value for name, value in self.summary().items() if name not in NOT_STORED}
        # Everybody can read the receipt of a revision, so it quotes no record if any claim is withheld.
        rejections = [] if self.withheld else [asdict(rejection) for rejection in self.intake.rejections[:MAX_REJECTIONS_KEPT]]
        flag_messages = [] if self.withheld else self.intake.flag_messages[:MAX_FLAG_MESSAGES_KEPT]
        return storable_json(
            {
                **summary,
                "files": self._files(quotes=not self.withheld),
                "records": without_zeros(self.records),
                "rejections": rejections,
                "odd": flag_messages,
                **self._identity(),
            }
        )

    def _identity(self) -> dict[str, str]:
        """What later loads are recognized by; empty for several collections, for private loads, and if any claim is withheld."""
        recognizable = self.collection and not self.private and not self.withheld_counts()
        return {"recipe": self.fingerprint, "collection": self.collection} if recognizable else {}

    def input_lines(self) -> Iterator[str]:
        for file in self.intake.files:
            yield f"{file.file}: {file.format.title} ({file.format.name}), {plural(file.read, 'record')}"
            if file.blank:
                yield f"  skipped: {plural(file.blank, 'empty row')}"
            if file.protected:
                yield f"  {file.protected}: its claims are withheld"
            yield from column_lines(file)
            yield from (f"  warning: {warning}" for warning in file.warnings)
        yield from flag_lines(self.intake.flags)
        yield from (f"  rejected: {rejection}" for rejection in self.intake.rejections[:MAX_REJECTIONS_LISTED])

    def summary_lines(self) -> Iterator[str]:
        summary = self.summary()
        yield f"{plural(self.intake.sum('read'), 'record')} read: " + ", ".join(f"{summary[name]} {name}" for name in OUTCOMES)


def beside_lines(rows: Sequence[Mapping[str, Any]], alike: bool = False) -> Iterator[str]:
    """What to say of new figures that stand beside earlier ones, rows of `beside`: neither is removed, since nothing says which is right.

    `alike`: they belong to two events that look the same.
    """
    event = "an event with the same name, place and days" if alike else "the same event, people and days"
    for row in rows[:MAX_BESIDE]:
        new, old = (row[name] or "not known" for name in ("new_best", "old_best"))
        yield f"figure {row['new']} ({new}) stands beside figure {row['old']} ({old}) of the same source, about {event}"
    if rows:
        more = "there are more such figures; " if len(rows) > MAX_BESIDE else ""
        yield (
            f"{more}if the later numbers correct the earlier ones, load the complete table with --replace, or give its rows ids that stay the same when "
            "their numbers change: #meta+id, or `row.id` in a map"
        )


def twice_lines(rows: Sequence[Mapping[str, Any]], source: str, revision: int) -> Iterator[str]:
    """What to say of new figures that say what earlier ones say that the files do not state any more, rows of `said_twice`.

    Figures with another day are alike by accident, unless most of the new ones are.
    """
    if not rows:
        return
    number, exchanged, added = (int(rows[0][name]) for name in ("figures", "exchanged", "added"))
    if number < (added + 1) // 2:
        number, rows = number - exchanged, rows[: number - exchanged]
    for row in rows[:MAX_TWICE]:
        yield f"figure {row['new']} ({row['new_best'] or 'not known'}) says the same as figure {row['old']}, which its source has already and these files do not state"
    if number:
        yield (
            f"{plural(number, 'figure')} of {added} may count the same people twice, under two ids; if a change to the map, a pattern of dates, a column, "
            f"a day or a place gave rows other ids, load the complete table with `--replace {source}`; if the files are only a part of it, `conflict-facts undo {revision}` "
            "takes this load back"
        )


def retained_lines(kind: str, rows: Sequence[Mapping[str, Any]], claims: int) -> Iterator[str]:
    """What to say of claims that no row makes any more and that stay, rows of `list_retained`, because a record was rejected that may make them.

    `claims`: the number of all; those that are withheld are only counted.
    """
    for row in rows:
        place = f" ({row['locator']})" if row["locator"] else ""
        yield f"{kind} {row['id']}: what {row['source']}{place} said of it is in no record that was read; it stays, since a rejected record may say it"
    if others := claims - len(rows):
        yield f"kept {plural(others, 'more claim' if rows else 'withheld claim')} that no record makes any more, because a rejected record may"


def column_lines(file: FileSummary) -> Iterator[str]:
    """What became of each column of a table with tags, or of one that is read by a map; of a publisher's, of those that become no field."""
    unplaced = unplaced_columns(file.fields_of)
    if file.fields_of and of_own_table(file.format):
        yield "  columns:"
        for column, fields in file.fields_of.items():
            placed = [field for field in fields if field.rpartition(".")[2] != ORIGINAL]
            yield f"    {column}: {', '.join(placed) or ('original only' if fields else 'stored nowhere')}"
    elif unplaced:
        yield f"  columns in `original` only: {', '.join(unplaced)}; `conflict-facts formats {file.format.name}` says what becomes of the others"


def check_balance(receipt: FileReceipt) -> None:
    """Check that every record and every claim is counted exactly once. Raises LoadRefused: wrong counts are never recorded."""
    for kind, copied in receipt.intake.claims.items():
        withheld = receipt.withheld.get(kind, {})
        counted = sum(counts.get(name, 0) for counts in (receipt.claims[kind], withheld) for name in ("added", "changed", "unchanged"))
        counted -= (kind == "source" and receipt.describes_source) + receipt.returned.get(kind, 0)
        if counted != copied:
            raise LoadRefused(
                f"{kind}: {copied} claims were read, but {counted} are accounted for; this is a bug in the loader: nothing was written"
            )
    if receipt.unchanged < 0:
        raise LoadRefused(
            f"{receipt.main_kind}: {receipt.added} records were added and {receipt.changed} changed, but only "
            f"{receipt.unchanged + receipt.added + receipt.changed} were accepted; this is a bug in the loader: nothing was written"
        )

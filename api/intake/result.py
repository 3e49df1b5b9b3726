"""What an intake found in the files of a load. Imports no reader of files, since a server that loads the fixtures needs only these classes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from schema.formats.format import FileFormat

from .json_pages import Pages, together

SAME_ROWS = ("keep", "once")  # What to do with rows that are the same in every cell and have no id.
ORIGINAL = "original"  # What FileSummary.fields_of says of a column whose values stay with the claim as they are.
MAX_LISTED = 1000  # Rejections, and flagged values, that an Intake lists; it counts all.
MAX_LISTED_PER_FLAG = 100  # Flagged values of one flag among them.


@dataclass(frozen=True, order=True)
class Rejection:
    """One problem with a record of a file: the record and the field by the file's own names, the value, and the reason."""

    file: str
    record: str
    field: str
    value: str | None
    reason: str

    def __str__(self) -> str:
        value = f", {self.value!r}" if self.value is not None else ""
        return f"{self.file}, {self.record}{f', {self.field}' if self.field else ''}{value}: {self.reason}"


@dataclass(frozen=True)
class FileSummary:
    """What a file contained: its format, its columns, and how many records were read, rejected, and left out as repeated."""

    file: str
    sha256: str
    format: FileFormat
    read: int
    rejected: int
    repeated: int
    columns: tuple[str, ...]
    sums: int = 0  # Records that are left out because they sum others.
    protected: str = ""  # Why the rows seem to be of a publisher whose terms forbid redistribution, as the end of a sentence; else empty.
    pages: Pages = field(default_factory=Pages)  # What the pages of an API say, which the file consists of.
    nameless: bool = False  # Whether rows have no id, so that all their cells identify them.
    warnings: tuple[str, ...] = ()  # What of the file is not read, and what the claims lack that searches and totals need.
    fields_of: Mapping[str, tuple[str, ...]] = field(default_factory=dict)  # By column, the fields that are made of it.
    blank: int = 0  # Rows with nothing but separators, which are no records.


@dataclass
class Intake:
    """What all files of a load contained."""

    files: list[FileSummary] = field(default_factory=list)
    rejections: list[Rejection] = field(default_factory=list)  # The first MAX_LISTED of them.
    problems: int = 0  # The number of all rejections.
    flags: dict[str, int] = field(default_factory=dict)  # How many values have each flag.
    flag_messages: list[str] = field(default_factory=list)  # The first MAX_LISTED flagged values.
    claims: dict[str, int] = field(default_factory=dict)  # The number of claims about each kind, added as they are written.

    @property
    def missing(self) -> str:
        """Why the files are only a part of what their publisher has, as their pages say; empty if nothing says so."""
        return together([file.pages for file in self.files]).missing

    def sum(self, name: str) -> int:
        """The sum of a count, `read`, `rejected` or `repeated`, over the files."""
        return sum(getattr(file, name) for file in self.files)


def unplaced_columns(fields_of: Mapping[str, Iterable[str]]) -> list[str]:
    """The columns of a file that become no field, so that only `original` has their values; in alphabetical order, since a stored receipt does not keep that of the file."""
    return sorted(column for column, fields in fields_of.items() if all(field.rpartition(".")[2] == ORIGINAL for field in fields))

"""What a foreign format is: a table from its columns to our fields. Declarations only; nothing is read here."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from ..model.claim import CLAIM_FIELDS
from ..model.errors import BadDeclaration
from ..model.field import Field
from ..model.kinds import Kinds


@dataclass(frozen=True)
class Column:
    """A cell of the record; the first of these names that the file has. None of them: unknown in every record."""

    names: tuple[str, ...]


@dataclass(frozen=True)
class Constant:
    """The same in every record."""

    value: str


@dataclass(frozen=True)
class Coded:
    """The format's codes in our words. A code that is not listed refuses the record, unless there is an `otherwise`."""

    of: Expression
    codes: Mapping[str, str | None]  # None: the code says that it is unknown.
    otherwise: str | None = None


@dataclass(frozen=True)
class Concat:
    """Texts put together; unknown where one of them is, unless `lenient`: then the others are joined."""

    parts: tuple[Expression, ...]
    by: str = ""
    lenient: bool = False


@dataclass(frozen=True)
class Digest:
    """An id for what has none: the prefix and a digest of these values, which are the record's identity. Unknown where all are."""

    prefix: str
    parts: tuple[Expression, ...]


@dataclass(frozen=True)
class First:
    """The first of these that is known."""

    of: tuple[Expression, ...]


@dataclass(frozen=True)
class Matched:
    """What the first parenthesis of a pattern (RE2) finds; unknown where it finds nothing."""

    of: Expression
    pattern: str


@dataclass(frozen=True)
class Dated:
    """A date in words or in another order, by patterns of strptime; what is of none of them stays as it is."""

    of: Expression
    patterns: tuple[str, ...]


@dataclass(frozen=True)
class Item:
    """One of the texts that a cell holds, in a record that is made `each` of them."""


@dataclass(frozen=True)
class Items:
    """The texts that a cell holds several of: cut at a pattern (RE2), stripped of what surrounds them.

    `within`: the first parenthesis of this pattern finds what is cut; a cell that it does not fit is one text, as it is.
    `begins`: it is cut only where this follows, for separators that a text may hold as well.
    """

    of: Expression
    separator: str
    strip: str = ""
    within: str = ""
    begins: str = ""


@dataclass(frozen=True)
class Ids:
    """References to the records that are made of each of the items of a cell."""

    items: Items
    id: Expression  # Of one item.


@dataclass(frozen=True)
class Looked:
    """A value looked up in a list of (key, first day, last day, value); what is not in the list is kept unknown, and told as a flag."""

    name: str
    rows: tuple[tuple[str, str, str, str], ...]
    key: Expression
    on: Expression  # A date.
    whole: bool = True  # The list should have every key: what it lacks is told as a flag.


@dataclass(frozen=True)
class Plain:
    """A number in its shortest form, 21 for 21.0; what is no number stays as it is."""

    of: Expression


@dataclass(frozen=True)
class OnlyIf:
    """A value where another is one of these, None being that it is unknown; else unknown."""

    of: Expression
    on: Expression
    among: tuple[str | None, ...]


@dataclass(frozen=True)
class FirstDay:
    """The first day of a period that ends with a day and lasts so many hours, which must make whole days; unknown where it lasts none."""

    last: Expression
    hours: Expression


@dataclass(frozen=True)
class Remainder:
    """What the record holds beyond the columns that fields of ours hold as they are, as JSON by the format's own names; or these of its columns."""

    only: tuple[Column, ...] = ()


@dataclass(frozen=True)
class Loaded:
    """The id of the source that the file is loaded as: ids that are the file's own are told apart by it from those of others."""


@dataclass(frozen=True)
class IfKnown:
    """A value where another one is known; unknown elsewhere."""

    of: Expression
    known: Expression


Expression = (
    Column
    | Constant
    | Coded
    | Concat
    | Digest
    | First
    | Matched
    | Dated
    | Item
    | Items
    | Ids
    | Looked
    | Plain
    | OnlyIf
    | FirstDay
    | Remainder
    | Loaded
    | IfKnown
)


def column(*names: str) -> Column:
    return Column(names)


def concat(*parts: Expression | str, by: str = "", lenient: bool = False) -> Concat:
    return Concat(tuple(Constant(one) if isinstance(one, str) else one for one in parts), by, lenient)


def digest(prefix: str, *parts: Expression) -> Digest:
    return Digest(prefix, parts)


def first(*of: Expression) -> First:
    return First(of)


@dataclass(frozen=True)
class RecordMapping:
    """A record of ours that a record of the file becomes: its kind, its id, its fields and what is said about the claim.

    `shared`: many records of the file speak of it, in the same words or not; each wording is one claim.
    `each`: one is made for each of the texts of a cell. `when`: none is made where this is unknown.
    `otherwise`: it is shared, and made only of what the files do not say more of by another record of the format.
    `source`, `collection`: who claims it and where it is kept; by default the dataset that is loaded.
    """

    kind: str
    id: Expression
    fields: Mapping[str, Expression]
    shared: bool = False
    otherwise: bool = False
    each: Items | None = None
    when: Expression | None = None
    source: Expression | None = None
    collection: Expression | None = None


@dataclass(frozen=True)
class FileFormat:
    """A format of the field: how a file of it is known, what its records become, and who is to be named for it.

    `needs`: the columns by which it is known, each with its other names; all must be there.
    `layouts`: the columns of files without a header, in order; `shapes`: what (RE2) cells of theirs look like, by which such a file is known.
    `entry`: where in the source a record stands.
    `key`: what no two records of the file share, and every one has, where a record becomes several of ours of which any may be absent; the ids
    of all but shared ones begin with it. By default the id of the first. `generic`: it is what a file is only if no other format knows it. `container`: how the file is packed: table, json or hxl.
    `nested`: whether objects within a record of JSON are cut up, into columns with dots in their names; else a column holds them whole.
    `records`: the first is the one that a record of the file stands for; a function of the file's columns where these vary.
    `lacks`: what keeps a file with these columns from being loaded, in words; empty where nothing does.
    `sentinels`: values that say that there is none, by column; they are kept as they are, and flagged.
    """

    name: str
    title: str
    sentence: str
    needs: tuple[Column, ...]
    records: tuple[RecordMapping, ...] | Callable[[Sequence[str]], tuple[RecordMapping, ...]]
    entry: Expression | None = None
    key: Expression | None = None
    container: str = "table"
    nested: bool = True
    layouts: tuple[tuple[str, ...], ...] = ()
    shapes: Mapping[str, str] = field(default_factory=dict)
    generic: bool = False
    sentinels: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    source: Mapping[str, str] = field(default_factory=dict)  # Fields of the source that it is loaded as, beside its title.
    default_source: str = ""
    lacks: Callable[[Sequence[str]], str] = lambda columns: ""

    def made(self, columns: Sequence[str]) -> tuple[RecordMapping, ...]:
        """The records that a record of a file with these columns becomes."""
        return self.records(columns) if callable(self.records) else self.records

    def main(self, columns: Sequence[str]) -> str:
        """The kind that a record of a file with these columns stands for."""
        return self.made(columns)[0].kind

    def strangers(self, columns: Sequence[str]) -> list[str]:
        """The columns that a file of this format cannot have."""
        return []

    def fits(self, layout: Sequence[str], row: Sequence[str]) -> bool:
        """Whether a row of a file without a header is a record of this layout: by what its cells look like."""
        cells = dict(zip(layout, row, strict=False)) if len(layout) == len(row) else {}
        known = {name: shape for name, shape in self.shapes.items() if name in layout}
        return bool(cells and known) and all(re.fullmatch(shape, cells[name].strip()) for name, shape in known.items())

    def knows(self, columns: Sequence[str]) -> bool:
        """Whether a file with these columns is of this format."""
        there = set(columns)
        return bool(self.needs) and all(there & set(one.names) for one in self.needs)


def typed(kinds: Kinds, record: RecordMapping, name: str) -> Field:
    """The field of the kind, or of claims, that an expression of a record is for."""
    one = kinds[record.kind].fields.get(name) or CLAIM_FIELDS.get(name)
    if one is None:
        raise BadDeclaration(f"a format gives {record.kind} a field {name}, which it does not have")
    return one

"""A file format: how a file is recognized, and which records of ours each of its records becomes. Declarations only; nothing is read here."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from ..model.claim import CLAIM_FIELDS
from ..model.declaration_error import BadDeclaration
from ..model.field import Field
from ..model.kinds import Kinds
from .cross_checks import Agreement
from .expressions import Column, Expression, Items
from .restricted_publishers import Traits
from .spellings import Spellings, seen

NAMING = ("name", "title", "pcode")  # Fields by which readers tell records apart.


@dataclass(frozen=True)
class RecordMapping:
    """One record of ours that is made from a record of the file: its kind, its id, its fields, and the columns of its claim.

    `shared`: several records of the file may describe it, in the same words or not; each wording becomes one claim.
    `each`: one record is made for each item of a cell. `when`: none is made if this is unknown.
    `otherwise`: the record is shared, and is made only if no other mapping of the format says more about it.
    `agreed`: none is made of a row in which one of these contradicts itself.
    `source`, `collection`: the source that makes the claim, and the collection that keeps it; by default the dataset that is loaded.
    """

    kind: str
    id: Expression
    fields: Mapping[str, Expression]
    shared: bool = False
    otherwise: bool = False
    each: Items | None = None
    when: Expression | None = None
    agreed: tuple[Agreement, ...] = ()
    source: Expression | None = None
    collection: Expression | None = None

    def walk(self) -> Iterator[Expression]:
        """Every expression of the mapping, with those that it is made of."""
        for expression in (self.id, *self.fields.values(), self.each, self.when, self.source, self.collection):
            if expression is not None:
                yield from expression.walk()


@dataclass(frozen=True)
class Releases:
    """The releases of a dataset that differ about the same records: each is a source of its own.

    `name`: a pattern for the name that a file gives itself, whose groups are the number of the release. `source`: what the ids of the
    sources begin with, before that number. `example`: such an id, for messages.
    """

    name: str
    source: str
    example: str

    def source_of(self, name: str) -> str:
        """The id of the source for a file that gives itself this name; empty if the name states no release."""
        match = re.fullmatch(self.name, name)
        return "-".join([self.source, *filter(None, match.groups())]) if match else ""


@dataclass(frozen=True)
class FileFormat:
    """A format of the field: how a file of it is recognized, what its records become, and how its source is to be credited.

    `needs`: the columns that identify the format, each with its alternative names; a file must have all of them.
    `layouts`: the columns, in order, of files without a header. `shapes`: patterns (RE2) by column, which identify such a file by its cells.
    `entry`: the locator of a record, its place within the source.
    `key`: needed where a record becomes several of ours, any of which may be absent. Every record of the file has one, and no two share it;
    the ids of all records of ours that are not shared begin with it. By default it is the id of the first mapping.
    `generic`: the format applies only if no other one matches. `container`: how the file is packed: table, json or hxl.
    `nested`: whether objects within a JSON record become columns with dots in their names; otherwise a column holds each as JSON.
    `records`: the mappings; the first is for the record that a record of the file mainly describes. A function of the file's columns if
    these vary.
    `refusal`: why a file with these columns cannot be loaded, as the end of a sentence; empty if it can.
    `releases`: how the dataset's releases are told apart, if it has any; it then has no `default_source`, because claims of one release
    must not replace those of another unnoticed.
    `agreements`: columns that say one thing, whose statements must agree; a function of the file's columns if these vary.
    `optional`: columns that some layouts lack, so that their absence says nothing.
    `unstored`: columns whose values are stored nowhere, such as the names of victims.
    `sentinels`: by column, values that mean "none"; they become the value of no field, are kept in `original`, and are flagged.
    `spellings`: what stands for an unknown number or date, and how numbers and dates are written.
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
    unstored: tuple[str, ...] = ()
    optional: tuple[str, ...] = ()
    agreements: tuple[Agreement, ...] | Callable[[Sequence[str]], tuple[Agreement, ...]] = ()
    spellings: Spellings = field(default_factory=Spellings)
    source: Mapping[str, str] = field(default_factory=dict)  # Fields of the source that the file is loaded as, beside its title.
    default_source: str = ""
    releases: Releases | None = None
    traits: Traits | None = None  # By which the rows are recognized after columns were removed, if terms forbid passing them on.
    refusal: Callable[[Sequence[str]], str] = lambda columns: ""

    def records_for(self, columns: Sequence[str]) -> tuple[RecordMapping, ...]:
        """The mappings for a file with these columns."""
        return self.records(columns) if callable(self.records) else self.records

    def agreements_for(self, columns: Sequence[str]) -> tuple[Agreement, ...]:
        """The statements of a row that must agree in a file with these columns."""
        return self.agreements(columns) if callable(self.agreements) else self.agreements

    def unexpected_columns(self, columns: Sequence[str]) -> list[str]:
        """The columns that a file of this format cannot have."""
        return []

    def spelled(self, columns: Sequence[str]) -> list[str]:
        """The columns with the names that the format declares, where they differ from these only in case and in what is not seen."""
        return [self._declared_names.get(seen(name).lower(), name) for name in columns]

    @cached_property
    def _declared_names(self) -> dict[str, str]:
        """The names of columns that the format declares, by the same in lower case. Every row that may be a header is compared with those of all formats."""
        mapped = () if callable(self.records) else (part for record in self.records for part in record.walk())
        parts = [*self.needs, *(part for part in mapped if isinstance(part, Column))]
        return {name.lower(): name for part in parts for name in part.names}

    def recognizes(self, columns: Sequence[str]) -> bool:
        """Whether a file with these columns is of this format."""
        present = set(columns)
        return bool(self.needs) and all(present & set(needed.names) for needed in self.needs)

    def fits_layout(self, layout: Sequence[str], row: Sequence[str]) -> bool:
        """Whether the cells of a row look like a record of this layout; for files without a header."""
        cells = dict(zip(layout, row, strict=False)) if len(layout) == len(row) else {}
        shapes = {name: shape for name, shape in self.shapes.items() if name in layout}
        return bool(cells and shapes) and all(re.fullmatch(shape, cells[name].strip()) for name, shape in shapes.items())


def target_field(kinds: Kinds, record: RecordMapping, name: str) -> Field:
    """The field of the kind, or of claims, that an expression of a mapping is for. Raises BadDeclaration if there is none."""
    target = kinds[record.kind].fields.get(name) or CLAIM_FIELDS.get(name)
    if target is None:
        raise BadDeclaration(f"a format gives {record.kind} a field {name}, which it does not have")
    return target

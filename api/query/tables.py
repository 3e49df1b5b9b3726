"""Tables: the columns of a list as a flat file, each a value of the record, of a record that it leads to, or of its provenance."""

from __future__ import annotations

from dataclasses import dataclass

from schema.model.field import Field
from schema.model.types import TEXT, Type

# What a column can be of. The value is that of the field, or the id, and whether it is disputed is its own; the others are about the group of the field.
VALUE, DISPUTED, GROUP_DISPUTED, ORIGINS, CLAIMS, RECORD_CLAIMS, CHOSEN, SOURCE, QUOTED, GEOMETRY = (
    "value", "disputed", "group_disputed", "origins", "claims", "record_claims", "chosen", "source", "quoted", "geometry",
)  # fmt: skip


@dataclass(frozen=True)
class Column:
    """A column of a table. `links` are followed from the record to the one that has the value."""

    name: str
    type: Type
    description: str
    unit: str | None = None
    links: tuple[Field, ...] = ()
    field: Field | None = None  # None for an id.
    aspect: str = VALUE
    of: Field | None = (
        None  # For CHOSEN, the field of the chosen claim; for SOURCE, that of its source, None for the id; for QUOTED, that of each source that it quotes.
    )

    def about(self) -> dict[str, object]:
        """What the column means, for programs and people: its type, its unit and its codes."""
        vocabulary = self.type.vocabulary
        about = {
            "type": "id" if self.field is None and self.type is TEXT and self.aspect == VALUE else self.type.name,
            "unit_of_measure": self.unit,
            "description": self.description,
        }
        return {**about, **({"codes": {code: entry.label for code, entry in vocabulary.codes.items()}} if vocabulary else {})}


@dataclass(frozen=True)
class Table:
    """What a list is read as: the cells of CSV, with lists as JSON if `json_lists`, or features of GeoJSON."""

    columns: tuple[Column, ...]
    raw: bool = False  # Whether texts that a spreadsheet would execute stay as they are.
    json_lists: bool = False
    features: bool = False
    mark: bool = False  # Whether it begins with a byte order mark.

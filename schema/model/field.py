"""Field: one property of a kind, from which every column, argument and document about it is derived."""

from __future__ import annotations

from dataclasses import dataclass

from .types import Type

# What a field tells of which record a claim is about; see `Kind.told_together` and docs/model.md.
TOGETHER = "together"  # With the kind's other fields of this sort it says what the record is, so all of them come from one claim.
APART = "apart"  # Claims that give it different values are about different things, but it is settled like any other field.
WITHIN = "within"  # One source gives it one value; two sources may classify the same thing differently.


MAX_INDEXED_TEXT = 500  # Characters: PostgreSQL's index has room for about 2,700 bytes, and a character has up to four.


@dataclass(frozen=True)
class Field:
    """One field of a kind.

    Fields with the same `group` only make sense together, so their values are always taken from one claim. A field that
    `qualifies` says nothing without the other values of its group, so a claim that gives these comes first. A field that `follows` a
    group is taken from the same claim where the group has values.
    """

    name: str
    type: Type
    description: str  # A sentence with a full stop; it is published in every API description.
    group: str = ""
    qualifies: bool = False
    follows: str = ""
    what: str = ""  # TOGETHER, APART or WITHIN for a field that says what a record is.
    unit: str | None = None
    required: bool = False
    search: bool = False  # Whether `search` looks for words in it.
    index: bool = False
    reverse: str | None = None  # For a reference: the name, on the target record, of the list of records that refer to it.

    @property
    def max_length(self) -> int | None:
        """The characters that a text may have whose index compares whole values; None if the limit of its type is enough."""
        return MAX_INDEXED_TEXT if self.index and self.type.index == "btree" and self.type.name == "text" else None

    def parse(self, value: object) -> object:
        """A value in the type of the field. Raises ValueError, as the parsers of types do."""
        parsed = self.type.parse(value)
        if isinstance(parsed, str) and len(parsed) > (self.max_length or len(parsed)):
            raise ValueError(f"is too long: {len(parsed)} characters; at most {self.max_length}")
        return parsed

    @property
    def orderable(self) -> bool:
        """Whether records can be ordered by it: references and lists have no order of their own."""
        return self.type.ref is None and not self.type.many

    @property
    def group_name(self) -> str:
        """The group whose chosen claim provides the value; a field outside a group is a group by itself."""
        return self.group or self.name

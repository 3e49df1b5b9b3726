"""Field: one property of a kind, from which every column, argument and document about it is derived."""

from __future__ import annotations

from dataclasses import dataclass

from .types import Type


@dataclass(frozen=True)
class Field:
    """One field of a kind.

    Fields with the same `group` only make sense together, so their values are always taken from one claim.
    """

    name: str
    type: Type
    description: str  # A sentence with a full stop; it is published in every API description.
    group: str = ""
    unit: str | None = None
    required: bool = False
    search: bool = False  # Whether `search` looks for words in it.
    index: bool = False
    reverse: str | None = None  # For a reference: the name, on the target record, of the list of records that refer to it.

    @property
    def orderable(self) -> bool:
        """Whether records can be ordered by it: references and lists have no order of their own."""
        return self.type.ref is None and not self.type.many

    @property
    def group_name(self) -> str:
        """The group whose chosen claim provides the value; a field outside a group is a group by itself."""
        return self.group or self.name

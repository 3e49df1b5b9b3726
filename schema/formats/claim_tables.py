"""Our own tables: one row a claim, for each kind; its columns are the fields of the kind and of claims, by their own names."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ..kinds import KINDS
from ..model.claim import CLAIM_FIELDS
from ..model.kind import Kind
from .expressions import column, concat, first
from .format import FileFormat, RecordMapping


@dataclass(frozen=True)
class ClaimTable(FileFormat):
    """A table of ours is known by having no column that is not the kind's."""

    names: tuple[str, ...] = ()

    def recognizes(self, columns: Sequence[str]) -> bool:
        return not self.unexpected_columns(columns) and super().recognizes(columns)

    def unexpected_columns(self, columns: Sequence[str]) -> list[str]:
        return [name for name in columns if name not in self.names]


def _own(kind: Kind) -> ClaimTable:
    fields = (*CLAIM_FIELDS, *kind.fields)
    return ClaimTable(
        f"own-{kind.plural}", f"Conflict Facts, claims about {kind.plural}",
        f"One row a claim about a {kind.name}, as `export-claims` writes it: id, source, collection, and any fields of claims and {kind.plural}.",
        needs=(column("id"), column("source")),
        entry=concat("id ", column("id")),
        records=(RecordMapping(
            kind.name, column("id"), {name: column(name) for name in fields},
            source=column("source"), collection=first(column("collection"), column("source")),
        ),),
        nested=False, names=("id", "source", "collection", *fields),
    )  # fmt: skip


CLAIM_TABLES = tuple(_own(kind) for kind in KINDS.values())

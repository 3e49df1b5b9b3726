"""Formats of our own tables of claims, one for each kind; `schema/model/claim_table.py` declares their columns."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ..kinds import KINDS
from ..model.claim_table import COLLECTION, REQUIRED_COLUMNS, claim_table
from ..model.kind import Kind
from .expressions import column, concat, first
from .format import FileFormat, RecordMapping
from .spellings import Spellings


@dataclass(frozen=True)
class ClaimTable(FileFormat):
    """A table of claims is recognized by having no column that is not among these `names`."""

    names: tuple[str, ...] = ()

    def recognizes(self, columns: Sequence[str]) -> bool:
        return not self.unexpected_columns(columns) and super().recognizes(columns)

    def unexpected_columns(self, columns: Sequence[str]) -> list[str]:
        return [name for name in columns if name not in self.names]


def _format(kind: Kind) -> ClaimTable:
    columns = claim_table(kind)
    return ClaimTable(
        f"own-{kind.plural}", f"Conflict Facts, claims about {kind.plural}",
        f"One row per claim, as written by `export-claims`: id, source, collection, and any fields of claims and of {kind.plural}.",
        needs=tuple(map(column, REQUIRED_COLUMNS)),
        entry=concat("id ", column("id")),
        records=(RecordMapping(
            kind.name, column("id"), {name: column(name) for name, field in columns.items() if field is not None},
            source=column("source"), collection=first(column(COLLECTION), column("source")),
        ),),
        nested=False, names=tuple(columns), spellings=Spellings(exact_names=True),  # What is exported is loaded again unchanged.
    )  # fmt: skip


CLAIM_TABLES = tuple(_format(kind) for kind in KINDS.values())

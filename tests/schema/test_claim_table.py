"""The one declaration of tables of claims, which collections, imports and exports share."""

from __future__ import annotations

import sys

import pytest

from schema.formats.claim_tables import CLAIM_TABLES
from schema.kinds import KINDS
from schema.model.claim_table import COLLECTION, WHITE_SPACE, claim_table, collection_columns, is_empty
from schema.model.kind import Kind


def test_white_space_is_what_python_strips() -> None:
    """The declaration stops at the last such character, so that importing it does not look at all of Unicode."""
    assert [character for character in map(chr, range(sys.maxunicode + 1)) if character.isspace()] == list(WHITE_SPACE)


@pytest.mark.parametrize("cell", ["", WHITE_SPACE, "\t "])
def test_a_cell_of_white_space_is_empty(cell: str) -> None:
    assert is_empty(cell) and not is_empty(f"{cell}.{cell}")


@pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)
def test_every_reader_has_the_same_columns(kind: Kind) -> None:
    columns = list(claim_table(kind))
    (format,) = (format for format in CLAIM_TABLES if format.name == f"own-{kind.plural}")
    assert list(format.names) == columns
    assert sorted([*collection_columns(kind), COLLECTION]) == sorted(columns)

"""The table of claims about one kind: the columns and cells that collections, imports and exports agree on.

A row is one claim. An empty cell claims nothing. A cell may hold a list, as `schema/model/parsers.py` reads it.
"""

from __future__ import annotations

from ..codelists.vocabularies import suggestion
from .claim import CLAIM_FIELDS
from .field import Field
from .kind import Kind

REQUIRED_COLUMNS = ("id", "source")  # Every row needs both: the record that the claim is about, and the source that makes it.
COLLECTION = "collection"  # Only where rows of several collections share a table; in a collection's own folder the folder says it.

# The characters that str.strip() removes. A cell of nothing else is empty.
WHITE_SPACE = "".join(character for character in map(chr, range(0x3001)) if character.isspace())


def claim_table(kind: Kind) -> dict[str, Field | None]:
    """The columns of a table of claims in their order, each with its field; ids of records, sources and collections have none."""
    return {**dict.fromkeys(REQUIRED_COLUMNS), **CLAIM_FIELDS, COLLECTION: None, **kind.fields}


def collection_columns(kind: Kind) -> list[str]:
    """The columns of a table in the folder of a collection, the required ones first, the fields of the kind next."""
    return [*REQUIRED_COLUMNS, *kind.fields, *CLAIM_FIELDS]


def unknown_column(kind: Kind, name: str) -> str:
    """What is wrong with a column that a table of claims does not have, and what to do."""
    if name in kind.computed:
        return f"is computed for every {kind.name}, so no claim gives it; leave it out"
    return f"is not a field of {kind.name}; {suggestion(name, collection_columns(kind))}"


def is_empty(cell: str) -> bool:
    return not cell.strip()
